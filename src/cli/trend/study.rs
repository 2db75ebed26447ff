//! A table of polls as a study of its own, so that a file and a declared study go through the same analyses.

use std::collections::BTreeMap;

use super::args::{HousesRule, ModelArgs};
use super::events::Declared;
use super::houses::{House, named, unknown_house};
use super::polls::{PollRow, PollTable};
use crate::analysis::result::{Flag, ResultRecord, Results};
use crate::cli::data::columns::unusable;
use crate::cli::estimate::quantity;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::ingest::table::parse_number;
use crate::locale::Locale;
use crate::study::definition::{
    Analyses, Answer, AnswerRole, AnswersAnalysis, Assumption, BreaksAnalysis, ChartKind, Definition, Figure,
    PlaceboDates, Pollster, PooledAnalysis, PooledEventKind, PooledHouses, PooledSource, PooledVariances, Question,
    QuestionKind, Text, TrendTestsAnalysis, Universe,
};
use crate::study::{Completeness, PublishedShare, PublishedTopline, Study};

/// Id of the pooled analysis.
pub const POOLED: &str = "pooled";
/// Id of the analysis of the polls as they are.
pub const POLLS: &str = "polls";
/// Id of the tests of rising or falling.
const TESTS: &str = "tests";
/// Id of the picture.
pub const FIGURE: &str = "trend";
/// Breaks within a house are looked for from this number of polls on.
const ENOUGH_FOR_BREAKS: usize = 20;
/// Months that dates without event keep from events in the search for breaks, where the flags leave placebos out.
const USUAL_MONTHS: u8 = 6;

pub(super) const QUESTION: &str = "question";
pub(super) const ANSWER: &str = "share";
pub(super) const UNIVERSE: &str = "all";

/// The study of a table.
///
/// # Errors
///
/// `E41` for an anchor or a weight of a pollster that is not in the table, `E49` for an event outside the time of the polls.
pub fn of(table: &PollTable, events: &[Declared], args: &ModelArgs) -> Result<Study> {
    let pooled_houses = pooled_houses(table, args)?;
    if !table.polls.iter().any(|poll| is_taken(poll, args)) {
        let hint = "correct `--from` and `--until`";
        return Err(unusable("E44", &table.file, "no poll lies in the time that is asked for", hint));
    }
    check_events(table, events)?;
    let definition = Definition {
        universe: vec![Universe { id: UNIVERSE.to_owned(), label: plain("all"), labels: Vec::new(), main: true }],
        pollster: table.houses.iter().enumerate().map(|(i, house)| pollster(i, house, table)).collect(),
        question: vec![question(&table.answer)],
        event: events.iter().map(|event| event.definition.clone()).collect(),
        analysis: analyses(table, events, pooled_houses, args),
        figure: vec![figure(table, events, args)],
        ..Definition::default()
    };
    Ok(Study { definition, toplines: toplines(table), ..Study::default() })
}

pub(super) fn plain(text: &str) -> Text {
    Text::Plain(text.to_owned())
}

/// Against what the houses are measured: what the flags say, the only house, or all of them alike.
fn pooled_houses(table: &PollTable, args: &ModelArgs) -> Result<PooledHouses> {
    if let Some(name) = &args.anchor {
        let house = named(&table.houses, name);
        let house = house.ok_or_else(|| Error::unusable(unknown_house("--anchor", name, &table.houses)))?;
        return Ok(PooledHouses::Anchor(house.id.clone()));
    }
    if !args.house_weight.is_empty() {
        return weights(table, &args.house_weight).map(PooledHouses::Weighted);
    }
    Ok(match (args.houses, &table.houses[..]) {
        (Some(HousesRule::Shrunken(sd)), _) => PooledHouses::Shrunken(sd),
        (Some(HousesRule::Weighted), _) => PooledHouses::WeightedByPolls,
        (Some(HousesRule::SumToZero), _) => PooledHouses::SumToZero,
        (None, [house]) => PooledHouses::Anchor(house.id.clone()),
        (None, _) => PooledHouses::SumToZero,
    })
}

/// Weights of houses by id; all problems together.
fn weights(table: &PollTable, given: &[String]) -> Result<BTreeMap<String, f64>> {
    let mut weights = BTreeMap::new();
    let mut problems = Vec::new();
    for text in given {
        let number = |text: &str| parse_number(text.trim()).filter(|number| *number >= 0.0 && number.is_finite());
        let Some((name, Some(weight))) = text.rsplit_once('=').map(|(name, text)| (name.trim(), number(text))) else {
            let problem = Diagnostic::error("E41", Place::file("--house-weight"), format!("`{text}` gives no weight"));
            problems.push(problem.hint("write POLLSTER=NUMBER, a number of 0 or more"));
            continue;
        };
        match named(&table.houses, name) {
            Some(house) => {
                weights.insert(house.id.clone(), weight);
            }
            None => problems.push(unknown_house("--house-weight", name, &table.houses)),
        }
    }
    if problems.is_empty() { Ok(weights) } else { Err(Error::Unusable(problems)) }
}

