//! Searching in lists: how well names fit what is searched for, and what is shown where none does.

use leptos::prelude::*;

/// How well a name, with other words for the same thing, fits a query; the less the better. Nothing where it does not.
/// What begins with the query comes first, then what has a word that begins with it, then what it is part of.
pub fn rank(query: &str, name: &str, words: &str) -> Option<u32> {
    let query = query.trim().to_lowercase();
    let (name, words) = (name.to_lowercase(), words.to_lowercase());
    let has_word = |text: &str| text.split([' ', '-', ',']).any(|word| word.starts_with(&query));
    match () {
        () if query.is_empty() || name.starts_with(&query) => Some(0),
        () if has_word(&name) => Some(1),
        () if has_word(&words) => Some(2),
        () if name.contains(&query) => Some(3),
        () if words.contains(&query) => Some(4),
        // Several words in any order.
        () if query.contains(' ') && query.split(' ').all(|part| name.contains(part) || words.contains(part)) => {
            Some(5)
        }
        () => None,
    }
}

/// Those of a list that fit a query, the best first; equally good ones stay in their order.
pub fn found<T>(query: &str, all: impl IntoIterator<Item = T>, texts: impl Fn(&T) -> (String, String)) -> Vec<T> {
    let ranked = all.into_iter().filter_map(|each| {
        let (name, words) = texts(&each);
        rank(query, &name, &words).map(|rank| (rank, each))
    });
    let mut ranked: Vec<(u32, T)> = ranked.collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, each)| each).collect()
}

/// What stands in the place of a list in which nothing was found.
#[component]
pub fn NoMatch(when: impl Fn() -> bool + Send + Sync + 'static) -> impl IntoView {
    view! {
        <Show when>
            <p class="quiet" role="status">"No match."</p>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_name_comes_before_everything_else() {
        let all = [("Client", "open or closed load"), ("Load balancer", "nginx"), ("Overload", "")];
        let names = |query: &str| {
            let found = found(query, all, |(name, words)| ((*name).to_owned(), (*words).to_owned()));
            found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("load"), ["Load balancer", "Client", "Overload"]);
        assert_eq!(names(" NGINX"), ["Load balancer"]);
        assert_eq!(names("balancer load"), ["Load balancer"]);
        assert_eq!(names(""), ["Client", "Load balancer", "Overload"]);
        assert!(names("no such thing").is_empty());
    }
}
