//! Differences between pairs of results, with the dependence that the study declares.

use super::published::DECLARED;
use super::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use super::work::Work;
use super::{detectable, interval};
use crate::study::definition::{ContrastAnalysis, ContrastPair, Dependence, QuestionKind};

/// Answers the analysis; it comes after all others, so that it can refer to any of them.
pub(super) fn run(analysis: &ContrastAnalysis, work: &mut Work<'_>) {
    for pair in &analysis.pair {
        let found = (result(analysis, &pair.first, work), result(analysis, &pair.second, work));
        let (Some(first), Some(second)) = found else { continue };
        let Some(unit) = unit(&first, &second) else {
            let problem = work.problem(&analysis.id, "A04", format!("pair `{}` compares unlike numbers", pair.id));
            let kind = |record: &ResultRecord| format!("{:?} of {:?}", record.unit, record.evidence).to_lowercase();
            problem.observed = Some(format!("{} and {}", kind(&first), kind(&second)));
            problem.expected =
                Some("two shares, two differences or two slopes, both of polls or both official".to_owned());
            continue;
        };
        if let Some(why) = contradiction(pair, &first, &second, work) {
            let problem = work.problem(&analysis.id, "A05", format!("pair `{}`: {why}", pair.id));
            problem.hint = Some("declare the dependence that the two results really have".to_owned());
            continue;
        }
        let difference = record(analysis, pair, &first, &second, unit);
        let smallest = smallest_change(analysis, &difference, &first, &second);
        work.record(difference);
        if let Some(smallest) = smallest {
            work.record(smallest);
        }
    }
}

fn result(analysis: &ContrastAnalysis, id: &str, work: &mut Work<'_>) -> Option<ResultRecord> {
    let found = work.results.get(id).cloned();
    if found.is_none() {
        let ids: Vec<String> = work.results.records.iter().map(|record| record.id.clone()).collect();
        work.unknown(&analysis.id, "result", id, ids.iter().map(String::as_str));
    }
    found
}

/// The unit of a difference; none where the two cannot be subtracted. Official results are never set against polls.
fn unit(first: &ResultRecord, second: &ResultRecord) -> Option<Unit> {
    let is_share = |unit| matches!(unit, Unit::Share | Unit::ShareDifference);
    if (first.evidence == Evidence::Official) != (second.evidence == Evidence::Official) {
        return None;
    }
    match (first.unit, second.unit) {
        (Unit::SharePerDecade, Unit::SharePerDecade) => Some(Unit::SharePerDecade),
        (first, second) if is_share(first) && is_share(second) => Some(Unit::ShareDifference),
        _ => None,
    }
}

/// Why the declared dependence cannot be true.
fn contradiction(pair: &ContrastPair, first: &ResultRecord, second: &ResultRecord, work: &Work<'_>) -> Option<String> {
    if first.id == second.id {
        return Some("a result is compared with itself".to_owned());
    }
    let is_one_poll = !first.about("poll").is_empty() && first.about("poll") == second.about("poll");
    let is_one_group = first.about("group") == second.about("group") && first.about("place") == second.about("place");
    match pair.dependence {
        Dependence::Independent if is_one_poll && is_one_group => {
            Some("the two are shares of the same respondents, not independent".to_owned())
        }
        Dependence::SameQuestion => {
            let question =
                work.study.definition.question.iter().find(|question| question.id == first.about("question"));
            let is_same_question = is_one_poll && is_one_group && first.about("question") == second.about("question");
            let is_single = question.is_some_and(|question| question.kind == QuestionKind::Single);
            let is_published = first.evidence == Evidence::Published && second.evidence == Evidence::Published;
            (!(is_same_question && is_single && is_published))
                .then(|| "the two are not answers to one single-choice question of one published poll".to_owned())
        }
        Dependence::Independent | Dependence::SameRespondents => None,
    }
}

fn record(
    analysis: &ContrastAnalysis,
    pair: &ContrastPair,
    first: &ResultRecord,
    second: &ResultRecord,
    unit: Unit,
) -> ResultRecord {
    let figures = figures(pair.dependence, first, second);
    let is_widest = pair.dependence == Dependence::SameRespondents && figures.se.is_some();
    let is_series = |key| first.about(key) == second.about(key);
    let is_broken =
        first.analysis == second.analysis && is_series("pollster") && is_series("question") && !is_series("segment");
    let flags = first.flags.iter().chain(&second.flags).copied().filter(|flag| *flag != Flag::SegmentChange);
    let evidence = if first.evidence == second.evidence { first.evidence } else { Evidence::Published };
    let record = ResultRecord::new(&analysis.id, &[&pair.id], unit, evidence)
        .with("pair", &pair.id)
        .with("first", &first.id)
        .with("second", &second.id)
        .flags(flags)
        .flags(is_widest.then_some(Flag::WidestInterval))
        .flags(is_broken.then_some(Flag::SegmentChange))
        .rests_on(first.origins.iter().chain(&second.origins))
        .figures(figures);
    match first.when.zip(second.when) {
        Some((a, b)) => record.at(a.hull(b)),
        None => record,
    }
}

