//! A table of polls: columns read, every cell checked.

use std::sync::Arc;

use super::args::ColumnArgs;
use super::houses::{self, House};
use crate::cli::data::columns::{DataFile, Reading, unusable};
use crate::cli::data::filter;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::study::{Origin, PartialDate, Span};

/// A poll of the table.
#[derive(Debug, Clone)]
pub struct PollRow {
    /// Position among [`PollTable::houses`].
    pub house: usize,
    pub field: Span,
    /// 0..=1.
    pub share: f64,
    /// Digits printed behind the decimal mark of the percent.
    pub decimals: u8,
    pub n: Option<u32>,
    /// Number interviewed where the table gives none.
    pub assumed_n: Option<u32>,
    pub deff: f64,
    pub origin: Origin,
}

/// A poll table that was read.
#[derive(Debug, Clone)]
pub struct PollTable {
    pub houses: Vec<House>,
    pub polls: Vec<PollRow>,
    /// What should be known: rows left out, assumptions.
    pub notes: Vec<String>,
    /// Name of the column with the shares.
    pub answer: String,
    /// Name of the file without its folder, so that a picture knows no machine.
    pub file: String,
}

/// Reads the table.
///
/// # Errors
///
/// `E15` for columns that are not there, `E18` and `E20` for cells that cannot be read, `E47` for shares outside their range or on another
/// scale, `E48` for dates, `E41` for assumptions about nobody; all problems together.
pub fn read(file: &DataFile, args: &ColumnArgs) -> Result<PollTable> {
    let (column, is_percent) = value_column(file, args)?;
    let mask = args.condition.as_deref().map(|condition| filter::mask(condition, file)).transpose()?;
    let rows: Vec<usize> = (0..file.n_rows()).filter(|row| mask.as_ref().is_none_or(|mask| mask[*row])).collect();
    if rows.is_empty() {
        let hint = "check `--where`; the table needs one row a poll";
        return Err(unusable("E44", file.name(), "no poll is left", hint));
    }
    let is_month = months(file, args.month_only.as_deref())?;
    let mut reading = file.reading();
    let values = reading.numbers(column);
    let shares = shares(&mut reading, &rows, column, &values, is_percent);
    let fields = fields(&mut reading, &rows, args, &is_month);
    let sizes = args.n.as_ref().map(|column| reading.numbers(column));
    if let (Some(column), Some(sizes)) = (&args.n, &sizes) {
        check_cells(&mut reading, &rows, column, sizes, "a number of people, 1 or more", |n| {
            n.is_nan() || (n >= 1.0 && n <= f64::from(u32::MAX))
        });
    }
    let printed = reading.texts(column);
    let labels = houses::labels(&mut reading, &rows, args);
    let houses = houses::houses(&labels);
    let position = |label: &String| houses.iter().position(|house| house.label == *label).unwrap_or(0);
    let house_of: Vec<usize> = labels.iter().map(position).collect();
    let assumed = houses::numbers(&mut reading, "--assume-n", &args.assume_n, &houses);
    let effects = houses::design_effects(&mut reading, &rows, &args.deff, &houses, &house_of);
    reading.finish()?;
    let decimals = |row: usize| {
        let text = printed.get(row).and_then(Option::as_deref).unwrap_or_default();
        printed_decimals(text, is_percent)
    };
    let name: Arc<str> = file.name().into();
    let mut table = PollTable {
        houses,
        polls: Vec::new(),
        notes: Vec::new(),
        answer: column.clone(),
        file: base_name(file.name()),
    };
    let mut n_without_share = 0;
    for (k, row) in rows.iter().enumerate() {
        let (Some(share), Some(field)) = (shares[k], fields[k]) else {
            n_without_share += 1;
            continue;
        };
        let house = house_of[k];
        let n = sizes.as_ref().map(|sizes| sizes[*row]).filter(|n| !n.is_nan());
        table.polls.push(PollRow {
            house,
            field,
            share,
            decimals: decimals(*row),
            n: n.map(|n| n.round() as u32),
            assumed_n: assumed.get(house).copied().flatten().map(|n| n.round() as u32),
            deff: effects.get(k).copied().unwrap_or(1.0),
            origin: Origin::line(&name, file.line(*row)),
        });
    }
    table.notes = notes(&table, n_without_share, args);
    check_samples(file, &table)?;
    Ok(table)
}

