//! Where bars, marks and ticks are on the track, CSS pixels.

/// Pixels that a letter of the words takes at most, and those around the words.
const LETTER_PX: f64 = 6.9;
const AROUND_PX: f64 = 22.0;
/// The least room for words that are cut: about twelve letters and the three dots.
const CUT_PX: f64 = 14.0 * LETTER_PX + AROUND_PX;
/// Between what stands in one row.
const GAP_PX: f64 = 6.0;
/// The least width of a bar.
const BAR_PX_MIN: f64 = 6.0;

/// Pixels that words take at most.
pub fn words_px(words: &str) -> f64 {
    words.chars().count() as f64 * LETTER_PX + AROUND_PX
}

/// Where the words stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// In the bar.
    #[default]
    Inside,
    /// To its right.
    After,
    /// To its left.
    Before,
}

/// Where a bar or a mark is, pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// Its row, from 0 on.
    pub row: usize,
    /// Its left end.
    pub left: f64,
    /// Its width.
    pub width: f64,
    /// Where its words stand.
    pub words: Words,
    /// How wide the words may be.
    pub words_px: f64,
    /// Whether nothing of it is on the track.
    pub is_outside: bool,
}

/// What is to be placed on the track: from and to as pixels of the track, possibly outside of it.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// How wide its words are.
    pub words_px: f64,
    /// Whether words can stand in it.
    pub has_inside: bool,
}

/// The spots of all: each in the first row, from `first` on, where neither it nor its words cover another.
pub fn place(spans: &[Span], width: f64, first: usize) -> Vec<Spot> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by(|a, b| spans[*a].from.total_cmp(&spans[*b].from));
    let (mut taken, mut spots) = (Vec::<Vec<(f64, f64)>>::new(), vec![Spot::default(); spans.len()]);
    for index in order {
        let span = spans[index];
        let mut spot = spot(span, width);
        if !spot.is_outside {
            let (from, to) = match spot.words {
                Words::Inside => (spot.left, spot.left + spot.width),
                Words::After => (spot.left, spot.left + spot.width + spot.words_px),
                Words::Before => (spot.left - spot.words_px, spot.left + spot.width),
            };
            let is_free = |row: &Vec<(f64, f64)>| row.iter().all(|(a, b)| to + GAP_PX <= *a || from >= *b + GAP_PX);
            let row = taken.iter().position(is_free).unwrap_or(taken.len());
            if row == taken.len() {
                taken.push(Vec::new());
            }
            taken[row].push((from, to));
            spot.row = row;
        }
        spot.row += first;
        spots[index] = spot;
    }
    spots
}

/// Where one is in a row of its own: its words in it, or beside it on the side that has room. Words are cut only where
/// no side has room for all of them.
fn spot(span: Span, width: f64) -> Spot {
    let (from, to) = (span.from.clamp(0.0, width), span.to.clamp(0.0, width));
    let is_outside = span.to < 0.0 || span.from > width;
    let least = if span.has_inside { BAR_PX_MIN } else { 0.0 };
    let left = from.min(width - least).max(0.0);
    let bar = (to - left).max(least);
    let (after, before) = (width - left - bar, left);
    let (words, words_px) = if span.has_inside && span.words_px <= bar {
        (Words::Inside, bar)
    } else if span.has_inside && span.words_px <= after {
        (Words::After, span.words_px)
    } else if span.words_px <= before {
        (Words::Before, span.words_px)
    } else if span.words_px <= after {
        (Words::After, span.words_px)
    } else if span.has_inside && bar >= CUT_PX {
        (Words::Inside, bar)
    } else if after >= before {
        (Words::After, span.words_px.min(after.max(CUT_PX)))
    } else {
        (Words::Before, span.words_px.min(before.max(CUT_PX)))
    };
    Spot { row: 0, left, width: bar, words, words_px, is_outside }
}