/// Refuses an event before the first or after the last poll: nothing could be said of it.
fn check_events(table: &PollTable, events: &[Declared]) -> Result<()> {
    let first = table.polls.iter().map(|poll| poll.field.start.first_day()).min();
    let last = table.polls.iter().map(|poll| poll.field.end.last_day()).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(()) };
    let outside = events.iter().filter(|event| {
        let date = event.definition.date;
        date.last_day() <= first || date.first_day() > last
    });
    let problems: Vec<Diagnostic> = outside
        .map(|event| {
            let place = Place::file("the events").key(event.definition.id.clone());
            let message = format!("the event of {} lies outside the time of the polls", event.definition.date);
            Diagnostic::error("E49", place, message)
                .observed(event.definition.date.to_string())
                .expected(format!("a date after {first} and no later than {last}"))
                .hint("a change needs polls on both sides; correct the date or leave the event out")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Unusable(problems)) }
}

/// A house with its assumed samples: one entry a date, since a column may say another design effect for each poll.
fn pollster(index: usize, house: &House, table: &PollTable) -> Pollster {
    let own: Vec<&PollRow> = table.polls.iter().filter(|poll| poll.house == index).collect();
    let assumption = |poll: &PollRow, is_for_all: bool| Assumption {
        from: (!is_for_all).then_some(poll.field.start),
        until: (!is_for_all).then_some(poll.field.end),
        n: poll.assumed_n,
        deff: poll.deff,
        reason: plain("given on the command line"),
        source: "command line".to_owned(),
    };
    let is_one = own.iter().all(|poll| poll.deff.total_cmp(&own[0].deff).is_eq());
    let assume = match own.first() {
        Some(first) if is_one => vec![assumption(first, true)],
        _ => own.iter().map(|poll| assumption(poll, false)).collect(),
    };
    Pollster { id: house.id.clone(), label: plain(&house.label), labels: vec![house.label.clone()], assume }
}

pub(super) fn question(label: &str) -> Question {
    let answer = Answer {
        id: ANSWER.to_owned(),
        label: plain(label),
        role: AnswerRole::Substantive,
        side: None,
        of: Vec::new(),
    };
    Question {
        id: QUESTION.to_owned(),
        wording: plain(label),
        label: plain(label),
        kind: QuestionKind::Multiple,
        answers: vec![answer],
        version: Vec::new(),
    }
}

fn toplines(table: &PollTable) -> Vec<PublishedTopline> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let topline = |poll: &PollRow| {
        let pollster = table.houses[poll.house].id.clone();
        let base = format!("{pollster}-{}", poll.field.end);
        let count = taken.entry(base.clone()).or_insert(0);
        *count += 1;
        let poll_id = if *count == 1 { base } else { format!("{base}-{count}") };
        PublishedTopline {
            data: POLLS.to_owned(),
            poll: poll_id,
            pollster,
            question: QUESTION.to_owned(),
            universe: UNIVERSE.to_owned(),
            field: poll.field,
            is_month_only: false,
            mode: String::new(),
            n: poll.n,
            group: None,
            completeness: Completeness::Partial,
            segment: String::new(),
            answers: vec![PublishedShare {
                answer: ANSWER.to_owned(),
                share: poll.share,
                decimals: poll.decimals,
                origin: poll.origin.clone(),
            }],
        }
    };
    table.polls.iter().map(topline).collect()
}

