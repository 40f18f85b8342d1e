//! The page: every case beside its theory, as static HTML without a script.
//!
//! It stands beside the app's own page, in the same look, and works under any path.

use super::{Comparison, Family, Outcome, Verdict};
use crate::codec::export::escaped;
use crate::codec::to_fragment;
use std::fmt::Write;

/// The page's style sheet: the app's colors, and the layout of this page.
pub fn style() -> String {
    // The app's own sheet begins with its colors, in rules for the root.
    let base = include_str!("../../style/base.css");
    let colors = base.split("\n*,").next().unwrap_or_default();
    format!("{colors}\n{}", include_str!("../../style/validation.css"))
}

/// Decimals that show two digits of an uncertainty, or four of the value where there is none.
fn decimals(value: f64, uncertainty: f64) -> usize {
    let shown = if uncertainty > 0.0 { uncertainty / 10.0 } else { value.abs() / 1000.0 };
    let mut decimals = 0;
    let mut step = 1.0;
    while shown > 0.0 && step > shown && decimals < 7 {
        step /= 10.0;
        decimals += 1;
    }
    decimals
}

/// A comparison in numbers: theory, simulated, half width of its interval, difference in per cent.
pub struct Shown {
    /// What theory says.
    pub theory: String,
    /// The mean that was simulated.
    pub simulated: String,
    /// Half the width of its 95 % confidence interval.
    pub half_width: String,
    /// How far off the mean is.
    pub difference: String,
}

impl Shown {
    /// Rounded to what is known of them.
    pub fn of(it: &Comparison) -> Shown {
        let (theory, mean, half_width) = (it.expectation.expected, it.simulated.mean, it.simulated.half_width);
        let digits = decimals(theory, half_width);
        let off = mean - theory;
        Shown {
            theory: format!("{theory:.digits$}"),
            simulated: format!("{mean:.digits$}"),
            half_width: format!("{half_width:.digits$}"),
            difference: match theory {
                0.0 => format!("{off:+.digits$}"),
                _ => format!("{:+.2} %", off / theory * 100.0),
            }
            .replace('-', "−"),
        }
    }
}

/// Writing to a text cannot fail.
macro_rules! put {
    ($out:expr, $($what:tt)*) => { let _ = writeln!($out, $($what)*); };
}

/// The page of these outcomes; `style` is the address of its style sheet.
pub fn html(outcomes: &[(Family, Outcome)], style: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let comparisons = outcomes.iter().flat_map(|(_, outcome)| &outcome.comparisons);
    let total = comparisons.clone().count();
    let hold = comparisons.filter(|it| it.verdict == Verdict::Holds).count();
    let events: u64 = outcomes.iter().map(|(_, outcome)| outcome.events).sum();
    let digest = outcomes.first().map_or(("", ""), |(_, outcome)| (outcome.case.id.as_str(), outcome.digest.as_str()));
    let mut out = String::new();
    put!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
    put!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; img-src 'self' \
         data:; base-uri 'none'; form-action 'none'\">"
    );
    put!(out, "<title>Validation: Headroom against theory</title>");
    put!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    put!(out, "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">");
    put!(out, "<meta name=\"description\" content=\"Headroom's simulator against exact and published results.\">");
    // Without one, browsers ask the top of the server for an icon.
    put!(out, "<link rel=\"icon\" href=\"data:,\">");
    put!(out, "<link rel=\"stylesheet\" href=\"./{}\">\n</head>\n<body>\n<main>", escaped(style));
    put!(out, "<p><a href=\"./\">Headroom</a></p>\n<h1>Validation</h1>");
    put!(
        out,
        "<p class=\"lead\">The simulator against answers that are known: {hold} of {total} numbers agree with theory.</p>"
    );
    put!(
        out,
        "<p>Each design below has an exact or a published answer. It is simulated with several seeds; the interval is \
         that of 95 % confidence of their mean (Student’s t). A number <em>holds</em> when the mean lies within four \
         standard errors, plus what its formula leaves out, of what theory says, and is <em>too noisy</em> when those \
         errors are too large to mean anything. The project’s tests hold the same list.</p>"
    );
    put!(
        out,
        "<p>Engine version {version}, {} million events; the run of <code>{}</code> with its first seed has the digest \
         <code>{}</code>, natively and in the browser.</p>",
        events / 1_000_000,
        escaped(digest.0),
        escaped(digest.1),
    );
    let families: Vec<Family> =
        Family::ALL.into_iter().filter(|family| outcomes.iter().any(|(its, _)| its == family)).collect();
    put!(out, "<nav aria-label=\"Contents\">\n<ul>");
    for family in &families {
        put!(out, "<li><a href=\"#{}\">{}</a></li>", family.id(), escaped(family.title()));
    }
    put!(out, "</ul>\n</nav>");
    for family in families {
        let its = outcomes.iter().filter(|(its, _)| *its == family).map(|(_, outcome)| outcome);
        section(&mut out, family, its);
    }
    put!(out, "</main>\n</body>\n</html>");
    out
}

