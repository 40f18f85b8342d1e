//! Words that were probably meant, for what is written wrong in a document or an argument.

use super::SHOWS_HELP;

/// The known word that was probably meant, if one is close enough: a few letters are wrong, missing or
/// swapped, a unit is missing (`timeout`), or it is written otherwise (`timeoutMs`).
///
/// ```
/// use headroom::params::closest;
///
/// let known = ["latency", "timeout_ms", "retries"];
/// assert_eq!(closest("timout_ms", known), Some("timeout_ms"));
/// assert_eq!(closest("timeoutMs", known), Some("timeout_ms"));
/// assert_eq!(closest("color", known), None);
/// ```
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = plain_letters(word);
    if !SHOWS_HELP || written.is_empty() {
        return None;
    }
    let distance = |known: &str| {
        let whole = plain_letters(known);
        // A word with its unit left out is the same word.
        let lacks_unit = known.rsplit_once('_').is_some_and(|(stem, _)| plain_letters(stem) == written);
        if lacks_unit { 1 } else { strsim::damerau_levenshtein(&written, &whole) }
    };
    let most = (written.chars().count() / 3).max(1);
    let near = known.into_iter().map(|known| (distance(known), known)).filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// What follows a sentence about an unknown word: ` (did you mean "timeout_ms"?)`, or nothing.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, known).map_or_else(String::new, |known| format!(" (did you mean \"{known}\"?)"))
}

/// Without case and what separates words.
fn plain_letters(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_close_is_meant_and_what_is_not_is_not() {
        let known = ["latency", "timeout_ms", "retries", "max_in_flight", "rate_rps", "at"];
        let expected = [
            ("timeout", Some("timeout_ms")),
            ("timeout_s", Some("timeout_ms")),
            ("TimeoutMS", Some("timeout_ms")),
            ("retires", Some("retries")),
            ("retry", None),
            ("maxInFlight", Some("max_in_flight")),
            ("rate", Some("rate_rps")),
            ("latencyy", Some("latency")),
            ("a", Some("at")),
            ("x", None),
            ("", None),
            ("___", None),
            ("throughput", None),
        ];
        for (word, meant) in expected {
            assert_eq!(closest(word, known), meant, "{word}");
        }
        assert_eq!(hint("retires", known), " (did you mean \"retries\"?)");
        assert_eq!(hint("colour", known), "");
    }

    #[test]
    fn the_closest_of_several_is_named_and_the_first_of_equals() {
        assert_eq!(closest("app2", ["app1", "app3", "app22"]), Some("app1"));
        assert_eq!(closest("database1", ["database", "database11", "database1"]), Some("database1"));
    }
}
