//! Regression of counts on steps at events and on time.

use super::{Break, Counts};
use crate::analysis::interval::{Interval, LEVEL};
use crate::analysis::result::{Figures, ResultRecord, TestOutcome, Unit};
use crate::analysis::trend::TrendError;
use crate::analysis::trend::counts::{
    Family, GlmFit, VarianceForm, negative_binomial, overdispersion_test, profile_interval, rate_change,
};
use crate::numeric::dist::ChiSquared;
use crate::numeric::matrix::Matrix;
use crate::numeric::stream::Stream;

/// Random allotments for the test of the change point.
const DRAWS: usize = 2000;
/// Periods that a change point leaves on either side.
const MIN_PERIODS: usize = 2;

/// What concerns all periods: trend, overdispersion around the steps, change point.
pub(super) fn whole(counts: &Counts<'_>, starts: &[usize], mut stream: Stream) -> Vec<ResultRecord> {
    let all = 0..counts.counts.len();
    let n = Some(counts.sum(all.clone()));
    let or_reason = |figures: Result<Figures, TrendError>| Figures {
        n,
        ..figures.unwrap_or_else(|error| Figures::not_estimable(error.to_string()))
    };
    let change = rate_change(&counts.counts, &counts.exposure, MIN_PERIODS, DRAWS, &mut stream);
    let at = change.as_ref().ok().map(|change| change.position);
    let change = change.map(|change| Figures {
        test: Some(outcome("change_point_allotments", Some(change.statistic), change.p_value)),
        ..Figures::without_interval(change.ratio, "the ratio at the date that was chosen because it is large")
    });
    vec![
        counts.record(&["trend"], Unit::Ratio, all.clone()).figures(or_reason(trend(counts))),
        counts.record(&["overdispersion"], Unit::Ratio, all.clone()).figures(or_reason(dispersion(counts, starts))),
        counts
            .record(&["change-point"], Unit::Ratio, at.map_or(all, |at| at..at + 1))
            .with("measure", "rate-change-point")
            .figures(or_reason(change)),
    ]
}

/// Poisson regression with the profile interval, and with more variance than Poisson's, at an event.
pub(super) fn at_event(counts: &Counts<'_>, starts: &[usize], place: usize, found: &Break<'_>) -> Vec<ResultRecord> {
    let n = Some(counts.sum(found.from..found.until));
    let or_reason = |figures: Result<Figures, TrendError>| Figures {
        n,
        ..figures.unwrap_or_else(|error| Figures::not_estimable(error.to_string()))
    };
    let design = steps(counts, starts);
    let column = place + 1;
    vec![
        counts.at(found, "profile", Unit::Ratio).figures(or_reason(profile(counts, &design, column, Family::Poisson))),
        counts.at(found, "overdispersed", Unit::Ratio).figures(or_reason(overdispersed(counts, &design, column))),
    ]
}

/// An intercept and a column for each event, 1 from its first period on.
fn steps(counts: &Counts<'_>, starts: &[usize]) -> Matrix {
    Matrix::from_fn(counts.counts.len(), starts.len() + 1, |i, j| f64::from(u8::from(j == 0 || i >= starts[j - 1])))
}

fn offset(counts: &Counts<'_>) -> Vec<f64> {
    counts.exposure.iter().map(|time| libm::log(*time)).collect()
}

/// The exponential of a coefficient with the interval of its profile likelihood and the likelihood-ratio test.
fn profile(counts: &Counts<'_>, design: &Matrix, column: usize, family: Family) -> Result<Figures, TrendError> {
    let offset = offset(counts);
    let fit = GlmFit::of(design, &counts.counts, Some(&offset), family)?;
    let (low, high) = profile_interval(design, &counts.counts, Some(&offset), family, column, LEVEL)?;
    let others: Vec<usize> = (0..design.n_columns()).filter(|j| *j != column).collect();
    let rows: Vec<usize> = (0..design.n_rows()).collect();
    let without = GlmFit::of(&design.select(&rows, &others), &counts.counts, Some(&offset), family)?;
    let gain = (without.deviance - fit.deviance).max(0.0);
    let limits = Interval { low: libm::exp(low), high: libm::exp(high), method: "profile likelihood" };
    Ok(Figures {
        estimate: Some(libm::exp(fit.coefficients[column])),
        test: Some(outcome("likelihood_ratio", Some(gain), ChiSquared::new(1.0)?.sf(gain))),
        ..Figures::default()
    }
    .limits(Some(limits)))
}

/// As [`profile`], with a variance of μ + μ²/θ, θ estimated; where the counts vary no more than Poisson's law allows, θ is not
/// identified, and the standard error is that of the Poisson regression times the root of the estimated dispersion.
fn overdispersed(counts: &Counts<'_>, design: &Matrix, column: usize) -> Result<Figures, TrendError> {
    match negative_binomial(design, &counts.counts, Some(&offset(counts))) {
        Ok(fit) => {
            let figures = profile(counts, design, column, Family::NegativeBinomial { theta: fit.theta })?;
            let named =
                |method| if method == "profile likelihood" { "negative binomial, profile likelihood" } else { method };
            Ok(Figures { ci_method: figures.ci_method.map(named), ..figures })
        }
        Err(TrendError::NotIdentified { .. } | TrendError::NoConvergence { .. }) => {
            let fit = GlmFit::of(design, &counts.counts, Some(&offset(counts)), Family::QuasiPoisson)?;
            let slope = fit.tests()?[column];
            let half = crate::numeric::dist::StudentT::new(fit.degf)?.upper_quantile(0.5 * (1.0 - LEVEL)) * slope.se;
            let limits = Interval {
                low: libm::exp(slope.estimate - half),
                high: libm::exp(slope.estimate + half),
                method: "quasi-poisson, t",
            };
            Ok(Figures {
                estimate: Some(libm::exp(slope.estimate)),
                degf: Some(fit.degf),
                test: Some(TestOutcome {
                    degf: Some(fit.degf),
                    ..outcome("quasi_poisson_t", Some(slope.statistic), slope.p_value)
                }),
                ..Figures::default()
            }
            .limits(Some(limits)))
        }
        Err(error) => Err(error),
    }
}

/// The ratio of rates ten years apart along a straight line of the logarithm.
fn trend(counts: &Counts<'_>) -> Result<Figures, TrendError> {
    let mut at = 0.0;
    let middles: Vec<f64> = counts
        .exposure
        .iter()
        .map(|time| {
            at += time;
            (at - 0.5 * time) / 10.0
        })
        .collect();
    let centre = middles.iter().sum::<f64>() / middles.len() as f64;
    let design = Matrix::from_fn(middles.len(), 2, |i, j| if j == 0 { 1.0 } else { middles[i] - centre });
    profile(counts, &design, 1, Family::Poisson)
}

/// Variance over mean around the steps, with the test of Cameron and Trivedi.
fn dispersion(counts: &Counts<'_>, starts: &[usize]) -> Result<Figures, TrendError> {
    let fit = GlmFit::of(&steps(counts, starts), &counts.counts, Some(&offset(counts)), Family::Poisson)?;
    let test = overdispersion_test(&fit, VarianceForm::Linear)?;
    Ok(Figures {
        test: Some(outcome("cameron_trivedi", Some(test.z), test.p_value)),
        ..Figures::without_interval(1.0 + test.alpha, "a ratio of variance to mean; the test is one-sided")
    })
}

fn outcome(method: &'static str, statistic: Option<f64>, p_value: f64) -> TestOutcome {
    TestOutcome { method, statistic, numerator_degf: None, degf: None, p_value }
}
