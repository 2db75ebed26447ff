//! Printed age groups: a row is a group in a poll.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::args::ColumnArgs;
use super::super::polls::{base_name, check_cells, printed_decimals, shares, value_column};
use super::super::study::{ANSWER, POLLS, QUESTION, UNIVERSE, plain, question};
use super::{AGES, AgeArgs, ByAge, analyses, figures, periods, split};
use crate::cli::data::columns::{DataFile, Reading, unusable};
use crate::cli::data::filter;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Result;
use crate::ingest::table::parse_number;
use crate::study::definition::{
    AgesAnalysis, Assumption, ChangeSplitAnalysis, Definition, Pollster, PublishedGroups, SubgroupAnalysis, Universe,
};
use crate::study::{
    Completeness, Origin, PopulationFrame, PublishedGroup, PublishedShare, PublishedTopline, Span, Study,
};

const POLLSTER: &str = "poll";
const AGE: &str = "age";
/// Labels that mean everybody.
const ALL: &[&str] = &["", "all", "total"];

/// The study of the table.
pub fn read(file: &DataFile, columns: &ColumnArgs, args: &AgeArgs, [age, period]: [&str; 2]) -> Result<ByAge> {
    let (column, is_percent) = value_column(file, columns)?;
    let mask = columns.condition.as_deref().map(|condition| filter::mask(condition, file)).transpose()?;
    let rows: Vec<usize> = (0..file.n_rows()).filter(|row| mask.as_ref().is_none_or(|mask| mask[*row])).collect();
    let mut reading = file.reading();
    let values = reading.numbers(column);
    let shares = shares(&mut reading, &rows, column, &values, is_percent);
    let printed = reading.texts(column);
    let (periods, period_of_row) = periods(&mut reading, &rows, period);
    let groups = reading.texts(age);
    let group = |row: usize| groups.get(row).and_then(Option::as_deref).unwrap_or_default().trim().to_owned();
    let sizes = positive(&mut reading, &rows, columns.n.as_deref(), "a number of people, 1 or more");
    let people = positive(&mut reading, &rows, args.composition.as_deref(), "a share or number above 0");
    let deff = deff(&mut reading, &columns.deff);
    refuse_twice(&mut reading, &rows, &period_of_row, &group, &shares, [age, period]);
    reading.finish()?;
    if periods.is_empty() {
        return Err(unusable("E44", file.name(), "no row is left", "check `--where` and the column of `--period`"));
    }
    let name: Arc<str> = file.name().into();
    let is_all = |label: &str| ALL.contains(&label.to_lowercase().as_str());
    let mut toplines = Vec::new();
    let mut frames: Vec<PopulationFrame> = Vec::new();
    let mut n_without_share = 0;
    for (k, at) in periods.iter().enumerate() {
        let of_period: Vec<usize> = (0..rows.len()).filter(|i| period_of_row[*i] == Some(k)).collect();
        let of_groups = || of_period.iter().filter(|i| !is_all(&group(rows[**i])));
        let n: Option<f64> = of_groups().map(|i| sizes.as_ref().and_then(|sizes| sizes[*i])).sum();
        for i in &of_period {
            let Some(share) = shares[*i] else {
                n_without_share += 1;
                continue;
            };
            let label = group(rows[*i]);
            let text = printed.get(rows[*i]).and_then(Option::as_deref).unwrap_or_default();
            let own = PublishedGroup {
                variable: AGE.to_owned(),
                label: label.clone(),
                n: sizes.as_ref().and_then(|sizes| sizes[*i]).map(|n| n.round() as u32),
            };
            toplines.push(PublishedTopline {
                data: POLLS.to_owned(),
                poll: at.id.clone(),
                pollster: POLLSTER.to_owned(),
                question: QUESTION.to_owned(),
                universe: UNIVERSE.to_owned(),
                field: Span::at(at.date),
                is_month_only: false,
                mode: String::new(),
                n: n.map(|n| n.round() as u32),
                group: (!is_all(&label)).then_some(own),
                completeness: Completeness::Partial,
                segment: String::new(),
                answers: vec![PublishedShare {
                    answer: ANSWER.to_owned(),
                    share,
                    decimals: printed_decimals(text, is_percent),
                    origin: Origin::line(&name, file.line(rows[*i])),
                }],
            });
        }
        if let Some(people) = &people {
            let cells = of_groups().filter_map(|i| Some((vec![group(rows[*i])], people[*i]?)));
            frames.push(PopulationFrame {
                id: at.id.clone(),
                file: name.clone(),
                characteristics: vec![AGE.to_owned()],
                cells: cells.collect::<BTreeMap<_, _>>(),
                lines: of_groups().map(|i| file.line(rows[*i])).collect(),
            });
        }
    }
    let notes = notes(columns, args, n_without_share);
    let of_groups = || PublishedGroups {
        of: POLLS.to_owned(),
        questions: vec![QUESTION.to_owned()],
        answer: ANSWER.to_owned(),
        variable: AGE.to_owned(),
    };
    let ages = AgesAnalysis {
        id: AGES.to_owned(),
        surveys: Vec::new(),
        measure: None,
        age: AGE.to_owned(),
        cohorts: None,
        groups: Some(of_groups()),
    };
    let frame_ids = frames.iter().map(|frame| frame.id.clone()).collect();
    let split = ChangeSplitAnalysis { groups: Some(of_groups()), frames: frame_ids, ..split(args) };
    let mut all = analyses(ages, split);
    all.subgroups.push(SubgroupAnalysis {
        id: POLLS.to_owned(),
        data: POLLS.to_owned(),
        questions: vec![QUESTION.to_owned()],
        variables: vec![AGE.to_owned()],
        across_clusters: vec![AGE.to_owned()],
    });
    let assumption = Assumption {
        from: None,
        until: None,
        n: None,
        deff,
        reason: plain("given on the command line"),
        source: "command line".to_owned(),
    };
    let pollster =
        Pollster { id: POLLSTER.to_owned(), label: plain("Poll"), labels: Vec::new(), assume: vec![assumption] };
    let definition = Definition {
        universe: vec![Universe { id: UNIVERSE.to_owned(), label: plain("all"), labels: Vec::new(), main: true }],
        pollster: vec![pollster],
        question: vec![question(column)],
        analysis: all,
        figure: figures(column, &base_name(file.name())),
        ..Definition::default()
    };
    let mut study = Study { definition, ..Study::default() };
    (study.toplines, study.frames) = (toplines, frames);
    Ok(ByAge { study, notes })
}

