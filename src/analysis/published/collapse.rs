//! The printed share of an answer, or of a side of a question as the sum of its parts.

use std::collections::BTreeSet;

use crate::study::definition::{Answer, AnswerRole, Question, QuestionKind, Side};
use crate::study::{Completeness, Origin, PublishedShare, PublishedTopline};

/// A share as printed, or as the sum of printed parts.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Printed {
    /// The share; the sum of rounded parts may exceed 1 a little.
    pub share: f64,
    /// Variance from rounding: 1/12 squared printed unit for each part.
    pub rounding_variance: f64,
    /// Where the parts stand.
    pub origins: Vec<Origin>,
    /// What the reader should know about the sum.
    pub note: Option<String>,
}

/// Why a share is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::analysis) enum Absent {
    /// The questionnaire has no such answer and no such side.
    Unknown,
    /// The source does not print it.
    NotPrinted(String),
}

/// The printed share of an answer or side.
///
/// A side is the sum of its parts where all of them are printed; otherwise the printed sum, alone or with the parts
/// that it does not hold; otherwise, in a distribution whose printed answers leave no more room than rounding, what
/// is printed of it. A partial distribution is never scaled up. Where several answers were allowed, shares are not
/// added.
///
/// # Definition
///
/// Rounding to a unit u gives a uniform error with variance u²/12; those of k parts are taken as independent: k·u²/12.
///
/// # Errors
///
/// [`Absent`], with the reason.
pub(in crate::analysis) fn printed(
    question: &Question,
    topline: &PublishedTopline,
    wanted: &str,
) -> Result<Printed, Absent> {
    if let Some(side) = side_of(question, wanted) {
        return side_share(question, topline, side);
    }
    let answer = question.answers.iter().find(|answer| answer.id == wanted).ok_or(Absent::Unknown)?;
    if let Some(share) = topline.answer(&answer.id) {
        return Ok(single(share));
    }
    let parts: Option<Vec<&PublishedShare>> = answer.of.iter().map(|part| topline.answer(part)).collect();
    match parts {
        Some(parts) if !parts.is_empty() && is_single(question, topline) => Ok(sum(&parts, None)),
        _ => Err(Absent::NotPrinted("the source does not print this answer".to_owned())),
    }
}

/// The side that a word names, where the question has answers on it.
fn side_of(question: &Question, word: &str) -> Option<Side> {
    let side = Side::ALL.into_iter().find(|side| side.word() == word)?;
    question.answers.iter().any(|answer| answer.side == Some(side)).then_some(side)
}

fn is_single(question: &Question, topline: &PublishedTopline) -> bool {
    question.kind == QuestionKind::Single && topline.completeness != Completeness::Multiple
}

fn side_share(question: &Question, topline: &PublishedTopline, side: Side) -> Result<Printed, Absent> {
    let parts: Vec<&Answer> = parts(question).filter(|answer| answer.side == Some(side)).collect();
    let parts_printed: Vec<&PublishedShare> = parts.iter().filter_map(|part| topline.answer(&part.id)).collect();
    let is_all_printed = !parts.is_empty() && parts_printed.len() == parts.len();
    if is_all_printed && (parts.len() == 1 || is_single(question, topline)) {
        return Ok(sum(&parts_printed, None));
    }
    if let Some(cover) = smallest_cover(question, topline, side, &parts)
        && (cover.len() == 1 || is_single(question, topline))
    {
        return Ok(sum(&cover, None));
    }
    if !is_single(question, topline) {
        return Err(Absent::NotPrinted("several answers were allowed, so shares of a side cannot be added".to_owned()));
    }
    rest_of_complete(question, topline, side, &parts)
}

/// Answers that respondents could give, without printed sums and without those who were not asked.
fn parts(question: &Question) -> impl Iterator<Item = &Answer> {
    question.answers.iter().filter(|answer| !matches!(answer.role, AnswerRole::Aggregate | AnswerRole::NotAsked))
}

