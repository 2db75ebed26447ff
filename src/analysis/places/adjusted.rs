//! The gap between two places with other characteristics held constant.

use super::characteristics::held;
use super::outcome::Coded;
use super::{Cut, Poll};
use crate::analysis::interval::LEVEL;
use crate::analysis::result::{Figures, TestOutcome, Unit};
use crate::analysis::work::{Work, list};
use crate::design::{Codes, MISSING};
use crate::model::{Family, Glm, GlmOptions, Link, ModelError, ModelMatrix, Regression, Separation, glm};
use crate::numeric::dist::StudentT;
use crate::study::definition::{Adjustment, Outcome, PlacesAnalysis};

/// The term of the place in the model.
const PLACE: &str = "place";

/// Writes the adjusted gap.
///
/// # Definition
/// Logit model of the design for yes against undecided and no, with the place and each characteristic as factors, on the
/// respondents who were asked and of whom place and characteristics are known. The gap is the mean of the predictions were
/// all of them in the first place, minus that in the second: an average marginal effect, with the covariance of both.
pub(super) fn write(
    analysis: &PlacesAnalysis,
    adjustment: &Adjustment,
    poll: &Poll<'_>,
    outcome: &Outcome,
    coded: &Coded,
    cut: &Cut<'_>,
    work: &mut Work<'_>,
) {
    let Some(held) = held(&analysis.id, &adjustment.id, &adjustment.by, poll, coded, cut, work) else { return };
    let figures = match gap(poll, coded, cut, &held.by) {
        Ok(figures) => figures,
        Err(error) => Figures::not_estimable(error.to_string()),
    };
    let name = format!("gap-{}", adjustment.id);
    work.record(poll.record(analysis, outcome, &[&name], Unit::ShareDifference).flags(held.flags).figures(figures));
}

fn gap(poll: &Poll<'_>, coded: &Coded, cut: &Cut<'_>, others: &[(&str, Codes)]) -> Result<Figures, ModelError> {
    let n_rows = poll.rows.len();
    let place = Codes::from_codes(cut.split.code_of_row.clone(), cut.split.nodes.to_vec());
    let matrix = |place: &Codes| -> Result<ModelMatrix, ModelError> {
        let mut matrix = ModelMatrix::with_intercept(n_rows);
        matrix.factor(PLACE, place, Some(cut.halves[1]))?;
        for (id, codes) in others {
            matrix.factor(id, codes, None)?;
        }
        Ok(matrix)
    };
    let response = coded.numbers();
    let factors: Vec<&Codes> = std::iter::once(&place).chain(others.iter().map(|(_, codes)| codes)).collect();
    let separation = Separation::of(&response, &factors, &asked(poll, coded));
    let named = std::iter::once(PLACE).chain(others.iter().map(|(id, _)| *id)).collect::<Vec<_>>();
    let levels =
        separation.levels().map(|(factor, level)| format!("{} {}", named[factor], factors[factor].labels()[level]));
    let levels: Vec<String> = levels.collect();
    if !levels.is_empty() {
        return Ok(separated(&levels));
    }
    let predictors = matrix(&place)?;
    let regression =
        Regression { response: &response, predictors: &predictors, family: Family::Binomial, link: Link::Logit };
    let fit =
        glm(&poll.design.design, &regression, &coded.asked, &GlmOptions { level: LEVEL, ..GlmOptions::default() })?;
    if !fit.separated.is_empty() {
        return Ok(separated(&fit.separated));
    }
    let everybody_in = |half: &str| -> Result<ModelMatrix, ModelError> {
        let code = cut.split.nodes.iter().position(|node| node == half).map_or(MISSING, |code| code as u32);
        matrix(&Codes::from_codes(vec![code; n_rows], cut.split.nodes.to_vec()))
    };
    let scenarios = cut
        .halves
        .iter()
        .map(|half| Ok(((*half).to_owned(), everybody_in(half)?)))
        .collect::<Result<Vec<_>, ModelError>>()?;
    told(&fit, &scenarios)
}

/// The respondents who were asked and count.
fn asked(poll: &Poll<'_>, coded: &Coded) -> Vec<bool> {
    coded.asked.iter().zip(poll.design.design.weights()).map(|(asked, weight)| *asked && *weight > 0.0).collect()
}

fn separated(names: &[String]) -> Figures {
    let names = list(names.iter().map(String::as_str));
    Figures::not_estimable(format!("{names} separate the answers, so no model can be fitted"))
}

fn told(fit: &Glm, scenarios: &[(String, ModelMatrix)]) -> Result<Figures, ModelError> {
    let margins = fit.margins(scenarios)?;
    let gap = margins.contrast(&[1.0, -1.0]);
    let statistic = gap.value / gap.se;
    let test = StudentT::new(margins.degf).ok().map(|t| TestOutcome {
        method: "wald_t",
        statistic: Some(statistic),
        numerator_degf: None,
        degf: Some(margins.degf),
        p_value: t.two_sided_sf(statistic.abs()),
    });
    Ok(Figures {
        estimate: Some(gap.value),
        se: Some(gap.se),
        ci_low: gap.interval.map(|interval| interval.low),
        ci_high: gap.interval.map(|interval| interval.high),
        level: gap.interval.map(|_| LEVEL),
        ci_method: gap.interval.map(|_| "Wald for the average marginal effect"),
        degf: Some(margins.degf),
        n: Some(fit.n as u64),
        test,
        ..Figures::default()
    })
}
