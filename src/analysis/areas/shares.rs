//! Shares of areas in which few were interviewed.

use std::collections::BTreeMap;

use super::Measured;
use crate::analysis::base::base_flag;
use crate::analysis::interval::symmetric;
use crate::analysis::meta::Moderator;
use crate::analysis::places::{Poll, YES, code, column, text};
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, TestOutcome, Unit};
use crate::analysis::small_area::{AreaVarianceMethod, FayHerriot, fay_herriot};
use crate::analysis::work::{Work, list};
use crate::design::{Codes, Domains, MISSING};
use crate::estimate::{self, Estimates, Options};
use crate::study::definition::{Outcome, SmallAreaAnalysis, Survey};
use crate::study::{Located, Origin, Span};

/// Answers the analysis.
///
/// # Definition
/// Direct estimates are the weighted shares of those interviewed in each area. Their sampling variances are smoothed over
/// areas, deff·p(1 − p)/n with the share and the design effect of the whole survey, because those of few respondents are
/// not to be relied on.
pub(in crate::analysis) fn run<'s>(analysis: &'s SmallAreaAnalysis, work: &mut Work<'s>) {
    let definition = &work.study.definition;
    let Some(survey) = definition.survey.iter().find(|survey| survey.id == analysis.survey) else {
        let known = definition.survey.iter().map(|survey| survey.id.as_str());
        work.unknown(&analysis.id, "survey", &analysis.survey, known);
        return;
    };
    let Some(outcome) = survey.outcome.iter().find(|outcome| outcome.measure == analysis.measure) else {
        let known: Vec<&str> = survey.outcome.iter().map(|outcome| outcome.measure.as_str()).collect();
        work.unknown(&analysis.id, &format!("measure of `{}`", survey.id), &analysis.measure, known);
        return;
    };
    let covariates: Vec<Option<Measured<'_>>> =
        analysis.covariates.iter().map(|measure| Measured::of(&analysis.id, measure, work)).collect();
    let Some(covariates) = covariates.into_iter().collect::<Option<Vec<_>>>() else { return };
    let Some(poll) = Poll::new(&analysis.id, survey, work) else { return };
    let Some(of_row) = areas_of_rows(analysis, &poll, work) else { return };
    let Some(coded) = code(&analysis.id, &poll, outcome, work) else { return };
    let by_area = Domains::by(&of_row).within(&coded.asked);
    let options = Options::default();
    let found = estimate::proportions(&poll.design.design, &coded.answers, &by_area, &options);
    let whole =
        estimate::proportions(&poll.design.design, &coded.answers, &Domains::mask("all", &coded.asked), &options);
    let (found, whole) = match (found, whole) {
        (Ok(found), Ok(whole)) => (found, whole),
        (Err(error), _) | (_, Err(error)) => {
            work.problem(&analysis.id, "A09", format!("survey `{}`: {error}", survey.id));
            return;
        }
    };
    let areas: Vec<&str> = work
        .study
        .areas
        .areas
        .iter()
        .map(|area| area.id.as_str())
        .filter(|area| covariates.iter().all(|covariate| covariate.by_area.contains_key(area)))
        .collect();
    let without = work.study.areas.areas.len() - areas.len();
    if without > 0 {
        work.remark(&analysis.id, "areas", format!("{without} areas without a covariate are left out"));
    }
    let direct = Direct::new(&found, &whole, &areas);
    let columns: Vec<Vec<f64>> =
        covariates.iter().map(|covariate| areas.iter().map(|area| covariate.by_area[area]).collect()).collect();
    let moderators: Vec<Moderator<'_>> = analysis
        .covariates
        .iter()
        .zip(&columns)
        .map(|(measure, values)| Moderator { name: measure.id.clone(), values })
        .collect();
    let told = Told { analysis, survey, outcome, poll: &poll };
    match fay_herriot(&direct.estimates, &moderators, AreaVarianceMethod::Reml) {
        Ok(fit) => told.write(&fit, &direct, &areas, &covariates, work),
        Err(error) => {
            let record = told.record(&["spread"], Unit::ShareSize, &[]);
            work.record(record.figures(Figures::not_estimable(error.to_string())));
        }
    }
}

/// The area of each row of the survey, or a problem.
fn areas_of_rows(analysis: &SmallAreaAnalysis, poll: &Poll<'_>, work: &mut Work<'_>) -> Option<Codes> {
    let Some(name) = &poll.data.area else {
        let problem = work.problem(&analysis.id, "A09", format!("respondent data `{}` have no area", poll.data.id));
        problem.hint = Some("name the column of the area as `area`".to_owned());
        return None;
    };
    let column = column(&analysis.id, poll.file, name, work)?;
    let ids: Vec<String> = work.study.areas.areas.iter().map(|area| area.id.clone()).collect();
    let (mut unknown, mut outside) = (BTreeMap::new(), 0_usize);
    let mut codes = Vec::with_capacity(poll.rows.len());
    for &row in &poll.rows {
        let label = text(column, row);
        codes.push(match work.study.areas.locate(&poll.data.id, &label) {
            Located::Area(id) => ids.iter().position(|own| own == id).map_or(MISSING, |code| code as u32),
            Located::Outside => {
                outside += 1;
                MISSING
            }
            Located::Unknown => {
                *unknown.entry(label).or_insert(0_usize) += 1;
                MISSING
            }
        });
    }
    for (label, n_rows) in &unknown {
        let message = format!("area `{label}` of `{}` ({n_rows} rows) is not in the crosswalk", poll.data.id);
        let problem = work.problem(&analysis.id, "A06", message);
        problem.hint =
            Some("add the label to the crosswalk of the areas; leave the area empty if it is none".to_owned());
    }
    if outside > 0 {
        work.remark(&analysis.id, &poll.survey.id, format!("{outside} respondents have no area"));
    }
    unknown.is_empty().then(|| Codes::from_codes(codes, ids))
}

