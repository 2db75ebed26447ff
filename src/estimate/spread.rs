//! Sums of squares around a centre that is known only at the end, from one look at the rows.

/// How much farther from zero a row must lie than the one that gave the slope, to give a new one.
const FARTHER: f64 = 4.0;

/// Weighted second moments of the rests `r = y − c x` around a provisional slope c; x is 1 for means and totals.
///
/// # Definition
///
/// `Σ w (y − R x)² = Σ w r² − 2 (R − c) Σ w r x + (R − c)² Σ w x²`. The slope c is that of a row whose `w x²` is at least a
/// quarter of any other's, so its own rest around R keeps the sum of squares so large that the difference loses no more
/// digits than the number of rows has.
///
/// # References
///
/// Chan, Golub and LeVeque (1983), Algorithms for computing the sample variance, section 2 (shifted data).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    slope: f64,
    /// w x² of the row that gave the slope; 0 before there is one.
    reach: f64,
    rr: f64,
    rx: f64,
    xx: f64,
}

impl Spread {
    /// Adds a row.
    #[inline]
    pub fn add(&mut self, w: f64, y: f64, x: f64) {
        let wx = w * x;
        let reach = wx * x;
        if reach > FARTHER * self.reach {
            self.take_slope(y / x, reach);
        }
        let rest = y - self.slope * x;
        self.rr += w * rest * rest;
        self.rx += wx * rest;
        self.xx += reach;
    }

    #[cold]
    fn take_slope(&mut self, slope: f64, reach: f64) {
        self.move_to(slope);
        self.reach = reach;
    }

    /// The same moments around another slope.
    fn move_to(&mut self, slope: f64) {
        let by = slope - self.slope;
        self.rr += by * (by * self.xx - 2.0 * self.rx);
        self.rx -= by * self.xx;
        self.slope = slope;
    }

    /// Adds the moments of other rows.
    pub fn absorb(&mut self, mut other: Self) {
        if other.reach > self.reach {
            std::mem::swap(self, &mut other);
        }
        other.move_to(self.slope);
        self.rr += other.rr;
        self.rx += other.rx;
        self.xx += other.xx;
    }

    /// `Σ w (y − R x)²` around a slope R.
    pub fn around(mut self, slope: f64) -> f64 {
        self.move_to(slope);
        self.rr.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    /// Two looks at the rows: the slope first, then the squares.
    fn two_looks(rows: &[(f64, f64, f64)]) -> (f64, f64) {
        let (wy, wx) = rows.iter().fold((0.0, 0.0), |(a, b), (w, y, x)| (a + w * y, b + w * x));
        let slope = wy / wx;
        (slope, rows.iter().map(|(w, y, x)| w * (y - slope * x) * (y - slope * x)).sum())
    }

    fn one_look(rows: &[(f64, f64, f64)], n_lanes: usize) -> Spread {
        let mut lanes = vec![Spread::default(); n_lanes];
        for (i, &(w, y, x)) in rows.iter().enumerate() {
            lanes[i % n_lanes].add(w, y, x);
        }
        let mut all = lanes[0];
        lanes[1..].iter().for_each(|lane| all.absorb(*lane));
        all
    }

    #[test]
    fn values_far_from_zero_keep_their_digits() {
        let mut random = Stream::named(3, "values far from zero");
        let rows: Vec<_> = (0..5_000).map(|_| (0.1 + random.uniform(), 1e8 + random.uniform(), 1.0)).collect();
        let (slope, expected) = two_looks(&rows);
        for n_lanes in [1, 3] {
            let got = one_look(&rows, n_lanes).around(slope);
            assert!((got / expected - 1.0).abs() < 1e-9, "{got} {expected}");
        }
    }

    #[test]
    fn a_first_row_near_zero_does_not_spoil_a_ratio() {
        // y is 3 x up to rests of size 1, x grows from nearly 0 to a million.
        let mut random = Stream::named(3, "a first row near zero");
        let row = |i: u32| {
            let x = f64::from(i).powi(2) * 0.04 + 1e-3;
            (1.0, 3.0 * x + random.uniform() - 0.5, x)
        };
        let rows: Vec<_> = (0..5_000).map(row).collect();
        let (slope, expected) = two_looks(&rows);
        for n_lanes in [1, 4] {
            let got = one_look(&rows, n_lanes).around(slope);
            assert!((got / expected - 1.0).abs() < 1e-9, "{got} {expected}");
        }
    }

    #[test]
    fn no_rows_have_no_spread() {
        assert_eq!(Spread::default().around(1.0), 0.0);
    }
}
