//! The functions that templates and conditions call.

use std::result::Result;

use minijinja::{Environment, Error, ErrorKind};

use super::{Entry, References, Used};
use crate::analysis::result::Unit;

/// More decimals than any result has.
const MOST_DECIMALS: usize = 6;

/// Adds all functions to an environment.
pub(super) fn add(environment: &mut Environment<'static>, references: &References, used: &Used) {
    let text = |function: fn(&References, &Entry, Option<usize>) -> Result<String, Error>| {
        let (references, used) = (references.clone(), used.clone());
        move |id: &str, decimals: Option<usize>| -> Result<String, Error> {
            let decimals = checked(decimals)?;
            function(&references, references.entry(id, &used)?, decimals)
        }
    };
    environment.add_function("share", text(share));
    environment.add_function("points", text(points));
    environment.add_function("number", text(number));
    environment.add_function("ratio", text(ratio));
    environment.add_function("range", text(range));
    environment.add_function("tally", text(tally));
    environment.add_function("base", text(base));
    environment.add_function("when", text(when));
    environment.add_function("level", text(level));
    environment.add_function("p_value", text(p_value));

    let plain = |what: &'static str, function: fn(&Entry) -> Option<f64>| {
        let (references, used) = (references.clone(), used.clone());
        move |id: &str| -> Result<f64, Error> {
            let entry = references.entry(id, &used)?;
            function(entry).ok_or_else(|| undefined(id, what, entry))
        }
    };
    environment.add_function("est", plain("estimate", |entry| entry.figures.estimate));
    environment.add_function("se", plain("standard error", |entry| entry.figures.se));
    environment.add_function("low", plain("lower limit", |entry| entry.figures.ci_low));
    environment.add_function("high", plain("upper limit", |entry| entry.figures.ci_high));
    environment.add_function("n", plain("known base", |entry| entry.figures.n.map(|n| n as f64)));
    environment.add_function("p", plain("test", |entry| entry.figures.test.as_ref().map(|test| test.p_value)));
    let (all, record) = (references.clone(), used.clone());
    environment.add_function("known", move |id: &str| -> Result<bool, Error> {
        Ok(all.entry(id, &record)?.figures.estimate.is_some())
    });
}

