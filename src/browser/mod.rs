//! The only code that touches the browser, the views aside (skeleton).
