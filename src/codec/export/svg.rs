//! A diagram as an SVG picture that holds its document.

use super::escape::escaped;
use crate::codec::save::compact;
use crate::codec::without_defaults;
use crate::editor::geometry::{self, Curve, Rect};
use crate::kind::KindInfo;
use crate::kinds;
use crate::model::{Document, Node};
use std::fmt::Write;

/// The element of the picture's metadata whose text is the document, as JSON.
pub const METADATA_TAG: &str = "headroom-document";

/// Margin around the diagram, and the radius of a card's corners, canvas pixels.
const MARGIN: f64 = 24.0;
const CORNER: f64 = 12.0;
/// Width of an average character of a name (13 px, semibold) and of a summary (11 px), canvas pixels: text in a
/// picture cannot be measured, and is cut where it would leave its card.
const NAME_CHAR: f64 = 7.6;
const SUMMARY_CHAR: f64 = 6.0;
/// From the left edge of a card to its texts, canvas pixels.
const TEXT_X: f64 = 50.0;
/// A tile with the icon of a kind, canvas pixels.
const TILE: f64 = 30.0;

/// The colors of the light theme: a picture is put into pages that are mostly white.
const GROUND: &str = "#ffffff";
const CARD_LINE: &str = "#b9c2ce";
const TEXT: &str = "#12161d";
const MUTED: &str = "#515b6b";
const LINK: &str = "#8d99ab";
const ZONE_FILL: &str = "#f3f5f8";

/// A picture of the diagram, in light colors, without the numbers of a run. It holds the document, so that it opens
/// again as a diagram ([`read_bytes`](crate::codec::read_bytes)). Every text of the document is escaped.
pub fn picture(document: &Document) -> String {
    let extent = geometry::extent(document).unwrap_or_default().grown(MARGIN);
    let Rect { x, y, w, h } = extent;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{x:.0} {y:.0} {w:.0} {h:.0}\" width=\"{w:.0}\" height=\"{h:.0}\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif\" role=\"img\">\n"
    );
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{text}");
    };
    line(format_args!("<title>{}</title>", escaped(&document.title)));
    let data = escaped(&compact(&without_defaults(document)));
    line(format_args!("<metadata><{METADATA_TAG} xmlns=\"urn:headroom\">{data}</{METADATA_TAG}></metadata>"));
    line(format_args!("<path d=\"M{x:.0} {y:.0}h{w:.0}v{h:.0}h-{w:.0}z\" fill=\"{GROUND}\"/>"));
    for zone in geometry::zones(document) {
        let name = document.zone(&zone.id).map_or("", |zone| zone.shown_name());
        if let Some(frame) = zone.frame {
            line(format_args!(
                "<path d=\"{}\" fill=\"{ZONE_FILL}\" stroke=\"{CARD_LINE}\" stroke-dasharray=\"6 4\"/>",
                frame.rounded(18.0)
            ));
        }
        line(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"{MUTED}\">{}</text>",
            zone.head.x + 4.0,
            zone.head.y + 17.0,
            escaped(name)
        ));
    }
    let routes = geometry::routes(document);
    for curve in document.links.iter().filter_map(|link| routes.get(&link.id)) {
        line(format_args!("{}", link(curve)));
    }
    for node in &document.nodes {
        line(format_args!("{}", card(node)));
    }
    out.push_str("</svg>\n");
    out
}

fn link(curve: &Curve) -> String {
    format!(
        "<path d=\"{}\" fill=\"none\" stroke=\"{LINK}\" stroke-width=\"2\"/><path d=\"{}\" fill=\"{LINK}\"/>",
        curve.path(),
        curve.arrow()
    )
}

fn card(node: &Node) -> String {
    let rect = geometry::card(node);
    let info = kinds::info(&node.kind);
    let (color, icon) = info.map_or((MUTED, ""), |KindInfo { color, icon, .. }| (*color, *icon));
    let room = rect.w - TEXT_X - 8.0;
    let name = shortened(&kinds::shown_name(node), room / NAME_CHAR);
    let summary = shortened(&kinds::summary(&node.kind, &node.params), room / SUMMARY_CHAR);
    let middle = rect.y + rect.h / 2.0;
    let (tile_x, tile_y) = (rect.x + 10.0, middle - TILE / 2.0);
    let tile = Rect { x: tile_x, y: tile_y, w: TILE, h: TILE }.rounded(8.0);
    format!(
        "<path d=\"{outline}\" fill=\"{GROUND}\" stroke=\"{CARD_LINE}\"/>\
         <path d=\"{tile}\" fill=\"{color}\" fill-opacity=\"0.14\"/>\
         <path d=\"{icon}\" transform=\"translate({icon_x:.1} {icon_y:.1}) scale(0.75)\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\
         <text x=\"{text_x:.1}\" y=\"{name_y:.1}\" font-size=\"13\" font-weight=\"650\" fill=\"{TEXT}\">{name}</text>\
         <text x=\"{text_x:.1}\" y=\"{summary_y:.1}\" font-size=\"11\" fill=\"{MUTED}\">{summary}</text>",
        outline = rect.rounded(CORNER),
        icon_x = tile_x + 6.0,
        icon_y = tile_y + 6.0,
        text_x = rect.x + TEXT_X,
        name_y = middle - 2.0,
        summary_y = middle + 14.0,
        name = escaped(&name),
        summary = escaped(&summary),
    )
}

/// A text of at most so many characters; what is cut ends in "…".
fn shortened(text: &str, most: f64) -> String {
    let most = most as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_never_markup() {
        let text = r#"{"headroom": 1, "title": "<script>alert(1)</script>", "nodes": [
            {"id": "a", "kind": "app", "name": "</text><script>x</script>&\"", "at": [0, 0]}]}"#;
        let document = crate::codec::open(text).expect("it opens").0;
        let svg = picture(&document);
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("&lt;script&gt;alert(1)"), "{svg}");
    }

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        assert_eq!(shortened("Orders", 8.0), "Orders");
        assert_eq!(shortened("Orders and invoices", 8.0), "Orders…");
    }
}
