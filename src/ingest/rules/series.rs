//! A series of polls: answers that one wave lacks, wording, mode and office that change, answers exchanged, values
//! carried forward, a value far from both neighbours.

use std::collections::{BTreeMap, BTreeSet};

use super::Checked;
use super::support::{Chain, cover, percent};
use crate::diagnostic::{Diagnostic, Level};
use crate::study::definition::{AnswerRole, Question, QuestionKind};
use crate::study::{Completeness, PublishedTopline};

/// How close two shares are that are taken for the same.
const CLOSE: f64 = 0.04;

/// How far apart two shares are that nobody exchanges by chance.
const FAR: f64 = 0.08;

/// How far a value is from the middle of its neighbours that is called lone.
const LONE: f64 = 0.075;

/// V07: an answer that both neighbours print and a poll of the same completeness does not.
pub(super) fn missing_answers(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for chain in checked.chains().iter().filter(|chain| chain.question.kind == QuestionKind::Single) {
        for poll in triples(chain) {
            let [before, now, after] = poll;
            if now.completeness == Completeness::Partial {
                continue;
            }
            let printed = answers_of(chain.question, now);
            let missing: Vec<&str> = before
                .answers
                .iter()
                .map(|share| share.answer.as_str())
                .filter(|answer| after.answer(answer).is_some() && !is_covered(chain.question, answer, &printed))
                .collect();
            if !missing.is_empty() {
                let message = format!("both neighbours print `{}`, this poll does not", missing.join("`, `"));
                findings.extend(checked.topline(Level::Warning, "V07", now, message).map(|finding| {
                    finding
                        .observed(printed.iter().copied().collect::<Vec<_>>().join(", "))
                        .expected(format!("also {}", missing.join(", ")))
                        .hint("look the figures up; else state the distribution as partial, or accept the finding")
                }));
            }
        }
    }
    findings
}

fn answers_of<'t>(question: &Question, topline: &'t PublishedTopline) -> BTreeSet<&'t str> {
    cover(question, topline).into_iter().chain(&topline.answers).map(|share| share.answer.as_str()).collect()
}

/// Is an answer printed, or part of a printed sum, or a sum of printed parts?
fn is_covered(question: &Question, answer: &str, printed: &BTreeSet<&str>) -> bool {
    printed.contains(answer)
        || question
            .answers
            .iter()
            .any(|sum| printed.contains(sum.id.as_str()) && sum.of.iter().any(|part| part == answer))
        || question.answers.iter().any(|sum| {
            sum.id == answer && !sum.of.is_empty() && sum.of.iter().all(|part| printed.contains(part.as_str()))
        })
}

/// V08: a wording that no version declares, and changes of mode or office that break the series.
pub(super) fn changes(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = wordings(checked);
    for chain in &checked.chains() {
        for pair in chain.polls.windows(2) {
            let (before, now) = (pair[0], pair[1]);
            let mode = |poll: &'_ PublishedTopline| plain_mode(&poll.mode).to_lowercase();
            if !mode(before).is_empty() && !mode(now).is_empty() && mode(before) != mode(now) {
                findings.extend(change(
                    checked,
                    now,
                    "mode",
                    plain_mode(&now.mode),
                    plain_mode(&before.mode),
                    &before.poll,
                ));
            }
            if before.segment != now.segment {
                findings.extend(change(checked, now, "segment", &now.segment, &before.segment, &before.poll));
            }
        }
    }
    findings
}

fn change(
    checked: &Checked<'_>,
    now: &PublishedTopline,
    what: &str,
    new: &str,
    old: &str,
    before: &str,
) -> Option<Diagnostic> {
    let message = format!("the {what} of the series changes");
    let finding = checked.topline(Level::Note, "V08", now, message)?;
    let hint = "a real change breaks the series here; unify the words if it is none";
    Some(finding.observed(new).expected(format!("{old}, as in {before}")).hint(hint))
}

/// The mode without the remark in parentheses.
fn plain_mode(mode: &str) -> &str {
    mode.split('(').next().unwrap_or(mode).trim()
}

