//! Do the shares of a distribution add up, and are printed sums the sums of their parts?

use super::Checked;
use super::support::{cover, half_unit, name, percent};
use crate::diagnostic::{Diagnostic, Level};
use crate::study::definition::{Answer, AnswerRole, QuestionKind};
use crate::study::{Completeness, PublishedTopline};

/// V01: more than 100 percent, or less where the source shows all answers.
///
/// k shares rounded to d digits can be off by k · 0.5 · 10⁻ᵈ together, and no more.
pub(super) fn totals(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for topline in &checked.study.toplines {
        let Some(question) = checked.question(&topline.question) else { continue };
        if question.kind != QuestionKind::Single || topline.completeness == Completeness::Multiple {
            continue;
        }
        let shares = cover(question, topline);
        let sum: f64 = shares.iter().map(|share| share.share).sum();
        let slack: f64 = shares.iter().map(|share| half_unit(share)).sum::<f64>() + 1e-9;
        let is_whole = topline.completeness == Completeness::Complete || all_answers(checked, topline);
        let (level, message, hint) = if sum > 1.0 + slack {
            let hint = "look for an answer that stands twice, or a printed sum that is not declared as one; \
                        where several answers were allowed, declare the question as `multiple`";
            (Level::Error, format!("the answers add up to {} percent", percent(sum)), hint)
        } else if is_whole && sum < 1.0 - slack {
            let hint = "look for an answer that is missing; else call the distribution `partial`";
            (Level::Warning, format!("the answers add up to {} percent only", percent(sum)), hint)
        } else {
            continue;
        };
        findings.extend(checked.topline(level, "V01", topline, message).map(|finding| {
            let parts: Vec<String> =
                shares.iter().map(|share| format!("{} {}", share.answer, percent(share.share))).collect();
            finding
                .observed(parts.join(" + "))
                .expected(format!("100 within {} points of rounding", percent(slack)))
                .hint(hint)
        }));
    }
    findings
}

/// Does a poll of a table that states no completeness print every answer of a question that leaves nobody out?
fn all_answers(checked: &Checked<'_>, topline: &PublishedTopline) -> bool {
    let is_unstated = topline.completeness == Completeness::Unstated && topline.group.is_none();
    let Some(question) = checked.question(&topline.question).filter(|_| is_unstated) else { return false };
    let is_undecided = |a: &Answer| matches!(a.role, AnswerRole::DontKnow | AnswerRole::Refused);
    let is_plain = |a: &&Answer| !matches!(a.role, AnswerRole::Aggregate | AnswerRole::NotAsked);
    question.answers.iter().any(is_undecided)
        && question.answers.iter().filter(is_plain).all(|answer| topline.answer(&answer.id).is_some())
}

/// V02: a printed sum that differs from its parts by more than rounding.
pub(super) fn aggregates(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for topline in &checked.study.toplines {
        let Some(question) = checked.question(&topline.question) else { continue };
        if question.kind != QuestionKind::Single {
            continue;
        }
        for answer in question.answers.iter().filter(|answer| answer.role == AnswerRole::Aggregate) {
            let Some(printed) = topline.answer(&answer.id) else { continue };
            let parts: Option<Vec<_>> = answer.of.iter().map(|part| topline.answer(part)).collect();
            let Some(parts) = parts.filter(|parts| !parts.is_empty()) else { continue };
            let sum: f64 = parts.iter().map(|part| part.share).sum();
            let slack = half_unit(printed) + parts.iter().map(|part| half_unit(part)).sum::<f64>() + 1e-9;
            if (printed.share - sum).abs() > slack {
                let message = format!("the printed sum `{}` is not the sum of its parts", answer.id);
                findings.push(
                    checked
                        .share(Level::Warning, "V02", topline, printed, message)
                        .observed(format!("{} in {}", percent(printed.share), name(topline)))
                        .expected(format!("{} within {} points of rounding", percent(sum), percent(slack)))
                        .hint("compare with the source; one of the figures may belong to another poll or base"),
                );
            }
        }
    }
    findings
}
