//! How differences between groups change with time.

use super::adjusted::{Control, GROUPS};
use super::error::CompareError;
use super::groups::Relative;
use super::overall::OverallTest;
use super::variation::{is_exact, problems, testable};
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::estimate::{Estimate, NotEstimable};
use crate::model::{Family, Glm, GlmOptions, ModelMatrix, Regression, glm, wald_test};
use crate::numeric::dist::StudentT;

/// Groups, an outcome, and the time of each row.
#[derive(Clone, Copy, Debug)]
pub struct TrendRequest<'a> {
    /// 0 and 1 for shares; NaN for missing.
    pub response: &'a [f64],
    pub is_share: bool,
    pub groups: &'a Codes,
    /// Position of the group that the others are compared with.
    pub reference: usize,
    /// In any unit; NaN where it is not known.
    pub times: &'a [f64],
    pub controls: &'a [Control],
    pub mask: &'a [bool],
}

/// How a group moves.
#[derive(Clone, Debug)]
pub struct GroupTrend {
    /// Change of its share or mean per unit of time along a straight line.
    pub slope: Option<Estimate>,
    /// Less that of the reference: the change of the difference.
    pub difference: Option<Estimate>,
    /// Of no change of the difference.
    pub p_value: Option<f64>,
    /// By what the odds ratio to the reference is multiplied per unit of time, by a logit model; shares only.
    pub odds: Option<Relative>,
    /// Why slope and difference have no standard error: the group or the reference lies in one sampling unit, or nothing varies
    /// around the lines.
    pub reason: Option<NotEstimable>,
}

/// Trends of groups.
#[derive(Clone, Debug)]
pub struct TrendComparison {
    /// By group; nothing but a slope for the reference.
    pub groups: Vec<GroupTrend>,
    /// The distinct times, in order.
    pub times: Vec<f64>,
    /// Do all groups move alike along a line?
    pub parallel: Result<OverallTest, CompareError>,
    /// Are the differences the same at all times, in whichever way they may vary? Absent where there are two times, or many.
    pub steady: Option<Result<OverallTest, CompareError>>,
    /// Rows of the fit.
    pub n: usize,
    /// Columns left out because others explain them.
    pub collinear: Vec<String>,
}

const LINES: &str = "Wald, straight lines";
const TIME: &str = "time";
const WAVE: &str = "wave ";
const INTERACTION: &str = "group :time";
const WAVES: &str = "group :wave ";
/// Most times that are also compared one by one.
const MOST_WAVES: usize = 24;

