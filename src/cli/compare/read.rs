//! From names of columns to an outcome, groups and what is held equal.

use super::args::WhatArgs;
use crate::analysis::compare::{Control, Outcome};
use crate::cli::data::columns::{Reading, note_of_alike, unusable};
use crate::cli::data::filter;
use crate::cli::survey::Survey;
use crate::cli::tabulate::{check_alpha, too_many};
use crate::design::Codes;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::Result;
use crate::ingest::table::parse_number;
use crate::study::PartialDate;

/// Most groups that are compared, and most values of a column of `--by`.
const MAX_GROUPS: usize = 200;
/// Most labels of a column that is held equal.
const MAX_LABELS: usize = 100;
/// Numbers with more values than this are held equal by a slope, others by one effect a value.
const FEW_VALUES: usize = 12;

/// What is compared.
pub struct Columns {
    pub outcome: Owned,
    /// The outcome in words.
    pub words: String,
    pub groups: Codes,
    pub reference: usize,
    pub controls: Vec<Control>,
    pub parts: Vec<Control>,
    pub trend: Option<Times>,
    /// The masks of `--by`, each with its label; one without a label otherwise.
    pub by: Vec<(String, Vec<bool>)>,
    /// Rows that count and have no group, no outcome.
    pub n_ungrouped: usize,
    pub n_missing: usize,
    /// Notes on labels that look alike.
    pub alike: Vec<String>,
}

/// The column of `--trend`.
pub struct Times {
    pub name: String,
    /// One a row; NaN where there is none.
    pub values: Vec<f64>,
    /// Dates become years with decimals; numbers stay as they are.
    pub is_date: bool,
}

/// An outcome with its column.
pub enum Owned {
    Share { answers: Codes, answer: u32 },
    Mean(Vec<f64>),
}

impl Owned {
    /// For the library.
    pub fn borrowed(&self) -> Outcome<'_> {
        match self {
            Owned::Share { answers, answer } => Outcome::Share { answers, answer: *answer },
            Owned::Mean(values) => Outcome::Mean(values),
        }
    }

    /// One number a row: 1 for the answer and 0 for others, or the number; NaN for missing.
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            Owned::Mean(values) => values.clone(),
            Owned::Share { answers, answer } => {
                let number = |c: &u32| match *c {
                    c if c == *answer => 1.0,
                    c if (c as usize) < answers.n_labels() => 0.0,
                    _ => f64::NAN,
                };
                answers.codes().iter().map(number).collect()
            }
        }
    }

    pub fn is_share(&self) -> bool {
        matches!(self, Owned::Share { .. })
    }
}