/// Times of the ticks from one second to another: at multiples of the smallest round step that gives at most seven.
pub fn ticks(from_s: f64, to_s: f64) -> Vec<f64> {
    const STEPS: [f64; 19] = [
        0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0,
        43_200.0, 86_400.0,
    ];
    let length_s = (to_s - from_s).max(1e-3);
    let step = STEPS.into_iter().find(|step| length_s / step <= 7.0).unwrap_or(length_s / 6.0);
    let first = (from_s / step - 1e-6).ceil() as i64;
    (first..).map(|number| number as f64 * step).take_while(|time| *time <= to_s + step * 1e-6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(from: f64, to: f64, words_px: f64) -> Span {
        Span { from, to, words_px, has_inside: true }
    }

    fn mark(at: f64, words_px: f64) -> Span {
        Span { from: at, to: at, words_px, has_inside: false }
    }

    #[test]
    fn words_stand_in_the_bar_or_beside_it_where_there_is_room() {
        let words = |span| spot(span, 800.0).words;
        assert_eq!(words(bar(100.0, 400.0, 150.0)), Words::Inside);
        assert_eq!(words(bar(100.0, 130.0, 150.0)), Words::After);
        assert_eq!(words(bar(750.0, 800.0, 150.0)), Words::Before);
        assert_eq!(words(mark(500.0, 150.0)), Words::Before, "a change is named before it");
        assert_eq!(words(mark(50.0, 150.0)), Words::After);
    }

    #[test]
    fn words_that_are_cut_keep_at_least_twelve_letters() {
        for span in [bar(0.0, 300.0, 900.0), bar(10.0, 20.0, 900.0), bar(280.0, 300.0, 900.0), mark(150.0, 900.0)] {
            let spot = spot(span, 300.0);
            assert!(spot.words_px - AROUND_PX >= 12.0 * LETTER_PX, "{spot:?}");
        }
    }

    #[test]
    fn nothing_covers_another_with_its_words() {
        let rows = |spans: &[Span]| place(spans, 800.0, 0).into_iter().map(|spot| spot.row).collect::<Vec<_>>();
        assert_eq!(rows(&[bar(200.0, 270.0, 50.0), bar(0.0, 130.0, 50.0), bar(230.0, 800.0, 50.0)]), [0, 0, 1]);
        assert_eq!(rows(&[bar(0.0, 10.0, 120.0), bar(60.0, 300.0, 120.0)]), [0, 1], "words need room");
        assert_eq!(rows(&[mark(400.0, 120.0), mark(420.0, 120.0), mark(700.0, 120.0)]), [0, 1, 0]);
        assert!(place(&[], 800.0, 0).is_empty());
        assert_eq!(place(&[mark(400.0, 120.0)], 800.0, 2)[0].row, 2);
    }

    #[test]
    fn what_is_partly_on_the_track_is_drawn_to_its_end() {
        let spots = place(&[bar(-50.0, 100.0, 20.0), bar(700.0, 900.0, 20.0), bar(900.0, 990.0, 20.0)], 800.0, 0);
        assert_eq!((spots[0].left, spots[0].width), (0.0, 100.0));
        assert_eq!((spots[1].left, spots[1].width), (700.0, 100.0));
        assert_eq!(spots.iter().map(|spot| spot.is_outside).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(spot(bar(800.0, 810.0, 20.0), 800.0).width, 6.0, "wide enough to be seen");
    }

    #[test]
    fn ticks_are_at_round_seconds() {
        assert_eq!(ticks(0.0, 120.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0]);
        assert_eq!(ticks(96.2, 106.2), [98.0, 100.0, 102.0, 104.0, 106.0]);
        for (from_s, to_s) in [(0.0, 1.0), (3.0, 10.0), (0.0, 61.0), (17.0, 300.0), (0.0, 86_400.0), (0.0, 5e5)] {
            assert!((1..=8).contains(&ticks(from_s, to_s).len()), "{from_s} to {to_s}: {:?}", ticks(from_s, to_s));
        }
    }
}
