//! Fisher's exact test of a 2 × 2 table.

use super::error::{ProportionError, level as check_level};
use crate::numeric::root::brent;

/// The exact test with the conditional odds ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherTest {
    pub p_value: f64,
    /// Conditional maximum likelihood estimate; 0 or infinity at the ends of the possible tables.
    pub odds_ratio: f64,
    pub low: f64,
    pub high: f64,
}

/// How far odds ratio and limits are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OddsPrecision {
    /// To the last digits.
    #[default]
    Full,
    /// To 1.2e-4 on the scale of ψ or, above 1, of 1/ψ, by the same steps as R's `uniroot`.
    AsR,
}

/// Fisher's exact test, two-sided, with the conditional odds ratio and its exact interval.
///
/// # Definition
/// With both margins fixed the first cell is hypergeometric with weights C(r₁, x)·C(r₂, c₁ − x)·ψˣ. p is the sum of the
/// probabilities at ψ = 1 that are not above that of the table (1 + 1e-7 of it, for rounding). The estimate makes the mean of
/// the first cell equal to the observed count; the limits are the ψ at which a tail has probability (1 − level)/2.
///
/// # Errors
/// Counts above 1e7 or not whole, a table of zeros, `level` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `fisher.test`: p-value 1e-9; odds ratio and limits 1e-9 with [`OddsPrecision::AsR`], about 1e-5 otherwise.
///
/// # References
/// Fisher (1935), JRSS 98. Cornfield (1956), Proceedings of the Third Berkeley Symposium 4.
pub fn fisher_exact(table: [[u64; 2]; 2], level: f64, precision: OddsPrecision) -> Result<FisherTest, ProportionError> {
    const LARGEST: u64 = 10_000_000;
    let tail = 0.5 * (1.0 - check_level(level)?);
    let [[a, b], [c, d]] = table;
    for count in [a, b, c, d] {
        if count > LARGEST {
            let got = count as f64;
            return Err(ProportionError::OutOfRange { what: "a count", got, expected: "0 to 10,000,000" });
        }
    }
    if a + b + c + d == 0 {
        return Err(ProportionError::TooFew { what: "observations", got: 0, needed: 1 });
    }
    let conditional = Conditional::new(a, a + b, c + d, a + c);
    let null = conditional.probabilities(1.0);
    let of_table = null[conditional.at] * (1.0 + 1e-7);
    let p_value = null.iter().filter(|p| **p <= of_table).sum::<f64>().min(1.0);
    let last = null.len() - 1;
    let (first, end) = (conditional.at == 0, conditional.at == last);
    let solve = |f: &dyn Fn(f64) -> f64| match precision {
        // ln ψ: beyond ±700 ψ is 0 or infinite in an f64.
        OddsPrecision::Full => {
            brent(|ln| f(libm::exp(ln)), -700.0, 700.0, 1e-14).map_or(f64::NAN, |root| libm::exp(root.x))
        }
        OddsPrecision::AsR => solve_as_r(f),
    };
    let odds_ratio = match (first, end) {
        (true, true) => f64::NAN,
        (true, false) => 0.0,
        (false, true) => f64::INFINITY,
        (false, false) => solve(&|psi| conditional.mean(psi) - conditional.at as f64),
    };
    let low = if first { 0.0 } else { solve(&|psi| conditional.upper_tail(psi) - tail) };
    let high = if end { f64::INFINITY } else { solve(&|psi| conditional.lower_tail(psi) - tail) };
    Ok(FisherTest { p_value, odds_ratio, low, high })
}

/// The root below 1 on the scale of ψ, the one above on that of 1/ψ, as R's `fisher.test` looks for it.
fn solve_as_r(f: &dyn Fn(f64) -> f64) -> f64 {
    let tolerance = f64::EPSILON.sqrt().sqrt();
    let at_one = f(1.0);
    if at_one == 0.0 {
        1.0
    } else if f(0.0) * at_one < 0.0 {
        zeroin(f, 0.0, 1.0, tolerance)
    } else {
        1.0 / zeroin(&|t| f(1.0 / t), f64::EPSILON, 1.0, tolerance)
    }
}