impl Columns {
    /// Reads the columns.
    ///
    /// # Errors
    ///
    /// Unknown columns and labels, an outcome of several answers of which none is named, one group only, too many groups.
    pub fn read(what: &WhatArgs, survey: &Survey) -> Result<Self> {
        let mask = what.condition.as_deref().map(|condition| filter::mask(condition, &survey.file)).transpose()?;
        let weights = survey.design.weights();
        let is_in: Vec<bool> =
            weights.iter().enumerate().map(|(i, w)| *w > 0.0 && mask.as_ref().is_none_or(|mask| mask[i])).collect();
        let mut reading = survey.file.reading();
        let asked = what.outcome.as_deref().unwrap_or_default();
        let (name, answer) = match asked.split_once('=') {
            Some((name, answer)) if !survey.file.has(asked) => (name.trim(), Some(answer.trim())),
            _ => (asked, None),
        };
        let answers = reading.answers(name);
        let group_name = what.groups.as_deref().unwrap_or_default();
        check_roles(what, name, &mut reading);
        let all_groups = reading.answers(group_name);
        let controls: Vec<(String, Codes)> = what.adjust.iter().map(|x| (x.clone(), reading.answers(x))).collect();
        let parts: Vec<(String, Codes)> = what.decompose.iter().map(|x| (x.clone(), reading.answers(x))).collect();
        let times = what.trend.as_ref().map(|x| (x, reading.answers(x)));
        let by = what.by.as_ref().map(|by| (by, reading.answers(by)));
        reading.finish()?;
        // From here on all columns have as many rows as the design.
        let mut reading = survey.file.reading();
        let (groups, n_ungrouped) = all_groups.among(&is_in);
        check_groups(&groups, group_name, &mut reading);
        let reference = reference(what.reference.as_deref(), &groups, &all_groups, group_name, &mut reading);
        let (answers, n_missing) = answers.among(&is_in);
        let alike = [(group_name, &groups), (name, &answers)].into_iter();
        let alike = alike.filter_map(|(name, codes)| note_of_alike(name, codes.labels())).collect();
        let outcome = outcome(answers, name, answer, &mut reading);
        let controls = controls.into_iter().map(|(x, codes)| control(x, &codes, &is_in, &mut reading)).collect();
        let parts = parts.into_iter().map(|(x, codes)| control(x, &codes, &is_in, &mut reading)).collect();
        let trend = times.and_then(|(name, codes)| trend(name, &codes, &is_in, &mut reading));
        let by = match by {
            None => vec![(String::new(), is_in)],
            Some((name, codes)) => masks(name, &codes.among(&is_in).0, &is_in, &mut reading),
        };
        reading.finish()?;
        if outcome.is_share() {
            check_margin_of_share(what.within)?;
        }
        let words = match answer {
            Some(answer) => format!("share of {name} = {answer}"),
            None => match &outcome {
                Owned::Share { answers, answer } => format!("share of {name} = {}", answers.labels()[*answer as usize]),
                Owned::Mean(_) => format!("mean of {name}"),
            },
        };
        Ok(Columns { outcome, words, groups, reference, controls, parts, trend, by, n_ungrouped, n_missing, alike })
    }
}

/// A column has one part: it cannot be explained by itself, nor held equal while it differs.
fn check_roles(what: &WhatArgs, outcome: &str, reading: &mut Reading<'_>) {
    let groups = what.groups.as_deref().unwrap_or_default();
    let mut refuse = |flag: &str, column: &str, message: String, hint: &str| {
        let place = Place::file(reading.file().name()).column(column);
        reading.problem(Diagnostic::error("E41", place, format!("{flag}: {message}")).hint(hint));
    };
    if groups == outcome {
        let message = format!("`{groups}` is the outcome, so each group has one value of it");
        refuse("--groups", groups, message, "name another column as the groups, or as the outcome");
    }
    let lists = [
        ("--adjust", what.adjust.as_slice()),
        ("--decompose", what.decompose.as_slice()),
        ("--trend", what.trend.as_slice()),
        ("--by", what.by.as_slice()),
    ];
    // What is held equal may also be what a gap is split by.
    let is_both = |a: &str, b: &str| [a, b].iter().all(|flag| ["--adjust", "--decompose"].contains(flag));
    for (place, (flag, names)) in lists.into_iter().enumerate() {
        for (k, name) in names.iter().enumerate() {
            let other = lists[..place].iter().find(|(other, own)| own.contains(name) && !is_both(flag, other));
            if let Some((other, _)) = other {
                let message = format!("`{name}` is a column of {other}, too");
                refuse(flag, name, message, "a column has one part: leave it out in one of the two");
                continue;
            }
            if name == groups {
                let message = format!("`{name}` is the column of the groups");
                refuse(flag, name, message, "groups that are alike in it cannot differ in it: leave it out");
            } else if name == outcome {
                let message = format!("`{name}` is the outcome");
                refuse(flag, name, message, "it would explain itself: leave it out");
            } else if names[..k].contains(name) {
                refuse(flag, name, format!("`{name}` is named twice"), "name each column once");
            }
        }
    }
}

