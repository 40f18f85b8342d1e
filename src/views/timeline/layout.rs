//! Where bars and ticks are on the track.

use crate::model::{Fault, ParameterChange};

/// The share of the track that a bar needs at least for its words.
const BAR_SHARE_MIN: f64 = 0.09;

/// From this share of the track on the words of a change stand before its mark.
pub const LATE_SHARE: f64 = 0.7;
/// The share of the track that a change needs for its words.
const CHANGE_SHARE_MIN: f64 = 0.34;

/// The row of each fault: the first in which it overlaps no other.
pub fn rows(faults: &[Fault], end_s: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..faults.len()).collect();
    order.sort_by(|a, b| faults[*a].start_s.total_cmp(&faults[*b].start_s));
    let (mut free_from, mut rows) = (Vec::<f64>::new(), vec![0; faults.len()]);
    for index in order {
        let fault = &faults[index];
        let stop_s = fault.duration_s.map_or(end_s, |duration_s| fault.start_s + duration_s);
        let row = free_from.iter().position(|free| *free <= fault.start_s).unwrap_or(free_from.len());
        if row == free_from.len() {
            free_from.push(0.0);
        }
        free_from[row] = stop_s.max(fault.start_s + BAR_SHARE_MIN * end_s);
        rows[index] = row;
    }
    rows
}

/// The row of each change, from `first` on: the first in which its words have room.
pub fn change_rows(changes: &[ParameterChange], end_s: f64, first: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..changes.len()).collect();
    order.sort_by(|a, b| changes[*a].at_s.total_cmp(&changes[*b].at_s));
    let (mut free_from, mut rows) = (Vec::<f64>::new(), vec![0; changes.len()]);
    for index in order {
        let share = changes[index].at_s / end_s;
        let from = if share > LATE_SHARE { share - CHANGE_SHARE_MIN } else { share };
        let row = free_from.iter().position(|free| *free <= from).unwrap_or(free_from.len());
        if row == free_from.len() {
            free_from.push(0.0);
        }
        free_from[row] = from + CHANGE_SHARE_MIN;
        rows[index] = first + row;
    }
    rows
}

/// Times of the ticks along the track, seconds: the smallest round step that gives at most six.
pub fn ticks(end_s: f64) -> Vec<f64> {
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0];
    let step = steps.into_iter().find(|step| end_s / step <= 6.0).unwrap_or(end_s / 6.0);
    (0..).map(|number| f64::from(number) * step).take_while(|time| *time < end_s * 0.985).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(start_s: f64, duration_s: Option<f64>) -> Fault {
        Fault { fault: "crash".to_owned(), start_s, duration_s, params: serde_json::Map::new() }
    }

    #[test]
    fn bars_that_overlap_are_in_different_rows() {
        let all = [fault(30.0, Some(10.0)), fault(0.0, Some(20.0)), fault(35.0, None), fault(60.0, Some(5.0))];
        assert_eq!(rows(&all, 120.0), [0, 0, 1, 0]);
        assert_eq!(rows(&[fault(0.0, Some(1.0)), fault(2.0, Some(1.0))], 120.0), [0, 1], "words need room");
        assert_eq!(rows(&[], 120.0), [0; 0]);
    }

    #[test]
    fn changes_whose_words_would_overlap_are_in_different_rows() {
        let change = |at_s| ParameterChange { at_s, set: String::new(), to: serde_json::Value::Null };
        let all = [change(40.0), change(10.0), change(12.0), change(95.0), change(90.0)];
        assert_eq!(change_rows(&all, 100.0, 2), [4, 2, 3, 3, 2]);
        assert_eq!(change_rows(&[], 100.0, 0), [0; 0]);
    }

    #[test]
    fn there_are_at_most_six_ticks() {
        assert_eq!(ticks(120.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        for end_s in [1.0, 7.0, 61.0, 300.0, 86_400.0, 500_000.0] {
            assert!((1..=6).contains(&ticks(end_s).len()), "{end_s}: {:?}", ticks(end_s));
        }
    }
}
