//! Rank tests under a sampling design.

use super::error::{CompareError, at_least, same_length};
use super::skipped::is_rounding;
use crate::design::{Codes, SurveyDesign};
use crate::estimate::{DegfRule, NotEstimable, Options, Scored, scored};
use crate::numeric::dist::{FisherF, Normal, StudentT};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// What is done with the estimated population ranks, as shares of the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RankScore {
    /// The share itself: Wilcoxon's test of two groups, Kruskal and Wallis's of more.
    #[default]
    Wilcoxon,
    /// Its normal quantile.
    VanDerWaerden,
    /// Whether it is above one half.
    Median,
}

/// A rank test.
#[derive(Clone, Debug, PartialEq)]
pub struct RankTest {
    /// Two groups: t of the difference. More: the Wald χ².
    pub statistic: f64,
    /// Degrees of freedom: of t, or of the numerator.
    pub degf: f64,
    /// Degrees of freedom of the denominator, for more than two groups.
    pub denominator_degf: Option<f64>,
    pub p_value: f64,
    /// Mean score of each further group less that of the first.
    pub differences: Vec<f64>,
}

/// Tests whether a variable has the same distribution in all groups, by the mean scores of estimated population ranks.
///
/// # Definition
/// A row's rank is the weight below it plus half its own, ties at their mean, over the whole weight. Differences of mean
/// scores have the covariance of the weighted regression on the groups, ranks taken as known. Two groups: t on ν − 1; k
/// groups: X²/(k − 1) against F on k − 1 and ν − (k − 1).
///
/// # Errors
/// Columns of another length than the design, fewer than two groups with members, no degrees of freedom.
///
/// # Agreement
/// R survey 4.1.1, `svyranktest`, 1e-9.
///
/// # References
/// Lumley and Scott (2013), "Two-sample rank tests under complex sampling", Biometrika 100.
pub fn rank_test(
    design: &SurveyDesign,
    values: &[f64],
    groups: &Codes,
    mask: &[bool],
    score: RankScore,
) -> Result<RankTest, CompareError> {
    let n = design.n_rows();
    for (what, got) in [("the variable", values.len()), ("the groups", groups.len()), ("the mask", mask.len())] {
        same_length(what, got, n)?;
    }
    let w = design.weights();
    let is_in =
        |i: usize| mask[i] && w[i] > 0.0 && !values[i].is_nan() && (groups.codes()[i] as usize) < groups.n_labels();
    let own: Vec<bool> = (0..n).map(is_in).collect();
    let mut order: Vec<usize> = (0..n).filter(|&i| own[i]).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut present: Vec<u32> = order.iter().map(|&i| groups.codes()[i]).collect();
    present.sort_unstable();
    present.dedup();
    at_least("groups with members", present.len(), 2)?;
    let scores = scores(&order, values, w, score, n);
    let group = |i: usize| present.binary_search(&groups.codes()[i]).unwrap_or(0);
    let mut sums = vec![(0.0, 0.0); present.len()];
    for &i in &order {
        sums[group(i)].0 += w[i];
        sums[group(i)].1 += w[i] * scores[i];
    }
    let means: Vec<f64> = sums.iter().map(|(size, sum)| sum / size).collect();
    let differences: Vec<f64> = means[1..].iter().map(|m| m - means[0]).collect();
    let influence = |k: usize| -> Vec<f64> {
        let of = |i: usize| {
            let rest = (scores[i] - means[group(i)]) / sums[group(i)].0;
            f64::from(i8::from(group(i) == k + 1) - i8::from(group(i) == 0)) * rest
        };
        (0..n).map(|i| if own[i] { of(i) } else { 0.0 }).collect()
    };
    let columns: Vec<Vec<f64>> = (0..differences.len()).map(influence).collect();
    let degf = design.degf(Some(&own));
    let covariance = covariance(design, columns, &differences, &own, degf)?;
    let size = scores.iter().fold(0.0, |size: f64, score| size.max(score.abs()));
    if (0..differences.len()).all(|k| is_rounding(covariance[(k, k)].max(0.0).sqrt(), size)) {
        return Err(CompareError::NotEstimable(NotEstimable::NoVariation));
    }
    let k = differences.len() as f64;
    let rest = degf - k;
    if rest <= 0.0 {
        return Err(CompareError::NoDegreesOfFreedom { degf, needed: k, statistic: "the rank test" });
    }
    if let [difference] = differences.as_slice() {
        let statistic = difference / covariance[(0, 0)].sqrt();
        let p_value = StudentT::new(rest)?.two_sided_sf(statistic.abs());
        return Ok(RankTest { statistic, degf: rest, denominator_degf: None, p_value, differences });
    }
    let statistic = Cholesky::of(&covariance)?.inverse_quadratic_form(&differences)?;
    let p_value = FisherF::new(k, rest)?.sf(statistic / k);
    Ok(RankTest { statistic, degf: k, denominator_degf: Some(rest), p_value, differences })
}

/// The score of each row, from the rows in the order of their values.
fn scores(order: &[usize], values: &[f64], w: &[f64], score: RankScore, n: usize) -> Vec<f64> {
    let total: f64 = order.iter().map(|&i| w[i]).sum();
    let mut scores = vec![0.0; n];
    let mut below = 0.0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // The mean over the tied rows of (cumulated weight − half the own weight).
        let mut sum = 0.0;
        for &i in tied {
            sum += below + 0.5 * w[i];
            below += w[i];
        }
        let rank = sum / tied.len() as f64;
        let value = match score {
            RankScore::Wilcoxon => rank / total,
            RankScore::VanDerWaerden => Normal::STANDARD.quantile(rank / total),
            RankScore::Median => f64::from(u8::from(rank > 0.5 * total)),
        };
        tied.iter().for_each(|&i| scores[i] = value);
    }
    scores
}

/// The covariance of totals of influence values; with replicates that of the totals under each set of weights.
fn covariance(
    design: &SurveyDesign,
    columns: Vec<Vec<f64>>,
    points: &[f64],
    mask: &[bool],
    degf: f64,
) -> Result<Matrix, CompareError> {
    let p = points.len();
    let parts = match design.replicates() {
        None => Scored::Rows(columns),
        Some(replicates) => {
            let total = |w: &[f64], z: &[f64]| w.iter().zip(z).map(|(w, z)| w * z).sum::<f64>();
            let shifted = |w: &Vec<f64>| (0..p).map(|k| points[k] + total(w, &columns[k])).collect();
            Scored::Replicates(replicates.columns().iter().map(shifted).collect())
        }
    };
    let options = Options { degf: DegfRule::Fixed(degf), ..Options::default() };
    let names = (0..p).map(|k| k.to_string()).collect();
    let estimates = scored(design, names, points, &parts, mask, &options)?;
    let covariance = estimates.covariance(&(0..p).collect::<Vec<_>>())?;
    Ok(Matrix::from_fn(p, p, |i, j| covariance[i][j]))
}