fn section<'a>(out: &mut String, family: Family, outcomes: impl Iterator<Item = &'a Outcome>) {
    let (id, title) = (family.id(), escaped(family.title()));
    put!(
        out,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<p>{}</p>",
        escaped(family.parameter())
    );
    // What scrolls can be reached by keyboard.
    put!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}: numbers\">\n<table>");
    put!(out, "<caption>{title}: theory and simulation</caption>");
    put!(out, "<thead><tr>");
    for heading in ["Number", "Theory", "Simulated, ± 95 %", "Difference", "Verdict"] {
        put!(out, "<th scope=\"col\">{heading}</th>");
    }
    put!(out, "</tr></thead>");
    for outcome in outcomes {
        rows(out, outcome);
    }
    put!(out, "</table>\n</div>\n</section>");
}

fn rows(out: &mut String, outcome: &Outcome) {
    let case = &outcome.case;
    let id = escaped(&case.id);
    put!(out, "<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"5\" id=\"{id}\">");
    put!(
        out,
        "<a href=\"./#{}\">{}</a> <span class=\"source\">{}</span>",
        escaped(&to_fragment(&case.document)),
        escaped(&case.title),
        escaped(&case.source),
    );
    put!(
        out,
        "<span class=\"how\">seeds {} to {}, {} s each · <code>headroom validate --only {id}</code></span></th></tr>",
        case.seeds.start,
        case.seeds.end - 1,
        case.document.run.duration_s,
    );
    if let Some(problem) = &outcome.problem {
        put!(out, "<tr class=\"off\"><td colspan=\"5\">Could not be run: {}</td></tr>", escaped(problem));
    }
    for it in &outcome.comparisons {
        let shown = Shown::of(it);
        put!(
            out,
            "<tr class=\"{}\"><th scope=\"row\">{} <code>{}</code></th><td>{}</td><td>{} ± {}</td><td>{}</td>\
             <td>{}</td></tr>",
            match it.verdict {
                Verdict::Holds => "holds",
                Verdict::Off | Verdict::TooNoisy => "off",
            },
            escaped(&it.expectation.what),
            escaped(&it.expectation.of),
            shown.theory,
            shown.simulated,
            shown.half_width,
            shown.difference,
            it.verdict.label(),
        );
    }
    put!(out, "</tbody>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::{Case, Expectation};

    fn outcome(title: &str, values: &[f64]) -> Outcome {
        let expectation = Expectation {
            what: "mean <wait>, ms".to_owned(),
            of: "nodes.app.wait_ms.mean".to_owned(),
            expected: 50.0,
            relative: 0.005,
            absolute: 0.0,
            precision: 0.06,
        };
        let mut case: Case = Family::OneServer.cases().remove(0);
        case.title = title.to_owned();
        let comparisons = vec![expectation.judge(values, 1.0)];
        Outcome { case, digest: "0123".to_owned(), events: 7, comparisons, problem: None }
    }

    #[test]
    fn the_page_obeys_its_policy_and_shows_texts_as_texts() {
        let page = html(&[(Family::OneServer, outcome("\"A\" & <script>B</script>", &[50.1, 49.9]))], "x.css");
        assert!(page.contains("&quot;A&quot; &amp; &lt;script&gt;B&lt;/script&gt;"));
        assert!(page.contains("mean &lt;wait&gt;, ms"));
        for forbidden in ["<script", "<style", " style=", " onclick", "javascript:", "href=\"/", "href=\"http"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("href=\"./#v1.d.") && page.contains("./x.css"));
        assert!(page.contains("1 of 1 numbers agree"));
        assert!(page.contains(">holds</td>"));
        let page = html(&[(Family::OneServer, outcome("A", &[60.1, 59.9]))], "x.css");
        assert!(page.contains("0 of 1 numbers agree") && page.contains(">off</td>"));
    }

    #[test]
    fn the_link_of_a_case_opens_its_document() {
        let outcome = outcome("A", &[50.0, 50.0]);
        let page = html(&[(Family::OneServer, outcome.clone())], "x.css");
        let fragment = page.split("href=\"./#v1").nth(1).and_then(|rest| rest.split('"').next());
        let (opened, notes) = crate::codec::from_link(&format!("#v1{}", fragment.expect("a link"))).expect("opens");
        assert!(notes.is_empty(), "{notes:?}");
        assert_eq!(opened.nodes.len(), outcome.case.document.nodes.len());
        assert_eq!(opened.run, outcome.case.document.run);
    }

    #[test]
    fn numbers_show_what_is_known_of_them() {
        let shown = Shown::of(&outcome("A", &[50.0, 50.2, 50.1]).comparisons[0]);
        assert_eq!([shown.theory, shown.simulated, shown.half_width], ["50.00", "50.10", "0.25"]);
        assert_eq!(shown.difference, "+0.20 %");
        assert_eq!(Shown::of(&outcome("A", &[49.0, 49.0]).comparisons[0]).difference, "−2.00 %");
        assert_eq!(decimals(0.0, 0.0), 0);
        assert_eq!(decimals(0.25, 0.0), 4);
        assert_eq!(decimals(1000.0, 0.0), 0);
    }

    #[test]
    fn the_style_has_the_apps_colors_and_not_its_layout() {
        let style = style();
        assert!(style.contains("--accent:") && style.contains("color-scheme: light dark"));
        assert!(!style.contains("grid-template-areas"));
    }
}
