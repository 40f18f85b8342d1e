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
    let near = known.into_iter().filter_map(|known| Some((distance(word, known)?, known)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// As [`hint`], for a path whose segments are separated by dots: what is the same at its ends does not count.
pub fn path_hint<'a>(path: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().filter_map(|known| {
        let (written, meant) = without_common_ends(path, known);
        Some((distance(&written, &meant)?, known))
    });
    did_you_mean(near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known))
}

/// How far a written word is from a known one; `None` where it is too far for this to be meant.
fn distance(word: &str, known: &str) -> Option<usize> {
    let written = plain_letters(word);
    if !SHOWS_HELP || written.is_empty() {
        return None;
    }
    // A word with its unit left out is the same word.
    let lacks_unit = known.rsplit_once('_').is_some_and(|(stem, _)| plain_letters(stem) == written);
    let distance = if lacks_unit { 1 } else { strsim::damerau_levenshtein(&written, &plain_letters(known)) };
    (distance <= (written.chars().count() / 3).max(1)).then_some(distance)
}

/// Two paths without the segments that are the same in both at the beginning and at the end.
fn without_common_ends(a: &str, b: &str) -> (String, String) {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    let first = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[first..], &b[first..]);
    let last = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (a[..a.len() - last].join("."), b[..b.len() - last].join("."))
}

/// What follows a sentence about an unknown word: ` (did you mean "timeout_ms"?)`, or nothing.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(closest(word, known))
}

fn did_you_mean(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |known| format!(" (did you mean \"{known}\"?)"))
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
    fn paths_are_compared_where_they_differ() {
        let known = ["nodes.app.not_taken", "nodes.db.utilization", "nodes.db.wait_ms.mean", "latency_ms.p99"];
        for (path, meant) in [
            ("nodes.app.hit_ratio", None),
            ("nodes.db.utilisation", Some("nodes.db.utilization")),
            ("nodes.dbb.utilization", Some("nodes.db.utilization")),
            ("node.db.utilization", Some("nodes.db.utilization")),
            ("nodes.db.wait.mean", Some("nodes.db.wait_ms.mean")),
            ("nodes.db.hits.mean", None),
            ("latency_ms.p90", Some("latency_ms.p99")),
            ("", None),
        ] {
            let expected = meant.map_or_else(String::new, |meant| format!(" (did you mean \"{meant}\"?)"));
            assert_eq!(path_hint(path, known), expected, "{path}");
        }
    }

    #[test]
    fn the_closest_of_several_is_named_and_the_first_of_equals() {
        assert_eq!(closest("app2", ["app1", "app3", "app22"]), Some("app1"));
        assert_eq!(closest("database1", ["database", "database11", "database1"]), Some("database1"));
    }
}
