//! Did it rise or fall: tests that need no more than an order in time.
//!
//! # Notation
//! n values y at times t; pairs i < j; ties are groups of equal values.

mod cochran_armitage;
mod jonckheere;
mod mann_kendall;
mod sen;

pub use cochran_armitage::{ShareTrend, cochran_armitage};
pub use jonckheere::{JonckheereTerpstra, jonckheere_terpstra};
pub use mann_kendall::{Autocorrelation, MannKendall, mann_kendall};
pub use sen::{SenSlope, sen_slope};

/// Sizes of groups of equal values, 1s left out.
fn ties(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).filter(|group| group.len() > 1).map(|group| group.len() as f64).collect()
}

fn sum_over(ties: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    ties.iter().map(|t| f(*t)).sum()
}

/// The variance of Kendall's S with ties in values and in times.
fn kendall_variance(n: f64, value_ties: &[f64], time_ties: &[f64]) -> f64 {
    let cubic = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let mut variance = (cubic(n) - sum_over(value_ties, cubic) - sum_over(time_ties, cubic)) / 18.0;
    if !value_ties.is_empty() && !time_ties.is_empty() {
        let pairs = |t: f64| t * (t - 1.0);
        let triples = |t: f64| t * (t - 1.0) * (t - 2.0);
        variance += sum_over(value_ties, pairs) * sum_over(time_ties, pairs) / (2.0 * pairs(n));
        if n > 2.0 {
            variance += sum_over(value_ties, triples) * sum_over(time_ties, triples) / (9.0 * triples(n));
        }
    }
    variance
}
