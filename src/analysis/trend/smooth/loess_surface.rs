//! Where the local fits of a loess are made: at each point, or at a few vertices with a curve between them.

use super::local::{Neighbourhood, Operator, Points};

/// How the curve between fits is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Surface {
    /// A fit of its own at every point asked for.
    Direct,
    /// Fits at the vertices of a k-d tree whose cells hold at most `cell` · span · n points, joined by cubics that agree in value and
    /// slope (R's default, with a cell of 0.2). Faster for very many points, and a little smoother.
    Interpolate { cell: f64 },
}

/// Vertices of the cells, sorted: a little beyond the range at both ends, and cuts at middle points.
pub(super) fn vertices(x: &[f64], most: usize) -> Vec<f64> {
    let (low, high) = (x[0], x[x.len() - 1]);
    let size = (high - low).max(1e-10 * low.abs().max(high.abs()) + 1e-30);
    let margin = MARGIN * size;
    let mut found = vec![low - margin, high + margin];
    let mut open = vec![(0, x.len() - 1)];
    while let Some((first, last)) = open.pop() {
        if last - first < most {
            continue;
        }
        // The last point of the lower half; equal points stay together.
        let middle = (first + last + 2) / 2 - 1;
        let Some(middle) = between_ties(x, first, last, middle) else { continue };
        let cut = x[middle];
        if found.contains(&cut) {
            continue;
        }
        found.push(cut);
        open.push((first, middle));
        open.push((middle + 1, last));
    }
    found.sort_by(f64::total_cmp);
    found
}

/// By this share of the range the outer vertices lie beyond it.
const MARGIN: f64 = 0.005;

/// The nearest place to `middle` after which x rises; below first, then above.
fn between_ties(x: &[f64], first: usize, last: usize, middle: usize) -> Option<usize> {
    let mut offset = 0_isize;
    loop {
        let at = middle.checked_add_signed(offset)?;
        if at >= last || at < first {
            return None;
        }
        if x[at] != x[at + 1] {
            return Some(at);
        }
        offset = -offset;
        if offset >= 0 {
            offset += 1;
        }
    }
}

/// Local fits at the vertices.
pub(super) struct Mesh {
    at: Vec<f64>,
    operators: Vec<Operator>,
}

impl Mesh {
    pub fn new(points: &Points, weights: &[f64], near: &Neighbourhood, at: Vec<f64>) -> Option<Mesh> {
        let operators = at.iter().map(|v| near.operator(&points.x, weights, *v)).collect::<Option<Vec<_>>>()?;
        Some(Mesh { at, operators })
    }

    /// The two vertices around q with the four Hermite weights of value and slope at each.
    fn around(&self, q: f64) -> (usize, [f64; 4]) {
        let last_cell = self.at.len() - 2;
        // A point on a cut belongs to the lower cell.
        let cell = self.at[1..].partition_point(|v| *v < q).min(last_cell);
        (cell, hermite(q, self.at[cell], self.at[cell + 1]))
    }

    /// The curve at q as a weighted sum of y: a row of the operator.
    pub fn row(&self, q: f64) -> Operator {
        let (cell, [v0, s0, v1, s1]) = self.around(q);
        let (a, b) = (&self.operators[cell], &self.operators[cell + 1]);
        let first = a.first.min(b.first);
        let end = (a.first + a.value.len()).max(b.first + b.value.len());
        let mut value = vec![0.0; end - first];
        for (operator, v, s) in [(a, v0, s0), (b, v1, s1)] {
            let from = operator.first - first;
            for (out, (value, slope)) in value[from..].iter_mut().zip(operator.value.iter().zip(&operator.slope)) {
                *out += v * value + s * slope;
            }
        }
        let slope = vec![0.0; value.len()];
        Operator { first, value, slope }
    }

    /// The curve of a series at many points.
    pub fn curve(&self, y: &[f64], at: &[f64]) -> Vec<f64> {
        let fits: Vec<(f64, f64)> = self.operators.iter().map(|o| o.apply(y)).collect();
        at.iter()
            .map(|q| {
                let (cell, [v0, s0, v1, s1]) = self.around(*q);
                v0 * fits[cell].0 + s0 * fits[cell].1 + v1 * fits[cell + 1].0 + s1 * fits[cell + 1].1
            })
            .collect()
    }
}

/// Weights of value and slope at the left end, then at the right, of the cubic through both.
pub(super) fn hermite(q: f64, left: f64, right: f64) -> [f64; 4] {
    let width = right - left;
    let h = (q - left) / width;
    let g = 1.0 - h;
    [g * g * (1.0 + 2.0 * h), h * g * g * width, h * h * (3.0 - 2.0 * h), -h * h * g * width]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hermite_keeps_cubics() {
        let f = |x: f64| (x * x * x - 2.0 * x, 3.0 * x * x - 2.0);
        let [v0, s0, v1, s1] = hermite(1.3, 1.0, 2.0);
        let curve = v0 * f(1.0).0 + s0 * f(1.0).1 + v1 * f(2.0).0 + s1 * f(2.0).1;
        assert!((curve - f(1.3).0).abs() < 1e-14);
    }

    #[test]
    fn ties_are_not_cut() {
        assert_eq!(vertices(&[1.0, 1.0, 1.0, 1.0], 2).len(), 2);
        let cuts = vertices(&[1.0, 1.0, 1.0, 2.0], 2);
        assert_eq!((cuts.len(), cuts[1]), (3, 1.0));
    }
}