/// The smallest change that could have been shown, where the two are shares of one answer at different times.
fn smallest_change(
    analysis: &ContrastAnalysis,
    difference: &ResultRecord,
    first: &ResultRecord,
    second: &ResultRecord,
) -> Option<ResultRecord> {
    let is_alike = |key| first.about(key) == second.about(key);
    let is_change = difference.unit == Unit::ShareDifference
        && ["question", "answer", "group", "place"].into_iter().all(is_alike)
        && first.when != second.when;
    is_change.then(|| {
        let pair = difference.about("pair");
        let record =
            ResultRecord::new(&analysis.id, &[pair, "detectable"], difference.unit.size(), difference.evidence)
                .with("pair", pair)
                .with("measure", "detectable")
                .flags(difference.flags.iter().copied())
                .rests_on(&difference.origins)
                .figures(detectable::of_change(&difference.estimate));
        match difference.when {
            Some(when) => record.at(when),
            None => record,
        }
    })
}

/// The difference d = p₁ − p₂ and its variance.
///
/// # Definition
///
/// Independent: se² = se₁² + se₂². Two answers to one single-choice question of one poll: the covariance of the shares
/// is −p₁p₂·deff/n, so se² = se₁² + se₂² + 2·p₁p₂·deff/n. Same respondents with unknown joint distribution: the least
/// covariance that it can have, for shares of one published base [`least_covariance`], otherwise −se₁·se₂, and that is taken. Interval d ± z·se; design effects are declared,
/// so degrees of freedom are infinite, except for slopes and respondents, whose smaller degrees of freedom are kept.
fn figures(dependence: Dependence, first: &ResultRecord, second: &ResultRecord) -> Figures {
    let (a, b) = (&first.estimate, &second.estimate);
    let (Some(p1), Some(p2)) = (a.estimate, b.estimate) else {
        let missing = if a.estimate.is_none() { first } else { second };
        let reason = missing.estimate.reason.as_deref().unwrap_or("no estimate");
        return Figures::not_estimable(format!("`{}` is not estimable: {reason}", missing.id));
    };
    let difference = p1 - p2;
    let (Some(se1), Some(se2)) = (a.se, b.se) else {
        let missing = if a.se.is_none() { first } else { second };
        let reason = missing.estimate.reason.as_deref().unwrap_or("no standard error");
        return Figures::without_interval(difference, format!("`{}` has no standard error: {reason}", missing.id));
    };
    let (variance, n, method) = match dependence {
        Dependence::Independent => (se1 * se1 + se2 * se2, a.n.zip(b.n).map(|(n1, n2)| n1 + n2), "independent samples"),
        Dependence::SameQuestion => {
            let Some((deff, n)) = a.deff.zip(a.n) else {
                return Figures::without_interval(difference, "no number interviewed for the covariance");
            };
            let covariance = -p1 * p2 * deff / n as f64;
            (se1 * se1 + se2 * se2 - 2.0 * covariance, Some(n), "two answers of one question")
        }
        Dependence::SameRespondents => {
            let widest = (se1 + se2).powi(2);
            let variance = least_covariance(first, second)
                .map_or(widest, |covariance| (se1 * se1 + se2 * se2 - 2.0 * covariance).min(widest));
            (variance, a.n.filter(|_| a.n == b.n), "widest, same respondents")
        }
    };
    let degf = [a.degf, b.degf].into_iter().flatten().min_by(f64::total_cmp);
    let se = variance.sqrt();
    let is_declared = a.deff_reference == Some(DECLARED) && b.deff_reference == Some(DECLARED);
    Figures {
        estimate: Some(difference),
        se: Some(se),
        degf,
        n,
        deff_reference: is_declared.then_some(DECLARED),
        ..Figures::default()
    }
    .limits(interval::symmetric(difference, se, degf).map(|limits| limits.by(method)))
    .against_zero()
}