/// Polls whose printed wording differs from the usual one without being declared as a version.
fn wordings(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let mut findings = Vec::new();
    for data in &definition.toplines {
        let Some(source) = checked.sources.get(&data.package, &data.resource) else { continue };
        let Some(column) = data.wording.as_ref().and_then(|name| source.table.position(name)) else { continue };
        // By question: wording without case and spaces, to its polls.
        let mut by_question: BTreeMap<&str, BTreeMap<String, Vec<&PublishedTopline>>> = BTreeMap::new();
        for topline in
            checked.study.toplines.iter().filter(|topline| topline.data == data.id && topline.group.is_none())
        {
            let Some(question) = checked.question(&topline.question) else { continue };
            if question.version.iter().any(|version| version.polls.contains(&topline.poll)) {
                continue;
            }
            let line = topline.answers.first().and_then(|share| share.origin.lines.first().copied());
            let Some(row) = line.and_then(|line| source.table.row_of_line(line)) else { continue };
            let wording: String = source.table.cell(row, column).to_lowercase().split_whitespace().collect();
            by_question.entry(&topline.question).or_default().entry(wording).or_default().push(topline);
        }
        for (question, wordings) in by_question {
            let Some(usual) = wordings.values().max_by_key(|polls| polls.len()).map(|polls| polls[0]) else { continue };
            for polls in wordings.values().filter(|polls| polls[0].poll != usual.poll) {
                let message = format!("`{question}` is worded otherwise than in `{}`", usual.poll);
                findings.extend(
                    checked.at_column(polls[0], data.wording.as_deref(), Level::Warning, "V08", message).map(
                        |finding| {
                            let ids: Vec<&str> = polls.iter().map(|poll| poll.poll.as_str()).collect();
                            finding
                                .expected("one wording, or a [[question.version]] that names the polls")
                                .hint(format!("declare a version for {}, or unify the text", ids.join(", ")))
                        },
                    ),
                );
            }
        }
    }
    findings
}

/// V11: two answers that look exchanged against both neighbours.
pub(super) fn swapped(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for chain in checked.chains().iter().filter(|chain| chain.question.kind == QuestionKind::Single) {
        let answers: Vec<&str> = chain
            .question
            .answers
            .iter()
            .filter(|answer| matches!(answer.role, AnswerRole::Substantive | AnswerRole::Aggregate))
            .map(|answer| answer.id.as_str())
            .collect();
        for [before, now, after] in triples(chain) {
            for (index, first) in answers.iter().enumerate() {
                for second in &answers[index + 1..] {
                    if let Some(shares) = exchanged([before, now, after], first, second) {
                        let message = format!("`{first}` and `{second}` look exchanged");
                        findings.extend(checked.topline(Level::Warning, "V11", now, message).map(|finding| {
                            finding.observed(shares).expected("values near those of both neighbours").hint(
                                "compare with the source; if the columns are exchanged, correct them by rows of the overrides",
                            )
                        }));
                    }
                }
            }
        }
    }
    findings
}

/// The two shares in words, where each is near the other's neighbours and far from its own.
fn exchanged(polls: [&PublishedTopline; 3], first: &str, second: &str) -> Option<String> {
    let share = |poll: &PublishedTopline, answer: &str| poll.answer(answer).map(|share| share.share);
    let (a, b) = (share(polls[1], first)?, share(polls[1], second)?);
    for neighbour in [polls[0], polls[2]] {
        let (near_a, near_b) = (share(neighbour, first)?, share(neighbour, second)?);
        let is_exchanged = (a - near_b).abs() <= CLOSE && (b - near_a).abs() <= CLOSE;
        if !is_exchanged || (near_a - near_b).abs() < 2.0 * FAR {
            return None;
        }
    }
    Some(format!("{} and {}", percent(a), percent(b)))
}