/// The parts that a printed sum holds; all parts of its side where the registry does not list them.
fn held<'q>(aggregate: &'q Answer, parts: &[&'q Answer]) -> BTreeSet<&'q str> {
    if aggregate.of.is_empty() {
        parts.iter().map(|part| part.id.as_str()).collect()
    } else {
        aggregate.of.iter().map(String::as_str).collect()
    }
}

/// The fewest printed sums and parts that hold every part of the side once.
fn smallest_cover<'t>(
    question: &Question,
    topline: &'t PublishedTopline,
    side: Side,
    parts: &[&Answer],
) -> Option<Vec<&'t PublishedShare>> {
    let all: BTreeSet<&str> = parts.iter().map(|part| part.id.as_str()).collect();
    let sums: Vec<(BTreeSet<&str>, &PublishedShare)> = question
        .answers
        .iter()
        .filter(|answer| answer.role == AnswerRole::Aggregate && answer.side == Some(side))
        .filter_map(|answer| Some((held(answer, parts), topline.answer(&answer.id)?)))
        .filter(|(held, _)| held.is_subset(&all))
        .take(12)
        .collect();
    let mut best: Option<Vec<&PublishedShare>> = None;
    for choice in 1_u32..1 << sums.len() {
        let chosen = || sums.iter().enumerate().filter(|(i, _)| choice >> i & 1 == 1).map(|(_, sum)| sum);
        let covered: BTreeSet<&str> = chosen().flat_map(|(held, _)| held.iter().copied()).collect();
        if covered.len() != chosen().map(|(held, _)| held.len()).sum::<usize>() {
            continue;
        }
        let single: Option<Vec<&PublishedShare>> = all.difference(&covered).map(|part| topline.answer(part)).collect();
        if let Some(single) = single {
            let cover: Vec<&PublishedShare> = chosen().map(|(_, share)| *share).chain(single).collect();
            if best.as_ref().is_none_or(|best| cover.len() < best.len()) {
                best = Some(cover);
            }
        }
    }
    best
}

/// What is printed of a side in a distribution that leaves no more room than rounding.
fn rest_of_complete(
    question: &Question,
    topline: &PublishedTopline,
    side: Side,
    parts_of_side: &[&Answer],
) -> Result<Printed, Absent> {
    let terms = disjoint_terms(question, topline);
    let on_side: Vec<&PublishedShare> =
        terms.iter().filter(|(answer, _)| answer.side == Some(side)).map(|(_, share)| *share).collect();
    let held: BTreeSet<&str> = terms.iter().flat_map(|(answer, _)| held_or_self(answer, parts_of_side)).collect();
    let missing: Vec<&Answer> = parts_of_side.iter().copied().filter(|part| !held.contains(part.id.as_str())).collect();
    let total: f64 = terms.iter().map(|(_, share)| share.share).sum();
    let slack: f64 = terms.iter().map(|(_, share)| unit(share.decimals) / 2.0).sum();
    let is_full = total >= 1.0 - slack - 1e-9;
    if is_full && !on_side.is_empty() {
        let note = format!(
            "not printed, and no room for it beyond rounding (printed answers add up to {:.0} %): {}",
            total * 100.0,
            quoted(missing.into_iter())
        );
        return Ok(sum(&on_side, Some(note)));
    }
    let missing = quoted(missing.into_iter());
    let reason = if on_side.is_empty() {
        format!("the source does not print {missing}")
    } else {
        let seen = on_side.iter().filter_map(|share| question.answers.iter().find(|a| a.id == share.answer));
        format!("the source prints only {} of this side, not {missing}", quoted(seen))
    };
    Err(Absent::NotPrinted(reason))
}

/// Do the printed answers of a single-choice question leave more room than rounding, so that one must be missing?
pub(in crate::analysis) fn leaves_room(question: &Question, topline: &PublishedTopline) -> bool {
    let terms = disjoint_terms(question, topline);
    let total: f64 = terms.iter().map(|(_, share)| share.share).sum();
    let slack: f64 = terms.iter().map(|(_, share)| unit(share.decimals) / 2.0).sum();
    question.kind == QuestionKind::Single && total < 1.0 - slack - 1e-9
}

/// The texts of answers for readers, in quotation marks.
fn quoted<'q>(answers: impl Iterator<Item = &'q Answer>) -> String {
    answers.map(|answer| format!("\u{201c}{}\u{201d}", answer.label.get("en"))).collect::<Vec<_>>().join(", ")
}

/// Printed answers without overlap: a printed sum counts only where none of its parts is printed.
fn disjoint_terms<'q, 't>(
    question: &'q Question,
    topline: &'t PublishedTopline,
) -> Vec<(&'q Answer, &'t PublishedShare)> {
    let of_side = |side: Option<Side>| parts(question).filter(|part| part.side == side).collect::<Vec<_>>();
    question
        .answers
        .iter()
        .filter(|answer| answer.role != AnswerRole::NotAsked)
        .filter_map(|answer| Some((answer, topline.answer(&answer.id)?)))
        .filter(|(answer, _)| {
            answer.role != AnswerRole::Aggregate
                || held(answer, &of_side(answer.side)).iter().all(|part| topline.answer(part).is_none())
        })
        .collect()
}