fn check_groups(groups: &Codes, name: &str, reading: &mut Reading<'_>) {
    let place = Place::file(reading.file().name()).column(name);
    let problem = match groups.n_labels() {
        n if n > MAX_GROUPS => too_many(reading.file(), name, n, MAX_GROUPS),
        0 => Diagnostic::error("E41", place, "no row that counts has a group")
            .hint("check `--where` and the weights, or name another column"),
        1 => Diagnostic::error("E41", place, format!("all rows that count are in one group, `{}`", groups.labels()[0]))
            .expected("two groups or more")
            .hint("name another column, or let more rows through `--where`"),
        _ => return,
    };
    reading.problem(problem);
}

fn reference(asked: Option<&str>, groups: &Codes, all: &Codes, name: &str, reading: &mut Reading<'_>) -> usize {
    let Some(asked) = asked else { return 0 };
    let labels = || groups.labels().iter().map(String::as_str);
    if let Some(position) = labels().position(|label| label == asked) {
        return position;
    }
    let place = Place::file(reading.file().name()).column(name);
    let problem = if all.labels().iter().any(|label| label == asked) {
        Diagnostic::error("E41", place, format!("the reference `{asked}` has no row that counts"))
            .hint("check `--where` and the weights, or take another reference")
    } else {
        let problem = Diagnostic::error("E41", place, format!("there is no group `{asked}`"));
        match did_you_mean(asked, labels()) {
            Some(close) => problem.hint(format!("did you mean `{close}`?")),
            None => problem.hint(format!("groups: {}", labels().take(40).collect::<Vec<_>>().join(", "))),
        }
    };
    reading.problem(problem);
    0
}

/// The outcome: an answer that is named, the second of two answers, or a number.
fn outcome(answers: Codes, name: &str, answer: Option<&str>, reading: &mut Reading<'_>) -> Owned {
    let labels = || answers.labels().iter().map(String::as_str);
    let place = Place::file(reading.file().name()).column(name);
    if let Some(answer) = answer {
        let position = labels().position(|label| label == answer);
        if position.is_none() {
            let problem = Diagnostic::error("E41", place, format!("nobody who counts answers `{answer}`"));
            reading.problem(match did_you_mean(answer, labels()) {
                Some(close) => problem.hint(format!("did you mean `{close}`?")),
                None => problem.hint(format!("answers: {}", labels().take(40).collect::<Vec<_>>().join(", "))),
            });
        }
        let answer = position.unwrap_or(0) as u32;
        return Owned::Share { answers, answer };
    }
    let values: Option<Vec<f64>> = labels().map(parse_number).collect();
    match values {
        Some(values) if values != [0.0, 1.0] => {
            let number = |c: &u32| values.get(*c as usize).copied().unwrap_or(f64::NAN);
            Owned::Mean(answers.codes().iter().map(number).collect())
        }
        Some(_) => Owned::Share { answers, answer: 1 },
        None => {
            let problem =
                Diagnostic::error("E41", place, format!("`{name}` has several answers; which one is compared?"));
            let first = labels().next().unwrap_or_default();
            let found = labels().take(40).collect::<Vec<_>>().join(", ");
            reading.problem(
                problem
                    .observed(found)
                    .expected("one answer, or numbers")
                    .hint(format!("name it: --outcome '{name}={first}'")),
            );
            Owned::Share { answers, answer: 0 }
        }
    }
}

fn control(name: String, codes: &Codes, is_in: &[bool], reading: &mut Reading<'_>) -> Control {
    let (codes, _) = codes.among(is_in);
    let values: Option<Vec<f64>> = codes.labels().iter().map(|label| parse_number(label)).collect();
    if let Some(values) = values.filter(|values| values.len() > FEW_VALUES) {
        let number = |c: &u32| values.get(*c as usize).copied().unwrap_or(f64::NAN);
        return Control::Number(name, codes.codes().iter().map(number).collect());
    }
    if codes.n_labels() > MAX_LABELS {
        let problem = too_many(reading.file(), &name, codes.n_labels(), MAX_LABELS);
        reading.problem(problem);
    } else if codes.n_labels() < 2 {
        let place = Place::file(reading.file().name()).column(name.clone());
        let problem = Diagnostic::error("E41", place, format!("`{name}` has one value in all rows that count"));
        reading.problem(problem.hint("it cannot be held equal: leave it out"));
    }
    Control::Factor(name, codes)
}

