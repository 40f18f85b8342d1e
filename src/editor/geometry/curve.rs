//! Curves of links.

use super::rect::Point;

/// A cubic Bézier curve: start, two handles, end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve(pub [Point; 4]);

/// Whether two straight lines, each between two points, cross.
fn lines_cross([a, b]: [Point; 2], [c, d]: [Point; 2]) -> bool {
    let side = |p: Point, q: Point, r: Point| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]) > 0.0;
    side(a, b, c) != side(a, b, d) && side(c, d, a) != side(c, d, b)
}

impl Curve {
    /// Whether a straight line between two points crosses it.
    pub fn is_crossed(&self, line: [Point; 2]) -> bool {
        const STEPS: usize = 24;
        let at = |step: usize| self.point_at(step as f64 / STEPS as f64);
        (0..STEPS).any(|step| lines_cross([at(step), at(step + 1)], line))
    }

    /// The point a share `t` of the way along (by parameter, not by length).
    pub fn point_at(&self, t: f64) -> Point {
        let [a, b, c, d] = self.0;
        let u = 1.0 - t;
        let (k0, k1, k2, k3) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
        [0, 1].map(|axis| k0 * a[axis] + k1 * b[axis] + k2 * c[axis] + k3 * d[axis])
    }

    /// Its approximate length, for the pace of dots that move along it.
    pub fn length(&self) -> f64 {
        let points: Vec<Point> = (0..=8).map(|i| self.point_at(f64::from(i) / 8.0)).collect();
        points.windows(2).map(|two| distance(two[0], two[1])).sum()
    }

    /// A small arrowhead at its end, as SVG path data.
    pub fn arrow(&self) -> String {
        let [_, _, handle, end] = self.0;
        let length = distance(handle, end).max(1e-6);
        let [dx, dy] = [(end[0] - handle[0]) / length, (end[1] - handle[1]) / length];
        let wing = |side: f64| [end[0] - 9.0 * dx + side * 5.0 * dy, end[1] - 9.0 * dy - side * 5.0 * dx];
        let (a, b) = (wing(1.0), wing(-1.0));
        format!("M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z", a[0], a[1], end[0], end[1], b[0], b[1])
    }

    /// As SVG path data.
    pub fn path(&self) -> String {
        let [a, b, c, d] = self.0;
        format!("M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1])
    }
}

/// How far apart two points are.
pub fn distance(a: Point, b: Point) -> f64 {
    libm::hypot(a[0] - b[0], a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_crosses_the_curves_that_it_divides() {
        let curve = Curve([[0.0, 0.0], [50.0, 0.0], [50.0, 100.0], [100.0, 100.0]]);
        assert!(curve.is_crossed([[50.0, -20.0], [50.5, 200.0]]));
        assert!(curve.is_crossed([[0.0, 60.0], [100.0, 40.0]]));
        assert!(!curve.is_crossed([[0.0, 60.0], [30.0, 60.0]]), "it ends before the curve");
        assert!(!curve.is_crossed([[-10.0, -10.0], [-10.0, 200.0]]));
    }
}