/// The column of the shares, and are they percentages?
///
/// # Errors
///
/// `E41` where none is named.
pub(super) fn value_column<'a>(file: &DataFile, args: &'a ColumnArgs) -> Result<(&'a String, bool)> {
    match (&args.percent, &args.share) {
        (Some(column), _) => Ok((column, true)),
        (None, Some(column)) => Ok((column, false)),
        (None, None) => Err(no_value(file)),
    }
}

pub(super) fn base_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// The rows whose dates stand for months.
fn months(file: &DataFile, condition: Option<&str>) -> Result<Vec<bool>> {
    match condition {
        None => Ok(vec![false; file.n_rows()]),
        Some("") => Ok(vec![true; file.n_rows()]),
        Some(condition) => filter::mask(condition, file),
    }
}

fn no_value(file: &DataFile) -> Error {
    let listed = file.columns().join(", ");
    unusable(
        "E41",
        file.name(),
        "which column holds the shares?",
        &format!("name it with `--percent COL` (0 to 100) or `--share COL` (0 to 1); columns: {listed}"),
    )
}

/// Shares in 0..=1; nothing where the cell is empty.
pub(super) fn shares(
    reading: &mut Reading<'_>,
    rows: &[usize],
    column: &str,
    values: &[f64],
    is_percent: bool,
) -> Vec<Option<f64>> {
    if values.is_empty() {
        return vec![None; rows.len()];
    }
    let present = || rows.iter().map(|row| values[*row]).filter(|value| !value.is_nan());
    let most = present().fold(f64::NEG_INFINITY, f64::max);
    let place = || Place::file(reading.file().name()).column(column);
    let looks_like_shares = is_percent && present().count() > 1 && most > 0.0 && most <= 1.0;
    if looks_like_shares {
        let problem = Diagnostic::error("E41", place(), format!("no value of `{column}` is above 1"))
            .observed(format!("values up to {most}"))
            .expected("percentages, from 0 to 100")
            .hint(format!("if these are shares, name the column with `--share {column}`"));
        reading.problem(problem);
    } else if !is_percent && most > 1.0 && most <= 100.0 {
        let problem = Diagnostic::error("E41", place(), format!("`{column}` has values above 1"))
            .observed(format!("values up to {most}"))
            .expected("shares, from 0 to 1")
            .hint(format!("if these are percentages, name the column with `--percent {column}`"));
        reading.problem(problem);
    } else {
        let (limit, expected) =
            if is_percent { (100.0, "a percentage from 0 to 100") } else { (1.0, "a share from 0 to 1") };
        check_cells(reading, rows, column, values, expected, |value| value.is_nan() || (0.0..=limit).contains(&value));
    }
    let unit = if is_percent { 100.0 } else { 1.0 };
    rows.iter().map(|row| Some(values[*row] / unit).filter(|share| !share.is_nan())).collect()
}

/// A problem for each cell of some rows that does not fulfil a condition.
pub(super) fn check_cells(
    reading: &mut Reading<'_>,
    rows: &[usize],
    column: &str,
    values: &[f64],
    expected: &str,
    is_usable: impl Fn(f64) -> bool,
) {
    let bad = rows.iter().filter(|row| values.get(**row).is_some_and(|value| !is_usable(*value)));
    for row in bad.copied().collect::<Vec<_>>() {
        let problem =
            reading.file().point("E47", row, column, &values[row].to_string(), format!("`{column}` is out of range"));
        reading.problem(
            problem.expected(expected).hint("correct the value, or leave the cell empty where it is not known"),
        );
    }
}

