//! The design of a survey from what the definition says about its file.

use super::{Poll, column, matching, text};
use crate::analysis::work::Work;
use crate::design::{DesignError, SurveyDesign};
use crate::study::Microdata;
use crate::study::definition::{DesignDef, Survey};

/// Stratum of rows whose stratum is blank.
const BLANK: &str = "(blank)";

/// Stratum of rows where the design names no column.
const WHOLE: &str = "(all)";

/// A checked design over the rows of a survey.
pub(in crate::analysis) struct PollDesign {
    /// The design.
    pub design: SurveyDesign,
    /// What it was built from.
    plan: Plan,
}

/// What a design is built from.
#[derive(Default)]
struct Plan {
    weights: Vec<f64>,
    /// None for an opt-in panel.
    strata: Option<Vec<String>>,
    psu: Option<Vec<String>>,
    /// Own strata: label, do respondents stand for units, declared design effect.
    own: Vec<(String, bool, Option<f64>)>,
    /// Rows whose stratum has a declared design effect.
    declared: Vec<bool>,
}

impl Plan {
    fn build(self) -> Result<PollDesign, DesignError> {
        let mut builder = SurveyDesign::builder().weights(&self.weights);
        if let Some(strata) = &self.strata {
            builder = builder.strata(strata);
        }
        if let Some(psu) = &self.psu {
            builder = builder.psu(psu);
        }
        for (label, are_units, deff) in &self.own {
            builder = match (are_units, deff) {
                (true, _) => builder.self_representing(label, deff.unwrap_or(1.0)),
                (false, Some(deff)) => builder.variance_factor(label, *deff),
                (false, None) => builder,
            };
        }
        Ok(PollDesign { design: builder.build()?, plan: self })
    }
}