/// Direct estimates with smoothed variances, and how many were interviewed.
struct Direct {
    estimates: Vec<Option<(f64, f64)>>,
    n: Vec<u64>,
}

impl Direct {
    fn new(found: &Estimates, whole: &Estimates, areas: &[&str]) -> Self {
        let all = whole.position("all", YES).and_then(|index| whole.get(index));
        let (p, deff) =
            all.map_or((f64::NAN, f64::NAN), |all| (all.value.unwrap_or(f64::NAN), all.deff.unwrap_or(f64::NAN)));
        let spread = p * (1.0 - p) * deff;
        let of = |area: &str| found.position(area, YES).and_then(|index| found.get(index));
        let n: Vec<u64> = areas.iter().map(|area| of(area).map_or(0, |found| found.n as u64)).collect();
        let estimate = |(area, n): (&&str, &u64)| {
            let value = of(area)?.value.filter(|_| *n > 0)?;
            let variance = spread / *n as f64;
            (variance > 0.0).then_some((value, variance))
        };
        Direct { estimates: areas.iter().zip(&n).map(estimate).collect(), n }
    }
}

struct Told<'a> {
    analysis: &'a SmallAreaAnalysis,
    survey: &'a Survey,
    outcome: &'a Outcome,
    poll: &'a Poll<'a>,
}

impl Told<'_> {
    fn record(&self, path: &[&str], unit: Unit, origins: &[Origin]) -> ResultRecord {
        let own = Origin { file: self.poll.file.file.clone(), lines: Vec::new() };
        let evidence = if self.poll.is_opt_in { Evidence::OptInMicrodata } else { Evidence::Microdata };
        ResultRecord::new(&self.analysis.id, path, unit, evidence)
            .with("poll", &self.survey.id)
            .with("pollster", &self.survey.pollster)
            .with("measure", &self.outcome.measure)
            .at(Span { start: self.survey.field_start, end: self.survey.field_end })
            .flags(self.poll.is_opt_in.then_some(Flag::OptIn))
            .rests_on(origins.iter().chain([&own]))
    }

    fn write(
        &self,
        fit: &FayHerriot,
        direct: &Direct,
        areas: &[&str],
        covariates: &[Measured<'_>],
        work: &mut Work<'_>,
    ) {
        for (i, (area, found)) in areas.iter().zip(&fit.areas).enumerate() {
            let origins: Vec<Origin> = covariates.iter().flat_map(|covariate| covariate.origins(area)).collect();
            let n = direct.n[i];
            let se = found.mse.sqrt();
            let limits = symmetric(found.value, se, None).map(|limits| {
                let (low, high) = (limits.low.max(0.0), limits.high.min(1.0));
                crate::analysis::interval::Interval { low, high, method: "EBLUP, normal with root MSE" }
            });
            let figures = Figures { estimate: Some(found.value), se: Some(se), n: Some(n), ..Figures::default() };
            let record = self.record(&[area], Unit::Share, &origins).with("area", area).with("statistic", "eblup");
            work.record(record.figures(figures.limits(limits)));
            if let Some((value, variance)) = direct.estimates[i] {
                let figures = Figures { se: Some(variance.sqrt()), n: Some(n), ..Figures::default() };
                let figures = Figures {
                    estimate: Some(value),
                    reason: Some("few respondents, the variance is smoothed over areas".to_owned()),
                    ..figures
                };
                let record = self.record(&[area, "direct"], Unit::Share, &[]).with("area", area);
                let record = record.with("statistic", "direct").flags(base_flag(n, None));
                work.record(record.figures(figures));
            }
            let kept = Figures { estimate: Some(found.kept), n: Some(n), ..Figures::default() };
            let record = self.record(&[area, "kept"], Unit::Share, &[]).with("area", area).with("statistic", "kept");
            work.record(record.figures(kept));
        }
        let n: u64 = direct.n.iter().sum();
        let spread = Figures { estimate: Some(fit.variance.sqrt()), n: Some(n), ..Figures::default() };
        work.record(self.record(&["spread"], Unit::ShareSize, &[]).with("statistic", "spread").figures(spread));
        for (coefficient, measure) in fit.coefficients[1..].iter().zip(&self.analysis.covariates) {
            let test = TestOutcome {
                method: "wald_z",
                statistic: Some(coefficient.statistic),
                numerator_degf: None,
                degf: None,
                p_value: coefficient.p_value,
            };
            let figures = Figures {
                estimate: Some(coefficient.estimate),
                se: Some(coefficient.se),
                test: Some(test),
                ..Figures::default()
            };
            let limits = symmetric(coefficient.estimate, coefficient.se, None);
            let name = format!("coefficient-{}", measure.id);
            let record =
                self.record(&[&name], Unit::Index, &[]).with("statistic", "coefficient").with("level", &measure.id);
            work.record(record.figures(figures.limits(limits)));
        }
        let untouched = direct.estimates.iter().zip(areas).filter(|(direct, _)| direct.is_none());
        let names: Vec<&str> = untouched.map(|(_, area)| *area).collect();
        if !names.is_empty() {
            let text = format!("nobody was interviewed in {}: the regression alone", list(names.into_iter()));
            work.remark(&self.analysis.id, "areas", text);
        }
    }
}
