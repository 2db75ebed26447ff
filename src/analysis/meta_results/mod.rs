//! One effect from several results of a study: what is pooled and how it is told. The statistics are those of
//! [`super::meta`].

mod moderators;
mod selection;

use self::selection::{Estimate, select};
use super::interval::{Interval, LEVEL};
use super::meta::{
    Coefficient, Dependence, MetaAnalysis, MetaError, MetaTest, Moderator, Tau2Method, Tau2Precision,
    clustered_meta_analysis, egger, meta_analysis, tau2_interval,
};
use super::result::{Evidence, Figures, Flag, ResultRecord, TestOutcome, Unit};
use super::work::Work;
use crate::study::Span;
use crate::study::definition::MetaAnalysisDef;

const HARTUNG_KNAPP: &str = "Hartung–Knapp t";
const ROBUST: &str = "cluster-robust t (CR2)";
/// Degrees of freedom below which cluster-robust tests do not hold their size (Tipton 2015).
const LEAST_DEGF: f64 = 4.0;

/// Answers the analysis; it comes after those whose results it pools.
pub(super) fn run(analysis: &MetaAnalysisDef, work: &mut Work<'_>) {
    let Some(all) = select(analysis, work) else { return };
    Pool { analysis, path: &[], estimates: &all }.write(work);
    let is_opt_in = |estimate: &&Estimate| estimate.record.flags.contains(&Flag::OptIn);
    let without: Vec<Estimate> = all.iter().filter(|estimate| !is_opt_in(estimate)).cloned().collect();
    if !without.is_empty() && without.len() < all.len() {
        Pool { analysis, path: &["without-opt-in"], estimates: &without }.write(work);
    }
}

/// Estimates that are pooled, and the part of the ids that says which.
struct Pool<'a> {
    analysis: &'a MetaAnalysisDef,
    path: &'a [&'a str],
    estimates: &'a [Estimate],
}

impl Pool<'_> {
    fn write(&self, work: &mut Work<'_>) {
        let estimates = self.estimates;
        let (y, v) = columns(estimates);
        let unit = estimates.first().map_or(Unit::ShareDifference, |estimate| estimate.record.unit);
        let fit = fit(&y, &v, &[]);
        let polls = Figures { estimate: Some(y.len() as f64), n: self.n(), ..Figures::default() };
        work.record(self.record("polls", Unit::Count, estimates).figures(polls));
        if y.len() < 2 {
            let figures = Figures { n: self.n(), ..Figures::not_estimable("fewer than two polls, nothing to pool") };
            work.record(self.record("pooled", unit, estimates).figures(figures));
            return;
        }
        let (pooled, prediction, i2) = match &fit {
            Ok(fit) => (
                hartung_knapp(&fit.coefficients[0], fit.degf),
                prediction(fit),
                share_between(fit, tau2_interval(&y, &v, LEVEL, Tau2Precision::Full)),
            ),
            Err(error) => (failed(error), failed(error), failed(error)),
        };
        let with_n = |figures: Figures| Figures { n: self.n(), ..figures };
        work.record(self.record("pooled", unit, estimates).figures(with_n(pooled)));
        work.record(self.record("prediction", unit, estimates).figures(with_n(prediction)));
        work.record(self.record("pooled-robust", unit, estimates).figures(with_n(self.robust(&y, &v, &[]))));
        let tau = match &fit {
            Ok(fit) => spread(fit, tau2_interval(&y, &v, LEVEL, Tau2Precision::Full)),
            Err(error) => failed(error),
        };
        work.record(self.record("tau", unit.size(), estimates).figures(tau));
        work.record(self.record("i2", Unit::Share, estimates).figures(i2));
        let funnel = match egger(&y, &v) {
            Ok(test) => Figures {
                se: Some(test.se),
                degf: Some(test.degf),
                test: Some(TestOutcome {
                    method: "egger",
                    statistic: Some(test.statistic),
                    numerator_degf: None,
                    degf: Some(test.degf),
                    p_value: test.p_value,
                }),
                ..Figures::without_interval(test.slope, "a slope, of which only the test is of interest")
            },
            Err(error) => failed(&error),
        };
        work.record(self.record("funnel", Unit::Index, estimates).figures(funnel));
        if estimates.len() > 2 {
            self.leave_one_out(unit, work);
        }
        for moderator in &self.analysis.moderators {
            moderators::write(self, *moderator, work);
        }
    }

    fn leave_one_out(&self, unit: Unit, work: &mut Work<'_>) {
        let mut polls: Vec<&str> = Vec::new();
        for estimate in self.estimates {
            if !polls.contains(&estimate.poll()) {
                polls.push(estimate.poll());
            }
        }
        for poll in polls {
            let rest: Vec<Estimate> =
                self.estimates.iter().filter(|estimate| estimate.poll() != poll).cloned().collect();
            let (y, v) = columns(&rest);
            let figures = match fit(&y, &v, &[]) {
                Ok(fit) => hartung_knapp(&fit.coefficients[0], fit.degf),
                Err(error) => failed(&error),
            };
            let n = rest.iter().map(|estimate| estimate.record.estimate.n).sum();
            let record = self.record(&format!("without-{poll}"), unit, &rest).with("left_out", poll);
            work.record(record.figures(Figures { n, ..figures }));
        }
    }

    /// The pooled value with errors that allow for dependence within clusters.
    fn robust(&self, y: &[f64], v: &[f64], moderators: &[Moderator<'_>]) -> Figures {
        let surveys = selection::codes(self.estimates, |estimate| estimate.poll().to_owned());
        let clusters = selection::codes(self.estimates, |estimate| estimate.cluster(self.analysis.clusters));
        let correlation = self.analysis.correlation_within_poll.unwrap_or(0.0);
        let dependence = Dependence { surveys: &surveys, correlation, clusters: &clusters };
        match clustered_meta_analysis(y, v, moderators, dependence, LEVEL) {
            Ok(fit) => {
                let found = &fit.coefficients[0];
                let reason = (found.degf < LEAST_DEGF)
                    .then(|| format!("{} clusters are too few for these errors to be relied on", fit.n_clusters));
                Figures { reason, ..coefficient(&found.coefficient, found.degf, (ROBUST, "cr2_t")) }
            }
            Err(error) => failed(&error),
        }
    }

    /// A record that rests on some of the results.
    fn record(&self, name: &str, unit: Unit, estimates: &[Estimate]) -> ResultRecord {
        let path: Vec<&str> = self.path.iter().copied().chain([name]).collect();
        let first = estimates.first().map(|estimate| &estimate.record);
        let evidence = match first.map(|record| record.evidence) {
            Some(evidence) if estimates.iter().all(|estimate| estimate.record.evidence == evidence) => evidence,
            _ if estimates.iter().any(|estimate| estimate.record.evidence == Evidence::Microdata) => {
                Evidence::Microdata
            }
            _ => Evidence::Published,
        };
        let record = ResultRecord::new(&self.analysis.id, &path, unit, evidence)
            .with("measure", first.map_or("", |record| record.about("measure")))
            .with("statistic", name)
            .with("polls", if self.path.is_empty() { "all" } else { "without-opt-in" })
            .flags(estimates.iter().flat_map(|estimate| &estimate.record.flags).copied().filter(is_inherited))
            .rests_on(estimates.iter().flat_map(|estimate| &estimate.record.origins));
        let when = estimates.iter().filter_map(|estimate| estimate.record.when).reduce(Span::hull);
        when.map_or(record.clone(), |when| record.at(when))
    }

    fn n(&self) -> Option<u64> {
        self.estimates.iter().map(|estimate| estimate.record.estimate.n).sum()
    }
}