fn analyses(table: &PollTable, events: &[Declared], pooled_houses: PooledHouses, args: &ModelArgs) -> Analyses {
    let answers = AnswersAnalysis {
        id: POLLS.to_owned(),
        question: QUESTION.to_owned(),
        pollsters: Vec::new(),
        universe: None,
        answers: vec![ANSWER.to_owned()],
        from: args.from,
        until: args.until,
        yearly: false,
    };
    let placebo = (args.placebo > 0).then_some(PlaceboDates { months_away: args.placebo });
    let has_steps = events.iter().any(|event| event.change.kind == PooledEventKind::Step);
    let pooled = PooledAnalysis {
        id: POOLED.to_owned(),
        label: None,
        series: vec![PooledSource { question: QUESTION.to_owned(), answer: ANSWER.to_owned(), pollsters: Vec::new() }],
        universe: None,
        from: args.from,
        until: args.until,
        scale: args.scale.into(),
        level: args.level.into(),
        houses: pooled_houses,
        variances: if args.known_variances { PooledVariances::Known } else { PooledVariances::Averaged },
        scatter: !args.no_scatter,
        drifting: args.drifting,
        drifting_events: args.drifting && !events.is_empty(),
        step: args.step.into(),
        forecast: args.forecast,
        window_days: 91,
        event: events.iter().map(|event| event.change.clone()).collect(),
        shift: Vec::new(),
        placebo: placebo.filter(|_| has_steps),
    };
    let breaks = table.houses.iter().enumerate().filter(|(i, _)| {
        let n = table.polls.iter().filter(|poll| poll.house == *i && poll.n.or(poll.assumed_n).is_some()).count();
        !args.no_breaks && n >= ENOUGH_FOR_BREAKS
    });
    let breaks = breaks.map(|(_, house)| BreaksAnalysis {
        id: format!("breaks-{}", house.id),
        label: Some(plain(&house.label)),
        results: vec![format!("{POLLS}/{}-*/{ANSWER}", house.id)],
        events: events
            .iter()
            .filter(|event| event.change.kind == PooledEventKind::Step)
            .map(|event| event.definition.id.clone())
            .collect(),
        window_years: None,
        trimming: 0.15,
        most: 5,
        placebo: placebo.unwrap_or(PlaceboDates { months_away: USUAL_MONTHS }),
    });
    let tests = TrendTestsAnalysis {
        id: TESTS.to_owned(),
        of: Some(POLLS.to_owned()),
        answers: Vec::new(),
        results: Vec::new(),
        margin: args.margin,
        power: 0.8,
    };
    Analyses {
        answers: vec![answers],
        pooled: vec![pooled],
        breaks: breaks.collect(),
        trend_tests: vec![tests],
        ..Analyses::default()
    }
}

fn figure(table: &PollTable, events: &[Declared], args: &ModelArgs) -> Figure {
    Figure {
        id: FIGURE.to_owned(),
        chart: ChartKind::Pooled,
        analyses: vec![POOLED.to_owned(), POLLS.to_owned()],
        answers: Vec::new(),
        only: Vec::new(),
        places: Vec::new(),
        events: events.iter().map(|event| event.definition.id.clone()).collect(),
        title: plain(&table.answer),
        subtitle: Text::Plain(subtitle(table, args)),
        caption: Text::Plain(format!("Source: {}.", table.file)),
        labels: BTreeMap::new(),
        axis_max: None,
        tracks: Vec::new(),
    }
}

/// How many polls, by whom, of when and of how many people.
fn subtitle(table: &PollTable, args: &ModelArgs) -> String {
    let polls: Vec<&PollRow> = table.polls.iter().filter(|poll| is_taken(poll, args)).collect();
    let is_asked = |house: usize| polls.iter().any(|poll| poll.house == house);
    let asked = table.houses.iter().enumerate().filter(|(i, _)| is_asked(*i));
    let names: Vec<&str> = asked.map(|(_, house)| house.label.as_str()).collect();
    let mut text = format!("{} polls: {}", polls.len(), names.join(", "));
    let first = polls.iter().map(|poll| poll.field.start).min_by_key(|date| date.first_day());
    let last = polls.iter().map(|poll| poll.field.end).max_by_key(|date| date.last_day());
    if let (Some(first), Some(last)) = (first, last) {
        text.push_str(&format!("; {first} to {last}"));
    }
    let sizes = || polls.iter().filter_map(|poll| poll.n.or(poll.assumed_n));
    let assumed =
        if polls.iter().any(|poll| poll.n.is_none() && poll.assumed_n.is_some()) { ", assumed in part" } else { "" };
    if let (Some(least), Some(most)) = (sizes().min(), sizes().max()) {
        let [least, most] = [least, most].map(|n| quantity(f64::from(n), 0));
        let range = if least == most { least } else { format!("{least} to {most}") };
        text.push_str(&format!("; n = {range}{assumed}"));
    }
    text
}

/// Lies the poll in the time that is asked for?
fn is_taken(poll: &PollRow, args: &ModelArgs) -> bool {
    let (first, last) = (poll.field.start.first_day(), poll.field.end.last_day());
    args.from.is_none_or(|from| last >= from.first_day()) && args.until.is_none_or(|until| first <= until.last_day())
}

/// What the picture says: where the level stood when the last poll was taken.
pub fn title(name: &str, results: &Results, locale: &Locale) -> Text {
    let is_seen =
        |record: &&ResultRecord| record.about("measure") == "level" && !record.flags.contains(&Flag::Forecast);
    let last = results.of(POOLED).filter(|record| record.estimate.estimate.is_some()).filter(is_seen).last();
    let told = last.and_then(|record| {
        let e = &record.estimate;
        let percent = |value: f64| format!("{}%", quantity(100.0 * value, 0));
        let interval = e.ci_low.zip(e.ci_high).map(|(low, high)| format!(" ({} to {})", percent(low), percent(high)));
        let date = locale.date(record.when?.start);
        Some(format!("{name}: {}{} in {date}", percent(e.estimate?), interval.unwrap_or_default()))
    });
    Text::Plain(told.unwrap_or_else(|| name.to_owned()))
}
