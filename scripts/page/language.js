// Gives the page a language that is one. Some systems report "C" or other names that are no language tags; uPlot, which
// is loaded after this, formats numbers by what the browser reports and would not load. A classic script, before it.
(() => {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
  }
})();