/// Compares the trends of groups by the interaction of group and time in a model of the rows.
///
/// # Definition
/// Linear model of the design: y = α + group + β·time + γ_g·group·time + controls; γ_g is the change of the difference to the
/// reference per unit of time, in points of the share or units of the mean, β + γ_g the group's own. exp of the interaction in the
/// logit model with the same terms multiplies the odds ratio. `parallel`: Wald test of all γ; `steady`: of group × time with one
/// effect for each time.
///
/// With two times and no controls γ times their distance is the difference of the two differences.
///
/// # Shapes and units
/// One value of each a row of the design. Waves that are separate samples belong into strata of their own; the rows of all waves
/// are one sample here, so that the weights of a wave say how much it counts.
///
/// A group whose rows lie in one sampling unit, or in as many as strata, has a slope without standard error, and the tests are of the
/// other groups.
///
/// # Errors
/// Fewer than two times, what a model refuses: columns of one label, no rows with all values.
///
/// # References
/// Binder (1983), International Statistical Review 51; Lumley (2010), *Complex Surveys*, chapter 5; Korn and Graubard (1999),
/// *Analysis of Health Surveys*, section 8.3, on surveys that are combined.
pub fn gap_trends(
    design: &SurveyDesign,
    request: &TrendRequest<'_>,
    level: f64,
) -> Result<TrendComparison, CompareError> {
    let TrendRequest { groups, reference, times, mask, is_share, .. } = *request;
    let mut known: Vec<f64> = times
        .iter()
        .zip(mask)
        .zip(design.weights())
        .filter(|((time, is_in), w)| **is_in && !time.is_nan() && **w > 0.0)
        .map(|((time, _), _)| *time)
        .collect();
    known.sort_unstable_by(f64::total_cmp);
    known.dedup();
    if known.len() < 2 {
        return Err(CompareError::TooFew { what: "times", got: known.len(), needed: 2 });
    }
    // Slopes do not depend on where time begins, their digits do: years in the thousands would cost most of them.
    let middle = 0.5 * (known[0] + known[known.len() - 1]);
    let centred: Vec<f64> = times.iter().map(|time| time - middle).collect();
    let request = &TrendRequest { times: &centred, ..*request };
    let linear = fit(design, request, Family::Gaussian, level, Time::Line)?;
    let logit = if is_share { fit(design, request, Family::Binomial, level, Time::Line).ok() } else { None };
    let is_in = |row: usize| {
        let is_known = groups.codes()[row] != MISSING && !request.response[row].is_nan() && !times[row].is_nan();
        mask[row] && is_known && !request.controls.iter().any(|control| control.is_missing(row))
    };
    let rows: Vec<bool> = (0..design.n_rows()).map(is_in).collect();
    let problems = problems(design, groups, &rows)?;
    let exact = is_exact(&linear, request.response).then_some(NotEstimable::NoVariation);
    let place = |model: &Glm, name: &str| model.names.iter().position(|own| own == name);
    let interaction = |group: usize| format!("{GROUPS}{}:{TIME}", groups.labels()[group]);
    let group = |group: usize| {
        let own = place(&linear, &interaction(group));
        let terms: Option<Vec<(usize, f64)>> = match (place(&linear, TIME), own) {
            (Some(time), _) if group == reference => Some(vec![(time, 1.0)]),
            (Some(time), Some(own)) => Some(vec![(time, 1.0), (own, 1.0)]),
            _ => None,
        };
        let reason = problems[group].or(exact);
        let of_both = reason.or(problems[reference]);
        let difference = own.and_then(|own| linear.estimates.contrast(&[(own, 1.0)]).ok());
        let difference = difference.map(|found| without_error(found, of_both));
        let p_value = difference.as_ref().and_then(|d| {
            let t = d.value? / d.se.filter(|se| *se > 0.0)?;
            StudentT::new(d.degf).ok().map(|law| law.two_sided_sf(t.abs()))
        });
        let odds = logit.as_ref().filter(|model| model.separated.is_empty() && of_both.is_none()).and_then(|model| {
            let found = model.estimates.contrast(&[(place(model, &interaction(group))?, 1.0)]).ok()?;
            let [value, low, high] = [found.value?, found.ci_low?, found.ci_high?].map(libm::exp);
            Some(Relative { value, se_log: found.se?, low, high })
        });
        let slope = terms.and_then(|terms| linear.estimates.contrast(&terms).ok());
        let slope = slope.map(|found| without_error(found, reason));
        let reason = if group == reference { reason } else { of_both };
        GroupTrend { slope, difference, p_value, odds, reason }
    };
    let test = |time: Time<'_>, term: &str, name: &'static str| {
        let rows = testable(groups, &rows, &problems, 1)?;
        let has_rows =
            |group: &usize| groups.codes().iter().zip(&rows).any(|(code, is_in)| *is_in && *code as usize == *group);
        let first = std::iter::once(reference).chain(0..groups.n_labels()).find(has_rows).unwrap_or(reference);
        let request = TrendRequest { mask: &rows, reference: first, ..*request };
        tested(&fit(design, &request, Family::Gaussian, level, time)?, request.response, term, name)
    };
    let waves: Vec<f64> = known.iter().map(|time| time - middle).collect();
    let steady = (3..=MOST_WAVES)
        .contains(&known.len())
        .then(|| test(Time::Waves(&waves), WAVES, "Wald, one effect for each time"));
    let is_whole = problems.iter().all(Option::is_none);
    let parallel = match is_whole {
        true => tested(&linear, request.response, INTERACTION, LINES),
        false => test(Time::Line, INTERACTION, LINES),
    };
    Ok(TrendComparison {
        groups: (0..groups.n_labels()).map(group).collect(),
        parallel,
        steady,
        n: linear.n,
        collinear: linear.collinear.iter().map(|name| name.trim_start_matches(GROUPS).to_owned()).collect(),
        times: known,
    })
}

/// How time enters the model.
#[derive(Clone, Copy)]
enum Time<'a> {
    Line,
    Waves(&'a [f64]),
}

fn fit(
    design: &SurveyDesign,
    request: &TrendRequest<'_>,
    family: Family,
    level: f64,
    time: Time<'_>,
) -> Result<Glm, CompareError> {
    let TrendRequest { response, groups, reference, times, controls, mask, .. } = *request;
    let mut predictors = ModelMatrix::with_intercept(groups.len());
    predictors.factor(GROUPS, groups, groups.labels().get(reference).map(String::as_str))?;
    match time {
        Time::Line => {
            predictors.number(TIME, times)?;
            predictors.interaction(GROUPS, TIME)?;
        }
        Time::Waves(known) => {
            let code = |time: &f64| known.iter().zip(0_u32..).find(|(own, _)| *own == time).map_or(MISSING, |(_, k)| k);
            let labels = known.iter().map(f64::to_string).collect();
            predictors.factor(WAVE, &Codes::from_codes(times.iter().map(code).collect(), labels), None)?;
            predictors.interaction(GROUPS, WAVE)?;
        }
    }
    for control in controls {
        match control {
            Control::Factor(name, codes) => predictors.factor(&format!("{name} "), codes, None)?,
            Control::Number(name, values) => predictors.number(name, values)?,
        }
    }
    let regression = Regression { response, predictors: &predictors, family, link: family.canonical_link() };
    Ok(glm(design, &regression, mask, &GlmOptions { level, ..GlmOptions::default() })?)
}

/// An estimate without the standard error and limits that the model has, for a reason.
fn without_error(found: Estimate, reason: Option<NotEstimable>) -> Estimate {
    match reason {
        None => found,
        Some(_) => Estimate { se: None, ci_low: None, ci_high: None, ci_method: None, reason, ..found },
    }
}

