//! The gap between two places with other characteristics held constant.

use super::characteristics::characteristic;
use super::figures::flags;
use super::outcome::{Coded, YES};
use super::{Cut, Poll};
use crate::analysis::interval::LEVEL;
use crate::analysis::result::{Figures, TestOutcome, Unit};
use crate::analysis::work::{Work, list};
use crate::design::{Codes, MISSING};
use crate::estimate::{self, Options};
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
    let mut others = Vec::new();
    for id in &adjustment.by {
        let Some(codes) = characteristic(&analysis.id, &adjustment.id, id, poll, work) else { return };
        others.push((id.as_str(), codes));
    }
    let figures = match gap(poll, coded, cut, &others) {
        Ok(figures) => figures,
        Err(error) => Figures::not_estimable(error.to_string()),
    };
    let known = |row: usize| {
        coded.asked[row]
            && cut.split.code_of_row[row] != MISSING
            && others.iter().all(|(_, codes)| codes.codes()[row] != MISSING)
    };
    let mask: Vec<bool> = (0..poll.rows.len()).map(known).collect();
    let lost = (0..poll.rows.len())
        .filter(|&row| coded.asked[row] && cut.split.code_of_row[row] != MISSING && !mask[row])
        .count();
    if lost > 0 {
        let text =
            format!("`{}`: {lost} respondents of whom {} is not known stay out", adjustment.id, list_of(&others));
        work.remark(&analysis.id, &poll.survey.id, text);
    }
    let declared = poll.design.is_declared(|row| mask[row]);
    let sides = cut.split.domains().within(&mask);
    let sides = estimate::proportions(&poll.design.design, &coded.answers, &sides, &Options::default());
    let flags: Vec<_> = match &sides {
        Ok(sides) => cut
            .halves
            .iter()
            .filter_map(|half| sides.get(sides.position(half, YES)?))
            .flat_map(|side| flags(side, poll.is_opt_in, declared))
            .collect(),
        Err(_) => Vec::new(),
    };
    let name = format!("gap-{}", adjustment.id);
    work.record(poll.record(analysis, outcome, &[&name], Unit::ShareDifference).flags(flags).figures(figures));
}

fn list_of(others: &[(&str, Codes)]) -> String {
    list(others.iter().map(|(id, _)| *id))
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
    let yes = coded.answers.labels().iter().position(|level| level == YES).map_or(MISSING, |level| level as u32);
    let response: Vec<f64> = coded
        .answers
        .codes()
        .iter()
        .map(|&code| if code == MISSING { f64::NAN } else { f64::from(u8::from(code == yes)) })
        .collect();
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
        ci_method: gap.interval.map(|_| "average marginal effect, Wald"),
        degf: Some(margins.degf),
        n: Some(fit.n as u64),
        test,
        ..Figures::default()
    })
}