fn held_or_self<'q>(answer: &'q Answer, parts_of_side: &[&'q Answer]) -> BTreeSet<&'q str> {
    if answer.role == AnswerRole::Aggregate {
        held(answer, parts_of_side)
    } else {
        BTreeSet::from([answer.id.as_str()])
    }
}

/// One printed share.
pub(in crate::analysis) fn single(share: &PublishedShare) -> Printed {
    sum(&[share], None)
}

fn sum(parts: &[&PublishedShare], note: Option<String>) -> Printed {
    Printed {
        share: parts.iter().map(|part| part.share).sum(),
        rounding_variance: parts.iter().map(|part| unit(part.decimals).powi(2) / 12.0).sum(),
        origins: parts.iter().map(|part| part.origin.clone()).collect(),
        note,
    }
}

/// The printed unit as a share: 0.01 for whole percents.
fn unit(decimals: u8) -> f64 {
    0.01 / 10_f64.powi(i32::from(decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{question, topline};

    fn feel() -> Question {
        question(
            "feel",
            &[
                ("admire", Some(Side::Positive), &[]),
                ("respect", Some(Side::Positive), &[]),
                ("like", Some(Side::Positive), &[]),
                ("indifferent", Some(Side::Neutral), &[]),
                ("dislike", Some(Side::Negative), &[]),
                ("fear", Some(Side::Negative), &[]),
                ("disgust", Some(Side::Negative), &[]),
                ("hard_to_say", Some(Side::Undecided), &[]),
                ("agg_positive", Some(Side::Positive), &["admire", "respect", "like"]),
                ("agg_dislike_disgust", Some(Side::Negative), &["dislike", "disgust"]),
            ],
        )
    }

    fn of(shares: &[(&str, f64)], wanted: &str) -> Result<Printed, Absent> {
        printed(&feel(), &topline("p", "feel", "2001", shares), wanted)
    }

    fn check(printed: Result<Printed, Absent>, percent: f64, parts: f64) {
        let printed = printed.unwrap();
        assert!((printed.share * 100.0 - percent).abs() < 1e-9, "{}", printed.share);
        assert!((printed.rounding_variance - parts * 1e-4 / 12.0).abs() < 1e-15, "{}", printed.rounding_variance);
    }

    #[test]
    fn a_side_is_the_sum_of_its_parts_where_all_are_printed() {
        let shares = [("admire", 4.0), ("respect", 27.0), ("like", 7.0), ("agg_positive", 39.0)];
        check(of(&shares, "positive"), 38.0, 3.0);
    }

    #[test]
    fn the_printed_sum_stands_in_for_missing_parts() {
        check(of(&[("admire", 4.0), ("agg_positive", 39.0)], "positive"), 39.0, 1.0);
        check(of(&[("agg_dislike_disgust", 14.0), ("fear", 6.0)], "negative"), 20.0, 2.0);
    }

    #[test]
    fn a_partial_side_is_refused_with_its_gap() {
        let Err(Absent::NotPrinted(reason)) = of(&[("admire", 4.0), ("respect", 27.0)], "positive") else {
            panic!("not refused");
        };
        assert!(reason.contains("not \u{201c}like\u{201d}"), "{reason}");
        assert!(matches!(of(&[], "positive"), Err(Absent::NotPrinted(_))));
    }

    #[test]
    fn a_full_distribution_leaves_no_room_for_an_answer_that_is_not_printed() {
        let shares = [("agg_positive", 50.0), ("indifferent", 30.0), ("dislike", 12.0), ("disgust", 7.0)];
        let negative = of(&shares, "negative").unwrap();
        assert!((negative.share - 0.19).abs() < 1e-12);
        assert!(negative.note.unwrap().contains("fear"));
        assert!(of(&shares, "undecided").is_err(), "nothing of the side is printed");
        assert!(of(&[("agg_positive", 50.0), ("indifferent", 30.0), ("dislike", 12.0)], "negative").is_err());
    }

    #[test]
    fn shares_of_several_answers_are_never_added() {
        let mut poll = topline("p", "feel", "2001", &[("admire", 4.0), ("respect", 27.0), ("like", 7.0)]);
        poll.completeness = Completeness::Multiple;
        assert!(printed(&feel(), &poll, "positive").is_err());
        assert!(printed(&feel(), &poll, "respect").is_ok());
    }

    #[test]
    fn single_answers_and_unknown_words() {
        check(of(&[("fear", 6.0)], "fear"), 6.0, 1.0);
        check(of(&[("dislike", 8.0), ("disgust", 5.0)], "agg_dislike_disgust"), 13.0, 2.0);
        assert_eq!(of(&[("fear", 6.0)], "love").unwrap_err(), Absent::Unknown);
    }

    #[test]
    fn digits_after_the_mark_shrink_the_unit() {
        assert!((unit(0) - 0.01).abs() < 1e-18);
        assert!((unit(1) - 0.001).abs() < 1e-18);
    }
}
