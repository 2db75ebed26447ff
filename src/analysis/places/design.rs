//! The design of a survey from what the definition says about its file.

use super::{Poll, column, matching, text};
use crate::analysis::work::Work;
use crate::design::SurveyDesign;
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
    /// Rows whose stratum has a declared design effect.
    declared: Vec<bool>,
}

impl PollDesign {
    /// Does a declared design effect enter the variance of the rows?
    pub fn is_declared(&self, is_member: impl Fn(usize) -> bool) -> bool {
        self.declared.iter().enumerate().any(|(row, declared)| *declared && is_member(row))
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
    let layout = layout(analysis, survey, definition, file, rows, work)?;
    built(analysis, &format!("design `{}` of survey `{}`", definition.id, survey.id), vec![("", layout)], work)
}

/// Builds one design over the rows of several surveys, one behind the other, which are taken as separate samples: strata and
/// sampling units of one survey are none of another, even where a file gives them one name.
pub(in crate::analysis) fn stacked(analysis: &str, polls: &[Poll<'_>], work: &mut Work<'_>) -> Option<PollDesign> {
    let mut layouts = Vec::with_capacity(polls.len());
    for poll in polls {
        let definition = work.study.definition.design.iter().find(|design| design.id == poll.survey.design)?;
        let layout = layout(analysis, poll.survey, definition, poll.file, &poll.rows, work)?;
        layouts.push((poll.survey.id.as_str(), layout));
    }
    built(analysis, "the design of all surveys together", layouts, work)
}

/// What a design says about the rows of one survey.
struct Layout {
    weights: Vec<f64>,
    /// None for an opt-in panel, which has no design.
    strata: Option<Vec<String>>,
    /// None where respondents are the units.
    units: Option<Vec<String>>,
    /// Strata with their design effect, and are respondents the units there?
    factors: Vec<(String, bool, f64)>,
    declared: Vec<bool>,
}

fn layout(
    analysis: &str,
    survey: &Survey,
    definition: &DesignDef,
    file: &Microdata,
    rows: &[usize],
    work: &mut Work<'_>,
) -> Option<Layout> {
    let weights = weights(analysis, survey, definition, file, rows, work)?;
    let declared = vec![false; rows.len()];
    let mut layout = Layout { weights, strata: None, units: None, factors: Vec::new(), declared };
    if definition.opt_in {
        return Some(layout);
    }
    let strata = strata(analysis, survey, definition, file, rows, work)?;
    if let Some(psu) = &definition.psu {
        let column = column(analysis, file, psu, work)?;
        layout.units = Some(rows.iter().map(|&row| text(column, row)).collect());
    }
    for (own, rule) in definition.own_stratum.iter().enumerate() {
        if !strata.own.contains(&Some(own)) {
            continue;
        }
        if rule.respondents_are_units || rule.deff.is_some() {
            layout.factors.push((own_label(&rule.label), rule.respondents_are_units, rule.deff.unwrap_or(1.0)));
        }
        if rule.deff.is_some() {
            for (declared, stratum) in layout.declared.iter_mut().zip(&strata.own) {
                *declared |= *stratum == Some(own);
            }
        }
    }
    layout.strata = Some(strata.labels);
    Some(layout)
}

/// The design of layouts, one behind the other; names of strata and units begin with that of the survey where it has one.
fn built(analysis: &str, what: &str, layouts: Vec<(&str, Layout)>, work: &mut Work<'_>) -> Option<PollDesign> {
    let is_one = layouts.len() == 1;
    let named =
        |survey: &str, name: &str| if survey.is_empty() { name.to_owned() } else { format!("{survey}: {name}") };
    let weights: Vec<f64> = layouts.iter().flat_map(|(_, layout)| layout.weights.iter().copied()).collect();
    let mut builder = SurveyDesign::builder().weights(&weights);
    if !is_one || layouts.iter().any(|(_, layout)| layout.strata.is_some()) {
        let of_layout = |(survey, layout): &(&str, Layout)| -> Vec<String> {
            match &layout.strata {
                Some(strata) => strata.iter().map(|stratum| named(survey, stratum)).collect(),
                None => vec![named(survey, WHOLE); layout.weights.len()],
            }
        };
        builder = builder.strata(&layouts.iter().flat_map(of_layout).collect::<Vec<String>>());
    }
    if layouts.iter().any(|(_, layout)| layout.units.is_some()) {
        let of_layout = |(survey, layout): &(&str, Layout)| -> Vec<String> {
            match &layout.units {
                Some(units) => units.iter().map(|unit| named(survey, unit)).collect(),
                None => (0..layout.weights.len()).map(|row| named(survey, &format!("row {row}"))).collect(),
            }
        };
        builder = builder.psu(&layouts.iter().flat_map(of_layout).collect::<Vec<String>>());
    }
    for (survey, layout) in &layouts {
        for (label, are_units, factor) in &layout.factors {
            let label = named(survey, label);
            builder = match are_units {
                true => builder.self_representing(label, *factor),
                false => builder.variance_factor(label, *factor),
            };
        }
    }
    let declared = layouts.into_iter().flat_map(|(_, layout)| layout.declared).collect();
    match builder.build() {
        Ok(design) => Some(PollDesign { design, declared }),
        Err(error) => {
            for problem in error.problems() {
                work.problem(analysis, "A09", format!("{what}: {problem}"));
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
