//! Where a menu stands: beside what it is about, inside the window.

use crate::editor::geometry::{Point, Rect};

/// The least distance from the edges of the window, and from what the menu is about, CSS pixels.
const MARGIN_PX: f64 = 6.0;
const GAP_PX: f64 = 8.0;

/// Where a menu stands, client coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stand {
    /// Its top left corner.
    pub at: Point,
    /// The greatest height for which there is room; what is higher scrolls.
    pub height_max: f64,
}

/// Beside something, to the right if there is room, else to the left, else below or above it, where there is more room.
pub fn beside(about: &Rect, menu: Point, window: Point) -> Stand {
    // A point needs no gap.
    let gap = if about.w > 0.0 { GAP_PX } else { 1.0 };
    let height_max = window[1] - 2.0 * MARGIN_PX;
    let y = about.y.min(window[1] - MARGIN_PX - menu[1]).max(MARGIN_PX);
    let right = about.right() + gap;
    let left = about.x - gap - menu[0];
    if right + menu[0] <= window[0] - MARGIN_PX {
        return Stand { at: [right, y], height_max };
    }
    if left >= MARGIN_PX {
        return Stand { at: [left, y], height_max };
    }
    let x = (about.center()[0] - menu[0] / 2.0).min(window[0] - MARGIN_PX - menu[0]).max(MARGIN_PX);
    let below = window[1] - MARGIN_PX - about.bottom() - gap;
    let above = about.y - gap - MARGIN_PX;
    if menu[1] <= below || below >= above {
        return Stand { at: [x, about.bottom() + gap], height_max: below };
    }
    let height = menu[1].min(above);
    Stand { at: [x, about.y - gap - height], height_max: above }
}

/// The same for a menu that an entry of another one opens: to the right of that one, else to its left, unless it would
/// cover there what both are about; else over it.
pub fn beside_menu(main: &Rect, about: &Rect, entry_y: f64, menu: Point, window: Point) -> Stand {
    let height_max = window[1] - 2.0 * MARGIN_PX;
    let y = (entry_y - GAP_PX).min(window[1] - MARGIN_PX - menu[1]).max(MARGIN_PX);
    let (right, left) = (main.right() - 2.0, main.x - menu[0] + 2.0);
    let covers = |x: f64| about.w > 0.0 && Rect { x, y, w: menu[0], h: menu[1].min(height_max) }.overlaps(about);
    if right + menu[0] <= window[0] - MARGIN_PX && !covers(right) {
        return Stand { at: [right, y], height_max };
    }
    if left >= MARGIN_PX && !covers(left) {
        return Stand { at: [left, y], height_max };
    }
    let x = main.x.min(window[0] - MARGIN_PX - menu[0]).max(MARGIN_PX);
    let y = main.y.min(window[1] - MARGIN_PX - menu[1]).max(MARGIN_PX);
    if covers(x) { beside(about, menu, window) } else { Stand { at: [x, y], height_max } }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Point = [1366.0, 768.0];

    fn card(x: f64, y: f64) -> Rect {
        Rect { x, y, w: 168.0, h: 94.0 }
    }

    #[test]
    fn it_stands_beside_the_card_and_inside_the_window() {
        assert_eq!(beside(&card(640.0, 190.0), [232.0, 250.0], WINDOW).at, [816.0, 190.0]);
        assert_eq!(beside(&card(1100.0, 600.0), [232.0, 250.0], WINDOW).at, [860.0, 512.0], "left, and higher");
        let point = Rect { x: 50.0, y: 60.0, w: 0.0, h: 0.0 };
        assert_eq!(beside(&point, [100.0, 80.0], [400.0, 300.0]).at, [51.0, 60.0]);
    }

    #[test]
    fn on_a_phone_it_stands_below_or_above_and_scrolls() {
        let phone = [390.0, 844.0];
        let low = beside(&Rect { x: 150.0, y: 300.0, w: 82.0, h: 52.0 }, [232.0, 250.0], phone);
        assert_eq!((low.at, low.height_max), ([75.0, 360.0], 478.0));
        let high = beside(&Rect { x: 150.0, y: 700.0, w: 82.0, h: 52.0 }, [232.0, 900.0], phone);
        assert_eq!((high.at[1], high.height_max), (6.0, 686.0));
    }

    #[test]
    fn what_it_is_about_is_never_covered() {
        for (x, y) in [(0.0, 0.0), (300.0, 200.0), (640.0, 190.0), (1190.0, 670.0), (20.0, 660.0)] {
            for window in [WINDOW, [390.0, 844.0], [1024.0, 768.0]] {
                let about = Rect { x: f64::min(x, window[0] - 170.0), ..card(x, y) };
                let (menu, sub) = ([232.0, 260.0], [308.0, 340.0]);
                let stand = beside(&about, menu, window);
                let main = Rect { x: stand.at[0], y: stand.at[1], w: menu[0], h: menu[1].min(stand.height_max) };
                assert!(!main.overlaps(&about), "{main:?} covers {about:?}");
                assert!(main.x >= 0.0 && main.right() <= window[0] && main.y >= 0.0 && main.bottom() <= window[1]);
                let stand = beside_menu(&main, &about, main.y + 180.0, sub, window);
                let second = Rect { x: stand.at[0], y: stand.at[1], w: sub[0], h: sub[1].min(stand.height_max) };
                assert!(!second.overlaps(&about), "{second:?} covers {about:?}");
                assert!(
                    second.x >= 0.0 && second.right() <= window[0] && second.y >= 0.0 && second.bottom() <= window[1]
                );
            }
        }
    }
}