/// A column of numbers above 0, by position among the rows; empty cells are not known.
fn positive(
    reading: &mut Reading<'_>,
    rows: &[usize],
    column: Option<&str>,
    expected: &str,
) -> Option<Vec<Option<f64>>> {
    let values = reading.numbers(column?);
    check_cells(reading, rows, column?, &values, expected, |value| value.is_nan() || (value > 0.0 && value < 1e10));
    let value = |row: &usize| values.get(*row).copied().filter(|value| !value.is_nan());
    Some(rows.iter().map(value).collect())
}

/// The design effect of all polls.
fn deff(reading: &mut Reading<'_>, given: &[String]) -> f64 {
    match given {
        [] => 1.0,
        [one] if parse_number(one).is_some_and(|deff| (0.1..=100.0).contains(&deff)) => {
            parse_number(one).unwrap_or(1.0)
        }
        _ => {
            let problem = Diagnostic::error("E41", Place::file("--deff"), "printed age groups take one design effect");
            reading.problem(problem.observed(given.join(", ")).expected("a number from 0.1 to 100"));
            1.0
        }
    }
}

/// A problem for each second row of one group in one period: which of them is meant?
fn refuse_twice(
    reading: &mut Reading<'_>,
    rows: &[usize],
    period_of_row: &[Option<usize>],
    group: &dyn Fn(usize) -> String,
    shares: &[Option<f64>],
    [age, period]: [&str; 2],
) {
    let mut first: BTreeMap<(usize, String), u64> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let (Some(at), Some(_)) = (period_of_row[i], shares[i]) else { continue };
        let line = reading.file().line(*row);
        if let Some(before) = first.insert((at, group(*row)), line) {
            let message = format!("a second row of this group in this `{period}`, after line {before}");
            let problem = reading.file().point("E47", *row, age, &group(*row), message);
            reading.problem(
                problem.expected("one row a group and period").hint("choose a poll and an answer with `--where`"),
            );
        }
    }
}

fn notes(columns: &ColumnArgs, args: &AgeArgs, n_without_share: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if n_without_share > 0 {
        notes.push(format!("{n_without_share} rows without a share are left out"));
    }
    match (&columns.n, &args.composition) {
        (None, None) => notes.push(
            "neither `--n` nor `--composition` is given: shares stand without intervals, and changes cannot be split".to_owned(),
        ),
        (None, Some(_)) => notes.push("without `--n` nothing has an interval".to_owned()),
        (Some(_), None) => notes.push(
            "the numbers of people in the groups are taken as the composition; weighted polls have another (`--composition`)"
                .to_owned(),
        ),
        (Some(_), Some(_)) => {}
    }
    if columns.n.is_some() && columns.deff.is_empty() {
        notes.push(
            "no design effect is given, so sampling errors are those of simple random samples; polls have more (`--deff`)"
                .to_owned(),
        );
    }
    notes
}