/// Times of the rows: numbers, or dates as years with decimals.
fn trend(name: &str, codes: &Codes, is_in: &[bool], reading: &mut Reading<'_>) -> Option<Times> {
    let (codes, _) = codes.among(is_in);
    let place = Place::file(reading.file().name()).column(name);
    let numbers: Option<Vec<f64>> = codes.labels().iter().map(|label| parse_number(label)).collect();
    let is_date = numbers.is_none();
    let dates = || {
        let date = |label: &String| label.trim().parse::<PartialDate>().ok().map(PartialDate::mid_year);
        codes.labels().iter().map(date).collect::<Option<Vec<f64>>>()
    };
    let Some(times) = numbers.or_else(dates) else {
        let other = |label: &&String| parse_number(label).is_none() && label.trim().parse::<PartialDate>().is_err();
        let problem = Diagnostic::error("E41", place, format!("`{name}` is no column of times"));
        reading.problem(
            problem
                .observed(codes.labels().iter().find(other).cloned().unwrap_or_default())
                .expected("numbers, or dates such as 2024, 2024-03 or 2024-03-17, and not both")
                .hint(format!("number the waves in a column of the file, or compare them one by one with --by {name}")),
        );
        return None;
    };
    if codes.n_labels() < 2 {
        let problem = Diagnostic::error("E41", place, format!("`{name}` has one value in all rows that count"));
        reading.problem(
            problem.expected("two times or more").hint("leave --trend out, or let more rows through `--where`"),
        );
        return None;
    }
    let time = |code: &u32| times.get(*code as usize).copied().unwrap_or(f64::NAN);
    Some(Times { name: name.to_owned(), values: codes.codes().iter().map(time).collect(), is_date })
}

fn masks(name: &str, codes: &Codes, is_in: &[bool], reading: &mut Reading<'_>) -> Vec<(String, Vec<bool>)> {
    if codes.n_labels() > MAX_GROUPS {
        let problem = too_many(reading.file(), name, codes.n_labels(), MAX_GROUPS);
        reading.problem(problem);
        return Vec::new();
    }
    let mask = |k: u32| codes.codes().iter().zip(is_in).map(|(c, is_in)| *is_in && *c == k).collect();
    codes.labels().iter().zip(0..).map(|(label, k)| (format!("{name} = {label}"), mask(k))).collect()
}

/// Refuses a margin that no difference of shares can reach: points were meant.
fn check_margin_of_share(within: Option<f64>) -> Result<()> {
    let Some(margin) = within.filter(|margin| *margin >= 1.0) else { return Ok(()) };
    let message = format!("a margin of {margin} is {} points, and shares lie between 0 and 1", margin * 100.0);
    let hint = match margin <= 100.0 {
        true => format!("write {margin} points as {}", margin / 100.0),
        false => "give a share, such as 0.05 for five points".to_owned(),
    };
    Err(unusable("E41", "--within", message, &hint))
}

/// Checks numbers of the request that need no file.
///
/// # Errors
///
/// `E41` for what has no meaning.
pub fn check(what: &WhatArgs) -> Result<()> {
    let is_share = |value: f64| value > 0.0 && value < 1.0;
    if !is_share(what.level) {
        let message = format!("a confidence level of {} has no meaning", what.level);
        return Err(unusable("E41", "--level", message, "give a share such as 0.95"));
    }
    check_alpha(&what.alpha)?;
    if let Some(margin) = what.within.filter(|margin| !(*margin > 0.0 && margin.is_finite())) {
        let message = format!("a margin of {margin} has no meaning");
        return Err(unusable("E41", "--within", message, "give a positive difference; 0.05 is five points of a share"));
    }
    if !what.published.is_empty() {
        check_margin_of_share(what.within)?;
    }
    if what.within.is_some() && what.level <= 0.5 {
        return Err(unusable("E41", "--level", "the test of equivalence needs a level above 0.5", "give 0.95"));
    }
    Ok(())
}