/// Field dates: first and last day where given, otherwise the date.
fn fields(reading: &mut Reading<'_>, rows: &[usize], args: &ColumnArgs, is_month: &[bool]) -> Vec<Option<Span>> {
    let has_field = args.field_start.is_some();
    let date = args.date.as_deref().or((!has_field).then_some("date"));
    let mut column = |name: Option<&str>| name.map(|name| dates(reading, rows, name, is_month));
    let date_values = column(date);
    let (starts, ends) = (column(args.field_start.as_deref()), column(args.field_end.as_deref()));
    let mut out = Vec::with_capacity(rows.len());
    for (k, row) in rows.iter().enumerate() {
        let at =
            |dates: &Option<Vec<Option<PartialDate>>>| dates.as_ref().and_then(|dates| dates.get(k).copied().flatten());
        let span = match (at(&starts), at(&ends)) {
            (Some(start), Some(end)) => Some(Span { start, end }),
            (Some(one), None) | (None, Some(one)) => Some(at(&date_values).map_or(Span::at(one), Span::at)),
            (None, None) => at(&date_values).map(Span::at),
        };
        let named = args.field_start.as_deref().or(date).unwrap_or("date");
        if let Some(span) = span.filter(|span| span.start.first_day() > span.end.last_day()) {
            let message = format!("the field ends ({}) before it begins ({})", span.end, span.start);
            let problem = reading.file().point("E48", *row, named, "", message);
            reading.problem(problem.hint("exchange the dates"));
        } else if span.is_none() && reading.is_clean() {
            let problem = reading.file().point("E48", *row, named, "", "the poll has no date".to_owned());
            reading.problem(
                problem
                    .expected("a date such as 2014-03-18 or 2014-03")
                    .hint("fill the cell, or leave the row out with `--where`"),
            );
        }
        out.push(span);
    }
    out
}

fn dates(reading: &mut Reading<'_>, rows: &[usize], column: &str, is_month: &[bool]) -> Vec<Option<PartialDate>> {
    let texts = reading.texts(column);
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(text) = texts.get(*row).and_then(Option::as_deref) else {
            out.push(None);
            continue;
        };
        match text.parse::<PartialDate>() {
            Ok(date) => out.push(Some(if is_month[*row] { month_of(date) } else { date })),
            Err(error) => {
                let problem = reading.file().point("E48", *row, column, text, error.to_string());
                reading.problem(
                    problem.expected("2014-03-18, 2014-03 or 2014").hint("write the year first, with hyphens"),
                );
                out.push(None);
            }
        }
    }
    out
}

/// The month of a day; coarser dates stay.
fn month_of(date: PartialDate) -> PartialDate {
    let text = date.to_string();
    text.get(..7).and_then(|month| month.parse().ok()).unwrap_or(date)
}

/// Digits printed behind the decimal mark of a percent; a share prints two fewer.
pub(super) fn printed_decimals(text: &str, is_percent: bool) -> u8 {
    let digits = text.trim().split_once('.').map_or(0, |(_, digits)| digits.len());
    let digits = if is_percent { digits } else { digits.saturating_sub(2) };
    u8::try_from(digits.min(6)).unwrap_or(6)
}

fn notes(table: &PollTable, n_without_share: usize, args: &ColumnArgs) -> Vec<String> {
    let mut notes = Vec::new();
    if n_without_share > 0 {
        notes.push(format!("{n_without_share} rows without a share are left out"));
    }
    let n_certain = table.polls.iter().filter(|poll| poll.share == 0.0 || poll.share == 1.0).count();
    if n_certain > 0 {
        notes.push(format!(
            "{n_certain} polls of 0 % or 100 %: check them; their sampling error is that of half an answer more or less"
        ));
    }
    let n_assumed = table.polls.iter().filter(|poll| poll.n.is_none() && poll.assumed_n.is_some()).count();
    if n_assumed > 0 {
        notes.push(format!("the number interviewed of {n_assumed} polls is assumed (`--assume-n`), not printed"));
    }
    let n_unknown = table.polls.iter().filter(|poll| poll.n.is_none() && poll.assumed_n.is_none()).count();
    if n_unknown > 0 {
        notes.push(format!(
            "{n_unknown} polls without a number interviewed are left out; `--assume-n` would take them in"
        ));
    }
    if args.deff.is_empty() {
        notes.push(
            "no design effect is given, so sampling errors are those of simple random samples; polls have more (`--deff`)"
                .to_owned(),
        );
    }
    notes
}

/// Refuses a table in which no poll says how many were interviewed, or which holds one poll only.
fn check_samples(file: &DataFile, table: &PollTable) -> Result<()> {
    let with_sample = table.polls.iter().filter(|poll| poll.n.or(poll.assumed_n).is_some()).count();
    match with_sample {
        0 => Err(unusable(
            "E44",
            file.name(),
            "no poll says how many were interviewed",
            "name the column with `--n COL`, or declare it: `--assume-n 1000`, or `--assume-n POLLSTER=1000`",
        )),
        1 => Err(unusable(
            "E44",
            file.name(),
            "one poll with a known sample makes no trend",
            "a level that moves needs three polls or more",
        )),
        _ => Ok(()),
    }
}
