//! Confidence limits read off a profile that is known at a few points.

/// Most steps that are taken to either side.
const MAX_STEPS: usize = 9;

/// A profile at points `step` apart, and what is looked up in it.
#[derive(Clone, Copy, Debug)]
pub struct ProfileGrid {
    /// The estimate, where the profile is 0.
    pub centre: f64,
    /// The distance of the points.
    pub step: f64,
    /// The walk to a side ends with the first point that reaches this height, or after nine steps.
    pub far: f64,
    /// The height of the limits.
    pub cut: f64,
}

impl ProfileGrid {
    /// The points where the profile reaches the height `cut` below and above the estimate, as R reads them; `None` for a side
    /// on which the walk ends lower.
    ///
    /// # Definition
    /// `height` is the root of the rise of the deviance, positive on both sides. With the sign of its side it is known at
    /// `centre ± k · step`; a cubic spline (ends as Forsythe, Malcolm and Moler have them) is laid through these m points, taken
    /// at 3m evenly spaced points, and read off linearly between them. The exact limits differ in the third or fourth digit.
    ///
    /// # References
    /// R 4.2.2, `MASS:::confint.profile.glm`; Forsythe, Malcolm and Moler (1977), Computer Methods for Mathematical
    /// Computations, chapter 4.
    pub fn limits(&self, mut height: impl FnMut(f64) -> f64) -> (Option<f64>, Option<f64>) {
        let mut points = vec![(self.centre, 0.0)];
        for side in [-1.0, 1.0] {
            for k in 1..=MAX_STEPS {
                let at = self.centre + side * k as f64 * self.step;
                let z = height(at);
                points.push((at, side * z));
                if z.is_nan() || z >= self.far {
                    break;
                }
            }
        }
        points.retain(|(_, z)| z.is_finite());
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (x, z): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
        let Some(spline) = Spline::through(&x, &z) else { return (None, None) };
        let n = 3 * x.len();
        let width = (x[x.len() - 1] - x[0]) / (n - 1) as f64;
        let curve: Vec<(f64, f64)> = (0..n).map(|i| x[0] + i as f64 * width).map(|at| (at, spline.at(at))).collect();
        let read = |wanted: f64| {
            let crosses = |pair: &&[(f64, f64)]| pair[0].1 <= wanted && wanted <= pair[1].1;
            let pair = curve.windows(2).find(crosses)?;
            let ((x0, z0), (x1, z1)) = (pair[0], pair[1]);
            Some(if z1 > z0 { x0 + (x1 - x0) * (wanted - z0) / (z1 - z0) } else { x0 })
        };
        (read(-self.cut), read(self.cut))
    }
}

/// A cubic spline whose third derivatives at the ends are those of the cubics through the four points next to them.
struct Spline<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// Coefficients of first, second and third order, by interval.
    slopes: Vec<[f64; 3]>,
}

impl<'a> Spline<'a> {
    /// Through at least four points with increasing x.
    fn through(x: &'a [f64], y: &'a [f64]) -> Option<Self> {
        let n = x.len();
        if n < 4 {
            return None;
        }
        let gap: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
        let slope: Vec<f64> = (0..n - 1).map(|i| (y[i + 1] - y[i]) / gap[i]).collect();
        let mut diagonal = vec![0.0; n];
        let mut curve = vec![0.0; n];
        for i in 1..n - 1 {
            diagonal[i] = 2.0 * (gap[i - 1] + gap[i]);
            curve[i] = slope[i] - slope[i - 1];
        }
        (diagonal[0], diagonal[n - 1]) = (-gap[0], -gap[n - 2]);
        let first = curve[2] / (x[3] - x[1]) - curve[1] / (x[2] - x[0]);
        let last = curve[n - 2] / (x[n - 1] - x[n - 3]) - curve[n - 3] / (x[n - 2] - x[n - 4]);
        curve[0] = first * gap[0] * gap[0] / (x[3] - x[0]);
        curve[n - 1] = -last * gap[n - 2] * gap[n - 2] / (x[n - 1] - x[n - 4]);
        for i in 1..n {
            let t = gap[i - 1] / diagonal[i - 1];
            diagonal[i] -= t * gap[i - 1];
            curve[i] -= t * curve[i - 1];
        }
        curve[n - 1] /= diagonal[n - 1];
        for i in (0..n - 1).rev() {
            curve[i] = (curve[i] - gap[i] * curve[i + 1]) / diagonal[i];
        }
        let coefficients = |i: usize| {
            let b = slope[i] - gap[i] * (curve[i + 1] + 2.0 * curve[i]);
            [b, 3.0 * curve[i], (curve[i + 1] - curve[i]) / gap[i]]
        };
        Some(Self { x, y, slopes: (0..n - 1).map(coefficients).collect() })
    }

    fn at(&self, x: f64) -> f64 {
        let i = self.x.partition_point(|known| *known <= x).saturating_sub(1).min(self.slopes.len() - 1);
        let [b, c, d] = self.slopes[i];
        let u = x - self.x[i];
        self.y[i] + u * (b + u * (c + u * d))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_profile_is_read_exactly() {
        let grid = ProfileGrid { centre: 2.0, step: 0.5, far: 2.0, cut: 1.2 };
        let (low, high) = grid.limits(|b| (b - 2.0).abs());
        assert!((low.unwrap() - 0.8).abs() < 1e-14 && (high.unwrap() - 3.2).abs() < 1e-14);
    }

    #[test]
    fn a_cubic_is_its_own_spline() {
        let x = [0.0, 1.0, 2.5, 3.0, 4.5];
        let cubic = |x: f64| 1.0 - x + 0.5 * x * x - 0.25 * x * x * x;
        let y = x.map(cubic);
        let spline = Spline::through(&x, &y).unwrap();
        for at in [0.3, 1.7, 2.9, 4.4] {
            assert!((spline.at(at) - cubic(at)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_side_that_stays_low_has_no_limit() {
        let grid = ProfileGrid { centre: 0.0, step: 0.1, far: 5.0, cut: 3.0 };
        assert_eq!(grid.limits(|b| b.abs()), (None, None));
    }
}
