//! A polynomial fitted to the neighbours of a point.

/// Points in order of x.
#[derive(Debug)]
pub(super) struct Points {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Prior weights.
    pub weights: Vec<f64>,
}

/// The value and the slope of a local fit as weighted sums of y over a window of points.
pub(super) struct Operator {
    pub first: usize,
    pub value: Vec<f64>,
    pub slope: Vec<f64>,
}

impl Operator {
    /// Both sums.
    pub fn apply(&self, y: &[f64]) -> (f64, f64) {
        let window = &y[self.first..self.first + self.value.len()];
        (sum_of_products(&self.value, window), sum_of_products(&self.slope, window))
    }
}

/// Neighbours, degree and reach of local fits.
#[derive(Debug)]
pub(super) struct Neighbourhood {
    /// Points in a window.
    pub size: usize,
    pub degree: usize,
    /// By which the distance of the farthest neighbour is stretched; above 1 for spans above 1.
    pub stretch: f64,
}

impl Neighbourhood {
    /// The window of the nearest points to q in sorted x.
    fn window(&self, x: &[f64], q: f64) -> usize {
        let (mut low, mut high) = (0, x.len() - self.size);
        while low < high {
            let middle = (low + high) / 2;
            if x[middle + self.size] - q < q - x[middle] {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The local fit at q; `None` where all neighbours lie at q or on the edge of the window.
    ///
    /// Tricube weights; polynomials orthogonal under the weights, by their three-term recurrence, so that nothing cancels. A degree
    /// that the neighbours cannot carry is left out.
    pub fn operator(&self, x: &[f64], weights: &[f64], q: f64) -> Option<Operator> {
        let first = self.window(x, q);
        let near = &x[first..first + self.size];
        let farthest = (near[self.size - 1] - q).abs().max((q - near[0]).abs());
        let reach = farthest * self.stretch;
        if reach <= 0.0 {
            return None;
        }
        let kernel: Vec<f64> = near
            .iter()
            .zip(&weights[first..])
            .map(|(x, w)| {
                let u = (x - q).abs() / reach;
                let cube = (1.0 - u * u * u).max(0.0);
                w * cube * cube * cube
            })
            .collect();
        let total: f64 = kernel.iter().sum();
        if total <= 0.0 {
            return None;
        }
        // Distances in units of the reach.
        let t: Vec<f64> = near.iter().map(|x| (x - q) / reach).collect();
        let mut value = vec![1.0 / total; self.size];
        let mut slope = vec![0.0; self.size];
        if self.degree >= 1 {
            let a0 = sum_of_products(&kernel, &t) / total;
            let p1: Vec<f64> = t.iter().map(|t| t - a0).collect();
            let norm_1 = weighted_square(&kernel, &p1);
            if norm_1 > NEGLIGIBLE * total {
                let at = -a0 / norm_1;
                for ((value, slope), p) in value.iter_mut().zip(&mut slope).zip(&p1) {
                    *value += at * p;
                    *slope += p / norm_1;
                }
                if self.degree >= 2 {
                    let a1 = kernel.iter().zip(&t).zip(&p1).map(|((w, t), p)| w * t * p * p).sum::<f64>() / norm_1;
                    let b1 = norm_1 / total;
                    let p2: Vec<f64> = t.iter().zip(&p1).map(|(t, p)| (t - a1) * p - b1).collect();
                    let norm_2 = weighted_square(&kernel, &p2);
                    if norm_2 > NEGLIGIBLE * total {
                        let (at, along) = ((a0 * a1 - b1) / norm_2, -(a0 + a1) / norm_2);
                        for ((value, slope), p) in value.iter_mut().zip(&mut slope).zip(&p2) {
                            *value += at * p;
                            *slope += along * p;
                        }
                    }
                }
            }
        }
        for ((value, slope), w) in value.iter_mut().zip(&mut slope).zip(&kernel) {
            *value *= w;
            *slope *= w / reach;
        }
        Some(Operator { first, value, slope })
    }
}

/// Below this share of the weight a polynomial has no support.
const NEGLIGIBLE: f64 = 1e-20;

fn weighted_square(weights: &[f64], p: &[f64]) -> f64 {
    weights.iter().zip(p).map(|(w, p)| w * p * p).sum()
}

/// A sum of products in eight fixed lanes.
pub(super) fn sum_of_products(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h)) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_polynomial_reproduces_its_own_degree() {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i) + 0.1 * f64::from(i % 3)).collect();
        for degree in 0..=2 {
            let y: Vec<f64> = x.iter().map(|x| [3.0, 3.0 - 2.0 * x, 3.0 - 2.0 * x + 0.5 * x * x][degree]).collect();
            let near = Neighbourhood { size: 9, degree, stretch: 1.0 };
            for q in [0.0, 4.3, 19.0] {
                let (value, slope) = near.operator(&x, &[1.0; 20], q).unwrap().apply(&y);
                let expected = [(3.0, 0.0), (3.0 - 2.0 * q, -2.0), (3.0 - 2.0 * q + 0.5 * q * q, q - 2.0)][degree];
                assert!((value - expected.0).abs() < 1e-10 && (slope - expected.1).abs() < 1e-10, "{degree} {q}");
            }
        }
    }

    #[test]
    fn ties_carry_no_slope() {
        let near = Neighbourhood { size: 3, degree: 2, stretch: 1.0 };
        assert!(near.operator(&[1.0; 5], &[1.0; 5], 1.0).is_none());
        let away = near.operator(&[1.0, 1.0, 1.0, 9.0], &[1.0; 4], 2.0);
        assert!(away.is_none_or(|o| o.apply(&[5.0, 5.0, 5.0, 0.0]).0.is_finite()));
    }

    #[test]
    fn windows_hold_the_nearest_points() {
        let x = [0.0, 1.0, 2.0, 10.0, 11.0];
        let near = Neighbourhood { size: 2, degree: 1, stretch: 1.0 };
        assert_eq!([-5.0, 1.4, 5.0, 9.0, 50.0].map(|q| near.window(&x, q)), [0, 1, 1, 3, 3]);
    }
}
