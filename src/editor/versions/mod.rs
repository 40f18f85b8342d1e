//! The last versions of a document, and what changed from one to the next.

mod difference;

pub use difference::difference;

/// The most versions of a document.
pub const VERSIONS_MAX: usize = 30;
/// The most bytes that all versions of a document have together; the newest is kept in any case.
const BYTES_MAX: usize = 1_000_000;
/// The least time between two versions, milliseconds.
pub const INTERVAL_MS: f64 = 5.0 * 60_000.0;

/// A document as it was at some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// As [`codec::save`](crate::codec::save) writes it.
    pub text: String,
    /// When this was saved, milliseconds since 1970.
    pub saved_at_ms: f64,
}

/// Which versions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// One that was saved some minutes after the newest.
    Spaced,
    /// Every one that differs from the newest.
    Always,
}

/// Keeps a version after those that are kept, the oldest first, and forgets the oldest where there are too
/// many. Returns whether it is kept.
pub fn keep(versions: &mut Vec<Version>, version: Version, how: Keep) -> bool {
    if let Some(newest) = versions.last() {
        let is_soon = version.saved_at_ms - newest.saved_at_ms < INTERVAL_MS;
        if newest.text == version.text || (how == Keep::Spaced && is_soon) {
            return false;
        }
    }
    versions.push(version);
    let mut bytes = 0;
    let fitting = versions.iter().rev().take(VERSIONS_MAX).take_while(|version| {
        bytes += version.text.len();
        bytes <= BYTES_MAX
    });
    let kept = fitting.count().max(1);
    versions.drain(..versions.len() - kept);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str, minute: f64) -> Version {
        Version { text: text.to_owned(), saved_at_ms: minute * 60_000.0 }
    }

    fn texts(versions: &[Version]) -> Vec<&str> {
        versions.iter().map(|version| version.text.as_str()).collect()
    }

    #[test]
    fn versions_are_minutes_apart_and_differ() {
        let mut kept = Vec::new();
        assert!(keep(&mut kept, version("a", 0.0), Keep::Spaced));
        assert!(!keep(&mut kept, version("b", 4.0), Keep::Spaced), "too soon");
        assert!(keep(&mut kept, version("c", 5.0), Keep::Spaced));
        assert!(!keep(&mut kept, version("c", 60.0), Keep::Always), "the same");
        assert!(keep(&mut kept, version("d", 6.0), Keep::Always), "before a version is restored");
        assert_eq!(texts(&kept), ["a", "c", "d"]);
    }

    #[test]
    fn the_oldest_versions_are_forgotten() {
        let mut kept = Vec::new();
        for number in 0..40 {
            keep(&mut kept, version(&number.to_string(), f64::from(number) * 10.0), Keep::Spaced);
        }
        assert_eq!(kept.len(), VERSIONS_MAX);
        assert_eq!((texts(&kept)[0], texts(&kept)[VERSIONS_MAX - 1]), ("10", "39"));
    }

    #[test]
    fn versions_are_bounded_in_bytes_and_the_newest_always_stays() {
        let mut kept = Vec::new();
        let large = |letter: &str| letter.repeat(BYTES_MAX / 2);
        for (number, letter) in ["a", "b", "c"].into_iter().enumerate() {
            keep(&mut kept, version(&large(letter), number as f64 * 10.0), Keep::Spaced);
        }
        assert_eq!(texts(&kept), [large("b"), large("c")]);
        keep(&mut kept, version(&"d".repeat(BYTES_MAX + 1), 99.0), Keep::Spaced);
        assert_eq!(kept.len(), 1);
    }
}