/// One design over the rows of several surveys, in their order: each survey is a sample of its own, so its strata, and its
/// rows where it has none, lie in strata of its own.
pub(in crate::analysis) fn stacked(analysis: &str, polls: &[&Poll<'_>], work: &mut Work<'_>) -> Option<PollDesign> {
    let mut whole = Plan { strata: Some(Vec::new()), ..Plan::default() };
    let has_units = polls.iter().any(|poll| poll.design.plan.psu.is_some());
    for poll in polls {
        let (plan, survey) = (&poll.design.plan, &poll.survey.id);
        let own = |label: &str| format!("{survey}: {label}");
        whole.weights.extend(&plan.weights);
        whole.declared.extend(&plan.declared);
        let n = plan.weights.len();
        let strata = plan.strata.clone().unwrap_or_else(|| vec![WHOLE.to_owned(); n]);
        whole.strata.get_or_insert_default().extend(strata.iter().map(|label| own(label)));
        if has_units {
            let row = |row: usize| format!("{WHOLE} {row}");
            let units = plan.psu.clone().unwrap_or_else(|| (0..n).map(row).collect());
            whole.psu.get_or_insert_default().extend(units.iter().map(|unit| own(unit)));
        }
        whole.own.extend(plan.own.iter().map(|(label, are_units, deff)| (own(label), *are_units, *deff)));
    }
    match whole.build() {
        Ok(design) => Some(design),
        Err(error) => {
            for problem in error.problems() {
                work.problem(analysis, "A09", format!("surveys taken together: {problem}"));
            }
            None
        }
    }
}

impl PollDesign {
    /// Does a declared design effect enter the variance of the rows?
    pub fn is_declared(&self, is_member: impl Fn(usize) -> bool) -> bool {
        self.plan.declared.iter().enumerate().any(|(row, declared)| *declared && is_member(row))
    }
}

/// Builds the design of a survey's rows, which are a sample of their own and no domain of the file.
///
/// Opt-in panels have weights and no design: respondents are taken as units. Otherwise rows that `own_stratum` names
/// form strata of their own, in order; the other rows lie in the strata of the column, a blank value in a stratum that
/// is told to the reader. Where respondents are units of a stratum, a declared design effect stands for the clustering
/// that the file does not show.
pub(super) fn design(
    analysis: &str,
    survey: &Survey,
    definition: &DesignDef,
    file: &Microdata,
    rows: &[usize],
    work: &mut Work<'_>,
) -> Option<PollDesign> {
    let weights = weights(analysis, survey, definition, file, rows, work)?;
    let mut plan = Plan { declared: vec![false; weights.len()], weights, ..Plan::default() };
    if !definition.opt_in {
        let strata = strata(analysis, survey, definition, file, rows, work)?;
        if let Some(psu) = &definition.psu {
            let column = column(analysis, file, psu, work)?;
            plan.psu = Some(rows.iter().map(|&row| text(column, row)).collect());
        }
        for (own, rule) in definition.own_stratum.iter().enumerate() {
            if !strata.own.contains(&Some(own)) {
                continue;
            }
            plan.own.push((own_label(&rule.label), rule.respondents_are_units, rule.deff));
            if rule.deff.is_some() {
                for (declared, stratum) in plan.declared.iter_mut().zip(&strata.own) {
                    *declared |= *stratum == Some(own);
                }
            }
        }
        plan.strata = Some(strata.labels);
    }
    match plan.build() {
        Ok(design) => Some(design),
        Err(error) => {
            for problem in error.problems() {
                let message = format!("design `{}` of survey `{}`: {problem}", definition.id, survey.id);
                work.problem(analysis, "A09", message);
            }
            None
        }
    }
}

fn weights(
    analysis: &str,
    survey: &Survey,
    definition: &DesignDef,
    file: &Microdata,
    rows: &[usize],
    work: &mut Work<'_>,
) -> Option<Vec<f64>> {
    let column = column(analysis, file, &definition.weight, work)?;
    let Some(numbers) = column.numbers() else {
        let problem = work.problem(analysis, "A09", format!("weight `{}` is not a number", definition.weight));
        problem.hint = Some("declare the column as a number in the data package".to_owned());
        return None;
    };
    let bad: Vec<u64> = rows
        .iter()
        .filter(|&&row| !(numbers[row] >= 0.0 && numbers[row].is_finite()))
        .map(|&row| file.lines[row])
        .collect();
    if let Some(line) = bad.first() {
        let message = format!(
            "survey `{}`: weight `{}` is missing or negative in {} rows",
            survey.id,
            definition.weight,
            bad.len()
        );
        let problem = work.problem(analysis, "A09", message);
        problem.observed = Some(format!("{} line {line}, the first", file.file));
        problem.expected = Some("a number of 0 or more in every row".to_owned());
        return None;
    }
    Some(rows.iter().map(|&row| numbers[row]).collect())
}

/// The stratum of each row.
struct Strata {
    labels: Vec<String>,
    /// Which own stratum a row belongs to.
    own: Vec<Option<usize>>,
}

fn strata(
    analysis: &str,
    survey: &Survey,
    definition: &DesignDef,
    file: &Microdata,
    rows: &[usize],
    work: &mut Work<'_>,
) -> Option<Strata> {
    let mut own = vec![None; rows.len()];
    for (index, rule) in definition.own_stratum.iter().enumerate() {
        let holds = matching(analysis, file, &rule.rows, work)?;
        for (own, &row) in own.iter_mut().zip(rows) {
            if own.is_none() && holds[row] {
                *own = Some(index);
            }
        }
    }
    let column = match &definition.strata {
        Some(name) => Some(column(analysis, file, name, work)?),
        None => None,
    };
    let mut blank = 0_usize;
    let labels = rows
        .iter()
        .zip(&own)
        .map(|(&row, own)| match (own.and_then(|index| definition.own_stratum.get(index)), column) {
            (Some(rule), _) => own_label(&rule.label),
            (None, None) => WHOLE.to_owned(),
            (None, Some(column)) => {
                let label = text(column, row);
                if label.is_empty() {
                    blank += 1;
                    BLANK.to_owned()
                } else {
                    label
                }
            }
        })
        .collect();
    if blank > 0 {
        let text = format!("{blank} respondents without a stratum form a stratum of their own");
        work.remark(analysis, &survey.id, text);
    }
    Some(Strata { labels, own })
}

/// The name of an own stratum, which a value of the column must not share.
fn own_label(label: &str) -> String {
    format!("{label} (own stratum)")
}