/// The least covariance of two published shares of the same respondents.
///
/// # Definition
///
/// At least max(0, p₁ + p₂ − 1) of the respondents gave both answers (Fréchet), so the covariance is at least
/// (max(0, p₁ + p₂ − 1) − p₁p₂)·deff/n, the design effect being that of the poll.
///
/// # References
///
/// Fréchet (1951), Annales de l’Université de Lyon A 14; Scott and Seber (1983), The American Statistician 37, for two
/// shares of one sample.
fn least_covariance(first: &ResultRecord, second: &ResultRecord) -> Option<f64> {
    let (a, b) = (&first.estimate, &second.estimate);
    let is_published = |record: &ResultRecord| record.evidence == Evidence::Published && record.unit == Unit::Share;
    if !is_published(first) || !is_published(second) || a.n != b.n || a.deff != b.deff {
        return None;
    }
    let (p1, p2) = (a.estimate?, b.estimate?);
    Some(((p1 + p2 - 1.0).max(0.0) - p1 * p2) * a.deff? / a.n? as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(id: &str, p: f64, se: Option<f64>) -> ResultRecord {
        ResultRecord::new("mood", &[id], Unit::Share, Evidence::Published).figures(Figures {
            estimate: Some(p),
            se,
            n: Some(1000),
            deff: Some(2.0),
            ..Figures::default()
        })
    }

    fn se(dependence: Dependence) -> f64 {
        figures(dependence, &share("a", 0.5, Some(0.03)), &share("b", 0.2, Some(0.04))).se.unwrap()
    }

    #[test]
    fn each_dependence_has_its_variance() {
        assert!((se(Dependence::Independent) - 0.05).abs() < 1e-12);
        // 0.0025 + 2·0.5·0.2·2/1000 = 0.0029.
        assert!((se(Dependence::SameQuestion) - 0.0029_f64.sqrt()).abs() < 1e-12);
        // Half and a fifth may exclude each other, as two answers of one question do.
        assert_eq!(se(Dependence::SameRespondents), se(Dependence::SameQuestion));
    }

    #[test]
    fn answers_of_the_same_people_overlap_at_least_as_much_as_they_must() {
        // 0.5 + 0.8 − 1 = 0.3 gave both: covariance at least (0.3 − 0.4)·2/1000.
        let (a, b) = (share("a", 0.5, Some(0.03)), share("b", 0.8, Some(0.04)));
        let widest = figures(Dependence::SameRespondents, &a, &b).se.unwrap();
        assert!((widest - 0.0029_f64.sqrt()).abs() < 1e-12);
        let mut unlike = b;
        unlike.estimate.n = Some(999);
        assert!((figures(Dependence::SameRespondents, &a, &unlike).se.unwrap() - 0.07).abs() < 1e-12);
    }

    #[test]
    fn the_reverse_pair_is_the_negative() {
        let (a, b) = (share("a", 0.5, Some(0.03)), share("b", 0.2, Some(0.04)));
        for dependence in [Dependence::Independent, Dependence::SameQuestion, Dependence::SameRespondents] {
            let there = figures(dependence, &a, &b);
            let back = figures(dependence, &b, &a);
            assert_eq!(there.estimate, back.estimate.map(|d| -d));
            assert_eq!(there.se, back.se);
            assert!((there.ci_low.unwrap() + back.ci_high.unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn a_change_says_what_it_could_have_shown() {
        let analysis = ContrastAnalysis { id: "change".to_owned(), pair: Vec::new() };
        let poll = |id: &str, date: &str, answer: &str| {
            let date: crate::study::PartialDate = date.parse().unwrap();
            share(id, 0.5, Some(0.03)).with("answer", answer).at(crate::study::Span::at(date))
        };
        let smallest = |first: &ResultRecord, second: &ResultRecord| {
            let difference = ResultRecord::new("change", &["rise"], Unit::ShareDifference, Evidence::Published)
                .with("pair", "rise")
                .figures(figures(Dependence::Independent, first, second));
            smallest_change(&analysis, &difference, first, second)
        };
        let (early, late) = (poll("a", "2001-05", "yes"), poll("b", "2004-05", "yes"));
        let found = smallest(&early, &late).unwrap();
        assert_eq!((found.id.as_str(), found.unit), ("change/rise/detectable", Unit::ShareSize));
        assert!((found.estimate.estimate.unwrap() - 2.801_585_218 * 0.0018_f64.sqrt()).abs() < 1e-9);
        // Two answers, or two polls of one time, are no change.
        assert!(smallest(&early, &poll("c", "2004-05", "no")).is_none());
        assert!(smallest(&early, &poll("d", "2001-05", "yes")).is_none());
    }

    #[test]
    fn a_share_without_error_gives_a_difference_without_interval() {
        let figures = figures(Dependence::Independent, &share("a", 0.5, None), &share("b", 0.2, Some(0.04)));
        assert!((figures.estimate.unwrap() - 0.3).abs() < 1e-12);
        assert_eq!((figures.se, figures.ci_low), (None, None));
        assert!(figures.reason.unwrap().contains("mood/a"));
    }

    #[test]
    fn numbers_that_do_not_subtract_are_refused() {
        let of = |unit, evidence| ResultRecord::new("x", &[], unit, evidence);
        let poll = of(Unit::Share, Evidence::Published);
        assert_eq!(unit(&poll, &of(Unit::ShareDifference, Evidence::Microdata)), Some(Unit::ShareDifference));
        assert_eq!(unit(&poll, &of(Unit::PerYear, Evidence::Counted)), None);
        assert_eq!(unit(&poll, &of(Unit::SharePerDecade, Evidence::Published)), None);
        assert_eq!(unit(&poll, &of(Unit::Share, Evidence::Official)), None);
    }
}
