//! Did it rise or fall: tests that need no more than an order in time.
//!
//! # Notation
//! n values y at times t; pairs i < j; ties are groups of equal values.

mod cochran_armitage;
mod exact;
mod jonckheere;
mod mann_kendall;
mod sen;
mod within;

pub use cochran_armitage::{SharePart, ShareTrend, ShareTrendWithin, cochran_armitage, cochran_armitage_within};
pub use jonckheere::{JonckheereTerpstra, jonckheere_terpstra};
pub use mann_kendall::{Autocorrelation, MannKendall, mann_kendall};
pub use sen::{SenSlope, sen_slope};
pub use within::{Part, SlopeWithin, TrendWithin, mann_kendall_within, sen_slope_within};

/// Sizes of groups of equal values, 1s left out.
fn ties(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).filter(|group| group.len() > 1).map(|group| group.len() as f64).collect()
}

/// The value at a rank of sorted values, counted from 1, between neighbours where it is a fraction.
fn rank_of(sorted: &[f64], rank: f64) -> f64 {
    let below = rank.floor();
    let pick = |r: f64| sorted[r.clamp(1.0, sorted.len() as f64) as usize - 1];
    pick(below) + (rank - below) * (pick(below + 1.0) - pick(below))
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