/// A root between points of different sign, stopping where R's `uniroot` stops: the interpolating steps of netlib's `zeroin`, which
/// compares a step with the last one, not with the one before as Brent does.
fn zeroin(f: &dyn Fn(f64) -> f64, low: f64, high: f64, tolerance: f64) -> f64 {
    const STEPS: usize = 300;
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    let (mut c, mut fc) = (a, fa);
    for _ in 0..STEPS {
        let last_step = b - a;
        // `b` is the best point, `c` lies on the other side of the root.
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let accuracy = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance;
        let mut step = 0.5 * (c - b);
        if step.abs() <= accuracy || fb == 0.0 {
            return b;
        }
        if last_step.abs() >= accuracy && fa.abs() > fb.abs() {
            let (width, s) = (c - b, fb / fa);
            let (mut p, mut q) = if a == c {
                (width * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (s * (width * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if p < 0.75 * width * q - 0.5 * (accuracy * q).abs() && p < (0.5 * last_step * q).abs() {
                step = p / q;
            }
        }
        if step.abs() < accuracy {
            step = accuracy.copysign(step);
        }
        (a, fa) = (b, fb);
        b += step;
        fb = f(b);
        if (fb > 0.0) == (fc > 0.0) && fb != 0.0 {
            (c, fc) = (a, fa);
        }
    }
    b
}

/// The first cell given both margins.
struct Conditional {
    /// ln of the central weights over the support.
    ln_weights: Vec<f64>,
    /// Position of the observed count in the support.
    at: usize,
}

impl Conditional {
    fn new(observed: u64, row_1: u64, row_2: u64, column_1: u64) -> Conditional {
        let low = column_1.saturating_sub(row_2);
        let high = row_1.min(column_1);
        // Ratios of neighbours are products of small whole numbers, so no factorial is needed.
        let mut ln_weights = vec![0.0; (high - low + 1) as usize];
        for i in 1..ln_weights.len() {
            let x = low + i as u64;
            let up = (row_1 - x + 1) as f64 * (column_1 - x + 1) as f64;
            let down = x as f64 * (row_2 + x - column_1) as f64;
            ln_weights[i] = ln_weights[i - 1] + libm::log(up / down);
        }
        Conditional { ln_weights, at: (observed - low) as usize }
    }

    fn probabilities(&self, psi: f64) -> Vec<f64> {
        if psi == 0.0 {
            let mut only_the_first = vec![0.0; self.ln_weights.len()];
            only_the_first[0] = 1.0;
            return only_the_first;
        }
        let ln_psi = libm::log(psi);
        let ln: Vec<f64> = self.ln_weights.iter().enumerate().map(|(i, w)| w + i as f64 * ln_psi).collect();
        let top = ln.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        let weights: Vec<f64> = ln.iter().map(|w| libm::exp(w - top)).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| w / total).collect()
    }

    fn mean(&self, psi: f64) -> f64 {
        self.probabilities(psi).iter().enumerate().map(|(i, p)| i as f64 * p).sum()
    }

    fn upper_tail(&self, psi: f64) -> f64 {
        self.probabilities(psi)[self.at..].iter().sum()
    }

    fn lower_tail(&self, psi: f64) -> f64 {
        self.probabilities(psi)[..=self.at].iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lady_tasting_tea() {
        // Fisher (1935): 3 of 4 right each way; p = 2·17/70, 34/70 two-sided.
        let test = fisher_exact([[3, 1], [1, 3]], 0.95, OddsPrecision::Full).unwrap();
        assert!((test.p_value - 34.0 / 70.0).abs() < 1e-12);
        assert!((test.odds_ratio - 6.408_319_658_2).abs() < 1e-9);
    }

    #[test]
    fn ends_of_the_support() {
        let none = fisher_exact([[0, 5], [5, 0]], 0.95, OddsPrecision::Full).unwrap();
        assert_eq!((none.odds_ratio, none.low), (0.0, 0.0));
        assert!(none.high.is_finite());
        let only = fisher_exact([[0, 5], [0, 5]], 0.95, OddsPrecision::Full).unwrap();
        assert!(only.p_value == 1.0 && only.odds_ratio.is_nan() && only.low == 0.0 && only.high == f64::INFINITY);
        assert!(fisher_exact([[0, 0], [0, 0]], 0.95, OddsPrecision::Full).is_err());
    }

    #[test]
    fn exchanging_rows_turns_the_odds_over() {
        let (a, b) = (
            fisher_exact([[3, 37], [9, 36]], 0.9, OddsPrecision::Full).unwrap(),
            fisher_exact([[9, 36], [3, 37]], 0.9, OddsPrecision::Full).unwrap(),
        );
        assert!((a.odds_ratio * b.odds_ratio - 1.0).abs() < 1e-10);
        assert!((a.low * b.high - 1.0).abs() < 1e-10 && (a.p_value - b.p_value).abs() < 1e-12);
    }
}