fn checked(decimals: Option<usize>) -> Result<Option<usize>, Error> {
    match decimals {
        Some(decimals) if decimals > MOST_DECIMALS => {
            Err(wrong(format!("{decimals} decimals asked for, {MOST_DECIMALS} is the most")))
        }
        decimals => Ok(decimals),
    }
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// A value that a condition needs and the result does not have.
fn undefined(id: &str, what: &str, entry: &Entry) -> Error {
    let reason = entry.figures.reason.as_deref().unwrap_or("not given");
    Error::new(ErrorKind::UndefinedError, format!("`{id}` has no {what}: {reason}"))
}

/// The estimate, if the unit fits the function.
fn value(entry: &Entry, function: &str, units: &[Unit], other: &str) -> Result<Option<f64>, Error> {
    if units.contains(&entry.unit) {
        Ok(entry.figures.estimate)
    } else {
        Err(wrong(format!("{function}() does not fit a result in the unit {:?}; use {other}", entry.unit)))
    }
}

fn or_reason(references: &References, entry: &Entry, text: Option<String>, phrase: &str) -> String {
    text.unwrap_or_else(|| {
        let phrase = references.locale.phrase(phrase);
        entry.figures.reason.as_ref().map_or_else(|| phrase.to_owned(), |reason| format!("{phrase} ({reason})"))
    })
}

fn share(references: &References, entry: &Entry, decimals: Option<usize>) -> Result<String, Error> {
    let value = value(entry, "share", &[Unit::Share], "points() or number()")?;
    let text = value.map(|value| references.locale.percent(value, decimals.unwrap_or(0)));
    Ok(or_reason(references, entry, text, "not-estimable"))
}

/// A share of things that were counted one by one, as a count: `7 of 17`.
fn tally(references: &References, entry: &Entry, _: Option<usize>) -> Result<String, Error> {
    let share = value(entry, "tally", &[Unit::Share], "number()")?;
    let Some(n) = entry.figures.n else { return Err(wrong("tally() needs a result with a base".to_owned())) };
    let text = share.map(|share| {
        let locale = &references.locale;
        let (count, n) = ((share * n as f64).round(), locale.number(n as f64, 0));
        let phrase = locale.phrase(if count == 0.0 { "none-of" } else { "count-of" });
        phrase.replace("{count}", &locale.number(count, 0)).replace("{n}", &n)
    });
    Ok(or_reason(references, entry, text, "not-estimable"))
}

fn points(references: &References, entry: &Entry, decimals: Option<usize>) -> Result<String, Error> {
    let units = [Unit::ShareDifference, Unit::ShareSize, Unit::SharePerDecade];
    let value = value(entry, "points", &units, "share() or number()")?;
    let decimals = decimals.unwrap_or(0);
    let text = value.map(|value| match entry.unit {
        Unit::ShareSize => references.locale.point_size(value, decimals),
        _ => references.locale.points(value, decimals),
    });
    Ok(or_reason(references, entry, text, "not-estimable"))
}

fn number(references: &References, entry: &Entry, decimals: Option<usize>) -> Result<String, Error> {
    if entry.unit == Unit::Year {
        let text = entry.figures.estimate.map(|time| references.locale.time(time));
        return Ok(or_reason(references, entry, text, "not-estimable"));
    }
    let units = [Unit::Count, Unit::PerYear, Unit::PerMillion, Unit::Ratio, Unit::Index];
    let value = value(entry, "number", &units, "share() or points()")?;
    let Some(decimals) = decimals else { return Err(wrong("number() needs the number of decimals".to_owned())) };
    let text = value.map(|value| references.locale.number(value, decimals));
    Ok(or_reason(references, entry, text, "not-estimable"))
}

fn ratio(references: &References, entry: &Entry, decimals: Option<usize>) -> Result<String, Error> {
    let value = value(entry, "ratio", &[Unit::Ratio], "number()")?;
    let text = value.map(|value| {
        let decimals = decimals.unwrap_or(if value < 1.0 { 2 } else { 1 });
        references.locale.number(value, decimals)
    });
    Ok(or_reason(references, entry, text, "not-estimable"))
}

fn range(references: &References, entry: &Entry, decimals: Option<usize>) -> Result<String, Error> {
    let (locale, decimals) = (&references.locale, decimals.unwrap_or(0));
    let text = entry.figures.ci_low.zip(entry.figures.ci_high).map(|(low, high)| match entry.unit {
        Unit::Share => locale.percent_range(low, high, decimals),
        Unit::ShareDifference | Unit::SharePerDecade => locale.points_range(low, high, decimals),
        Unit::ShareSize => locale.point_size_range(low, high, decimals),
        Unit::Count | Unit::PerYear | Unit::PerMillion | Unit::Ratio | Unit::Index => {
            locale.number_range(low, high, decimals)
        }
        Unit::Year => locale.time_range(low, high),
    });
    Ok(or_reason(references, entry, text, "no-interval"))
}

fn base(references: &References, entry: &Entry, _: Option<usize>) -> Result<String, Error> {
    let text = entry.figures.n.map(|n| references.locale.number(n as f64, 0));
    Ok(text.unwrap_or_else(|| references.locale.phrase("base-unknown").to_owned()))
}

fn when(references: &References, entry: &Entry, _: Option<usize>) -> Result<String, Error> {
    let text = entry.when.map(|span| references.locale.span(span));
    Ok(text.unwrap_or_else(|| references.locale.phrase("undated").to_owned()))
}

fn level(references: &References, entry: &Entry, _: Option<usize>) -> Result<String, Error> {
    let text = entry.figures.level.map(|level| references.locale.percent(level, 0));
    Ok(or_reason(references, entry, text, "no-interval"))
}

/// A p value as [`Locale::p_value`](crate::locale::Locale::p_value) writes it.
fn p_value(references: &References, entry: &Entry, decimals: Option<usize>) -> Result<String, Error> {
    let locale = &references.locale;
    let text = entry.figures.test.as_ref().map(|test| match locale.p_value(test.p_value, decimals) {
        bound if bound.starts_with('<') => format!("p {bound}"),
        value => format!("p = {value}"),
    });
    Ok(text.unwrap_or_else(|| locale.phrase("not-tested").to_owned()))
}