/// V18: polls that repeat the poll before them to the digit. In a slow series of whole percents some do by chance, so
/// they are counted in a note; three in a row, or repeats to a tenth of a percent, are warnings of their own.
pub(super) fn repeats(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for chain in &checked.chains() {
        let is_repeat = |index: usize| index > 0 && is_same(chain.polls[index - 1], chain.polls[index]);
        let repeats: Vec<usize> = (0..chain.polls.len()).filter(|index| is_repeat(*index)).collect();
        let Some(first) = repeats.first() else { continue };
        let (strong, weak): (Vec<usize>, Vec<usize>) = repeats.iter().partition(|index| {
            let is_exact = chain.polls[**index].answers.iter().any(|share| share.decimals > 0);
            is_exact || is_repeat(**index - 1)
        });
        for index in strong {
            let (before, now) = (chain.polls[index - 1], chain.polls[index]);
            let values: Vec<String> = now.answers.iter().map(|share| percent(share.share)).collect();
            let message = format!("the poll repeats all values of `{}`", before.poll);
            findings.extend(checked.topline(Level::Warning, "V18", now, message).map(|finding| {
                finding
                    .observed(values.join(", "))
                    .expected("values of its own")
                    .hint("the source may carry a poll forward; leave the row out, or accept the finding as chance")
            }));
        }
        if !weak.is_empty() {
            let message = format!("{} of {} polls repeat the poll before them", weak.len(), chain.polls.len());
            let polls: Vec<&str> = weak.iter().map(|index| chain.polls[*index].poll.as_str()).collect();
            findings.extend(checked.topline(Level::Note, "V18", chain.polls[*first], message).map(|finding| {
                finding
                    .observed(polls.join(", "))
                    .hint("chance does it in whole percents; a source may also carry polls forward")
            }));
        }
    }
    findings
}

/// Do two polls print three answers or more, all the same?
fn is_same(before: &PublishedTopline, now: &PublishedTopline) -> bool {
    before.answers.len() == now.answers.len()
        && now.answers.len() >= 3
        && now.answers.iter().all(|share| before.answer(&share.answer).is_some_and(|other| other.share == share.share))
}

/// V23: a value far from both neighbours, which agree with each other; or far from the poll before it, which agrees
/// with the one before that, where no poll follows soon.
pub(super) fn lone_jumps(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for chain in checked.chains().iter().filter(|chain| chain.polls.len() >= 10) {
        let mut flagged: Vec<(&str, &str)> = Vec::new();
        for (index, now) in chain.polls.iter().enumerate() {
            for share in &now.answers {
                let Some(near) = neighbours(chain, index, &share.answer) else { continue };
                let [left, right] = near.map(|(_, value)| value);
                let is_lone =
                    (left - right).abs() <= CLOSE + 1e-9 && (share.share - (left + right) / 2.0).abs() >= LONE - 1e-9;
                // The poll after a lone one is far from it in turn.
                if is_lone && !flagged.contains(&(near[0].0, share.answer.as_str())) {
                    flagged.push((&now.poll, &share.answer));
                    let message = format!("`{}` is far from the neighbouring polls", share.answer);
                    findings.push(
                        checked
                            .share(Level::Warning, "V23", now, share, message)
                            .observed(percent(share.share))
                            .expected(format!("near {} and {}", percent(left), percent(right)))
                            .hint("compare with the source; accept the finding if the value is right"),
                    );
                }
            }
        }
    }
    findings
}

/// The polls and values to compare a value with: the neighbours of its segment, or the two before it where the segment
/// ends, or breaks off for half a year.
fn neighbours<'a>(chain: &Chain<'a>, index: usize, answer: &str) -> Option<[(&'a str, f64); 2]> {
    let now = chain.polls[index];
    let usable = |at: usize| {
        let poll = *chain.polls.get(at)?;
        let years = (poll.field.mid_year() - now.field.mid_year()).abs();
        (poll.segment == now.segment && years < 0.5).then_some((poll.poll.as_str(), poll.answer(answer)?.share))
    };
    let before = usable(index.checked_sub(1)?)?;
    Some([before, usable(index + 1).or_else(|| usable(index.checked_sub(2)?))?])
}

/// Each poll of a chain with both neighbours in its segment.
fn triples<'a>(chain: &Chain<'a>) -> Vec<[&'a PublishedTopline; 3]> {
    chain
        .polls
        .windows(3)
        .filter(|polls| polls.iter().all(|poll| poll.segment == polls[0].segment))
        .map(|polls| [polls[0], polls[1], polls[2]])
        .collect()
}
