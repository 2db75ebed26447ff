//! Which questions make up the mood, and what each poll said.

use crate::analysis::published::{Absent, Request, SegmentKey, Selected, printed, select};
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::study::Origin;
use crate::study::Span;
use crate::study::definition::{MoodAnalysis, MoodItem, Question, QuestionKind, Side};

/// A question of one pollster in one wording and mode.
pub(super) struct Item<'s> {
    pub id: String,
    pub definition: &'s MoodItem,
    pub pollster: &'s str,
    /// In order of time.
    pub readings: Vec<PollReading<'s>>,
}

/// What one poll said.
pub(super) struct PollReading<'s> {
    pub poll: &'s str,
    when: Span,
    pub year: i32,
    /// More of the mood is more.
    pub value: f64,
    pub n_eff: f64,
    pub flags: Vec<Flag>,
    pub origins: Vec<Origin>,
}

/// The items that were asked in enough years; remarks tell of the others.
pub(super) fn items<'s>(analysis: &'s MoodAnalysis, work: &mut Work<'s>) -> Vec<Item<'s>> {
    let mut out: Vec<Item<'s>> = Vec::new();
    for definition in &analysis.item {
        let Some(question) = work.question(&analysis.id, &definition.question) else { continue };
        if !check(analysis, definition, question, work) {
            continue;
        }
        for item in of_question(analysis, definition, question, work) {
            let mut years: Vec<i32> = item.readings.iter().map(|reading| reading.year).collect();
            years.dedup();
            if years.len() >= analysis.asked_at_least {
                out.push(item);
            } else {
                let text = format!("left out: asked in {} years, {} are needed", years.len(), analysis.asked_at_least);
                work.remark(&analysis.id, &item.id, text);
            }
        }
    }
    out
}

/// Are the names of an item known, and can its answers be read as shares?
fn check(analysis: &MoodAnalysis, definition: &MoodItem, question: &Question, work: &mut Work<'_>) -> bool {
    let has_side = |side: &&Side| question.answers.iter().any(|answer| answer.side == Some(**side));
    let sides = Side::ALL.iter().filter(has_side).map(|side| side.word());
    let known: Vec<&str> = question.answers.iter().map(|answer| answer.id.as_str()).chain(sides).collect();
    let is_known = known.contains(&definition.answer.as_str());
    if !is_known {
        work.unknown(&analysis.id, "answer or side", &definition.answer, known);
    }
    let is_share = question.kind != QuestionKind::Net;
    if !is_share {
        let problem = work.problem(&analysis.id, "A15", format!("question `{}` gives no shares", question.id));
        problem.hint = Some("a mood takes shares; leave out questions of differences".to_owned());
    }
    is_known && is_share
}

fn of_question<'s>(
    analysis: &'s MoodAnalysis,
    definition: &'s MoodItem,
    question: &'s Question,
    work: &mut Work<'s>,
) -> Vec<Item<'s>> {
    let request = Request {
        question: &definition.question,
        pollsters: &definition.pollsters,
        universe: analysis.universe.as_deref(),
        from: analysis.from,
        until: analysis.until,
    };
    let polls = select(work.study, question, request);
    let mut items: Vec<(SegmentKey<'s>, Item<'s>)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for poll in polls.taken {
        let Some(reading) = reading(analysis, definition, question, &poll, work) else { continue };
        match items.iter().position(|(key, _)| key.is_same_as(&poll.key)) {
            Some(place) => items[place].1.readings.push(reading),
            None => {
                let pollster = poll.topline.pollster.as_str();
                let parts = [definition.question.as_str(), &definition.answer, pollster, poll.key.version()];
                let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
                let n_alike = names.iter().filter(|other| **other == name).count();
                let id = if n_alike == 0 { name.clone() } else { format!("{name}-{}", n_alike + 1) };
                names.push(name);
                items.push((poll.key, Item { id, definition, pollster, readings: vec![reading] }));
            }
        }
    }
    items.into_iter().map(|(_, item)| item).collect()
}

/// The reading of a poll: the share of the answer, or one minus it; none where it is not printed or has no base.
fn reading<'s>(
    analysis: &MoodAnalysis,
    definition: &MoodItem,
    question: &Question,
    poll: &Selected<'s>,
    work: &mut Work<'s>,
) -> Option<PollReading<'s>> {
    let topline = poll.topline;
    let printed = match printed(question, topline, &definition.answer) {
        Ok(printed) => printed,
        Err(Absent::Unknown) => return None,
        Err(Absent::NotPrinted(why)) => {
            let about = format!("{}/{}", definition.question, definition.answer);
            work.remark(&analysis.id, &topline.poll, format!("left out for {about}: {why}"));
            return None;
        }
    };
    let share = printed.share.clamp(0.0, 1.0);
    let mut flags = poll.flags.clone();
    let base = match (&poll.sample, &analysis.base_where_unknown) {
        (Ok(sample), _) => sample.n_eff(),
        (Err(_), Some(assumed)) => {
            flags.push(Flag::NAssumed);
            assumed.n_eff
        }
        (Err(why), None) => {
            work.remark(&analysis.id, &topline.poll, format!("left out: {why}"));
            return None;
        }
    };
    // The rounding of the printed percent makes the base a little smaller.
    let variance = share * (1.0 - share);
    let n_eff = if variance > 0.0 { variance / (variance / base + printed.rounding_variance) } else { base };
    Some(PollReading {
        poll: &topline.poll,
        when: topline.known_field(),
        year: topline.field.mid_year().floor() as i32,
        value: if definition.against { 1.0 - share } else { share },
        n_eff,
        flags,
        origins: printed.origins,
    })
}

/// The readings of an item as results.
pub(super) fn records(analysis: &MoodAnalysis, item: &Item<'_>) -> Vec<ResultRecord> {
    let records = item.readings.iter().map(|reading| {
        let figures = Figures {
            n_eff: Some(reading.n_eff),
            ..Figures::without_interval(
                reading.value,
                "a reading of the mood; the poll itself stands with its question",
            )
        };
        ResultRecord::new(&analysis.id, &["asked", &item.id, reading.poll], Unit::Share, Evidence::Published)
            .with("measure", "asked")
            .with("item", &item.id)
            .with("question", &item.definition.question)
            .with("answer", &item.definition.answer)
            .with("pollster", item.pollster)
            .with("poll", reading.poll)
            .at(reading.when)
            .flags(reading.flags.iter().copied())
            .rests_on(&reading.origins)
            .figures(figures)
    });
    records.collect()
}