fn tested(model: &Glm, response: &[f64], term: &str, name: &'static str) -> Result<OverallTest, CompareError> {
    if is_exact(model, response) {
        return Err(CompareError::NotEstimable(NotEstimable::NoVariation));
    }
    let found = wald_test(model, term, None)?;
    Ok(OverallTest {
        name,
        statistic: found.statistic,
        degf: found.n_coefficients as f64,
        denominator_degf: Some(found.denominator_degf),
        p_value: found.p_value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Domains;
    use crate::estimate::{Options, proportions};

    /// Three waves of two groups; the second rises by the wave, the first stays.
    fn rows(n_waves: u32) -> (Vec<f64>, Codes, Vec<f64>, SurveyDesign) {
        let (mut response, mut groups, mut times, mut strata, mut weights) = (vec![], vec![], vec![], vec![], vec![]);
        for wave in 0..n_waves {
            for group in 0..2_u32 {
                for k in 0..40_u32 {
                    let n_yes = if group == 0 { 16 } else { 10 + 6 * wave };
                    response.push(f64::from(u8::from((k * 7) % 40 < n_yes)));
                    groups.push(group);
                    times.push(2020.0 + 2.0 * f64::from(wave));
                    strata.push(wave);
                    weights.push(1.0 + f64::from(k % 3));
                }
            }
        }
        let named = |n: u32, word: &str| (0..n).map(|k| format!("{word} {k}")).collect::<Vec<_>>();
        let strata = Codes::from_codes(strata, named(n_waves, "wave"));
        let design = SurveyDesign::builder().weights(&weights).strata(strata).build().unwrap();
        (response, Codes::from_codes(groups, named(2, "group")), times, design)
    }

    fn request<'a>(response: &'a [f64], groups: &'a Codes, times: &'a [f64], mask: &'a [bool]) -> TrendRequest<'a> {
        TrendRequest { response, is_share: true, groups, reference: 0, times, controls: &[], mask }
    }

    #[test]
    fn with_two_waves_it_is_the_difference_of_the_differences() {
        let (response, groups, times, design) = rows(2);
        let mask = vec![true; response.len()];
        let found = gap_trends(&design, &request(&response, &groups, &times, &mask), 0.95).unwrap();
        assert!(found.steady.is_none() && found.times == [2020.0, 2022.0] && found.n == response.len());
        let cell = |i: usize| 2 * u32::from(times[i] > 2021.0) + groups.codes()[i];
        let cells = (0..times.len()).map(cell).collect();
        let cells = Codes::from_codes(cells, ["a", "b", "c", "d"].map(str::to_owned).to_vec());
        let answers = response.iter().map(|y| u32::from(*y > 0.5)).collect();
        let answers = Codes::from_codes(answers, vec!["no".to_owned(), "yes".to_owned()]);
        let shares = proportions(&design, &answers, &Domains::by(&cells), &Options::default()).unwrap();
        let at = |cell: &str| shares.position(cell, "yes").unwrap();
        let terms = [(at("d"), 0.5), (at("c"), -0.5), (at("b"), -0.5), (at("a"), 0.5)];
        let by_hand = shares.contrast(&terms).unwrap();
        let own = found.groups[1].difference.as_ref().unwrap();
        assert!((own.value.unwrap() - by_hand.value.unwrap()).abs() < 1e-12);
        assert!((own.se.unwrap() - by_hand.se.unwrap()).abs() < 1e-10);
        // A Wald test of one coefficient is its t test.
        let p = found.groups[1].p_value.unwrap();
        assert!((found.parallel.unwrap().p_value - p).abs() < 1e-12);
        assert!(found.groups[0].difference.is_none() && found.groups[0].slope.is_some());
    }

    #[test]
    fn three_waves_have_a_test_of_any_change_and_odds() {
        let (response, groups, times, design) = rows(3);
        let mask = vec![true; response.len()];
        let found = gap_trends(&design, &request(&response, &groups, &times, &mask), 0.95).unwrap();
        let steady = found.steady.unwrap().unwrap();
        assert_eq!(steady.degf, 2.0);
        let slopes = [0, 1].map(|g| found.groups[g].slope.as_ref().unwrap().value.unwrap());
        let difference = found.groups[1].difference.as_ref().unwrap().value.unwrap();
        assert!((slopes[1] - slopes[0] - difference).abs() < 1e-12 && difference > 0.0);
        let odds = found.groups[1].odds.unwrap();
        assert!(odds.low < odds.value && odds.value < odds.high && odds.value > 1.0);
    }

    #[test]
    fn one_time_is_no_trend() {
        let (response, groups, times, design) = rows(2);
        let mask: Vec<bool> = times.iter().map(|time| *time < 2021.0).collect();
        let found = gap_trends(&design, &request(&response, &groups, &times, &mask), 0.95);
        assert!(matches!(found, Err(CompareError::TooFew { got: 1, .. })), "{found:?}");
    }
}