/// A pooled value has no small base of its own.
fn is_inherited(flag: &Flag) -> bool {
    matches!(flag, Flag::OptIn | Flag::DeffDeclared | Flag::NAssumed | Flag::DateCoarse)
}

/// Estimates and sampling variances.
fn columns(estimates: &[Estimate]) -> (Vec<f64>, Vec<f64>) {
    estimates.iter().map(|estimate| (estimate.value, estimate.se * estimate.se)).unzip()
}

fn fit(y: &[f64], v: &[f64], moderators: &[Moderator<'_>]) -> Result<MetaAnalysis, MetaError> {
    meta_analysis(y, v, moderators, Tau2Method::Reml, MetaTest::HartungKnapp, LEVEL)
}

fn failed(error: &MetaError) -> Figures {
    Figures::not_estimable(error.to_string())
}

fn hartung_knapp(found: &Coefficient, degf: f64) -> Figures {
    coefficient(found, degf, (HARTUNG_KNAPP, "hartung_knapp_t"))
}

fn coefficient(found: &Coefficient, degf: f64, (interval, test): (&'static str, &'static str)) -> Figures {
    Figures {
        estimate: Some(found.estimate),
        se: Some(found.se),
        degf: Some(degf),
        test: Some(TestOutcome {
            method: test,
            statistic: Some(found.statistic),
            numerator_degf: None,
            degf: Some(degf),
            p_value: found.p_value,
        }),
        ..Figures::default()
    }
    .limits(Some(Interval { low: found.ci_low, high: found.ci_high, method: interval }))
}

fn prediction(fit: &MetaAnalysis) -> Figures {
    let found = fit.prediction();
    let se = (fit.coefficients[0].se.powi(2) + fit.heterogeneity.tau2).sqrt();
    Figures { estimate: Some(found.value), se: Some(se), degf: Some(fit.degf), ..Figures::default() }
        .limits(Some(Interval { low: found.pi_low, high: found.pi_high, method: "prediction interval" }))
}

/// τ with the limits of τ².
fn spread(fit: &MetaAnalysis, limits: Result<super::meta::Tau2Interval, MetaError>) -> Figures {
    let figures = Figures { estimate: Some(fit.heterogeneity.tau2.sqrt()), ..Figures::default() };
    let method = "Q profile";
    figures.limits(limits.ok().map(|l| Interval { low: l.tau2_low.sqrt(), high: l.tau2_high.sqrt(), method }))
}

/// I² as a share, with Cochran's test.
fn share_between(fit: &MetaAnalysis, limits: Result<super::meta::Tau2Interval, MetaError>) -> Figures {
    let found = &fit.heterogeneity;
    let test = TestOutcome {
        method: "cochran_q",
        statistic: Some(found.q),
        numerator_degf: None,
        degf: Some(found.q_degf),
        p_value: found.q_p_value,
    };
    let method = "Q profile";
    Figures { estimate: Some(found.i2 / 100.0), test: Some(test), ..Figures::default() }
        .limits(limits.ok().map(|l| Interval { low: l.i2_low / 100.0, high: l.i2_high / 100.0, method }))
}

#[cfg(test)]
mod tests;
