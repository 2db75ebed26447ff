//! Respondents: a row is a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::args::ColumnArgs;
use super::super::polls::base_name;
use super::super::study::plain;
use super::{AGES, AgeArgs, ByAge, analyses, figures, periods, split};
use crate::cli::data::columns::{DataFile, Reading, unusable};
use crate::cli::data::filter;
use crate::design::{Codes, MISSING};
use crate::error::Result;
use crate::ingest::table::parse_number;
use crate::study::definition::{
    AgesAnalysis, ChangeSplitAnalysis, Characteristic, Condition, Definition, DesignDef, OneOrMany, Outcome, Pollster,
    RespondentData, Survey,
};
use crate::study::{Microdata, MicrodataColumn, Study, Values};

const DATA: &str = "respondents";
const POLLSTER: &str = "poll";
const MEASURE: &str = "outcome";
const AGE: &str = "age";
const DESIGN: &str = "design";
/// Columns of the respondents as the study knows them.
const PERIOD: &str = "period";
const WEIGHT: &str = "weight";
const STRATA: &str = "strata";
const PSU: &str = "psu";
/// Usual lower ends of age groups.
const BANDS: [u32; 6] = [18, 25, 35, 45, 55, 65];

/// The study of the file.
pub fn read(
    file: &DataFile,
    columns: &ColumnArgs,
    args: &AgeArgs,
    [age, period]: [&str; 2],
    outcome: &str,
) -> Result<ByAge> {
    let Some((asked, answers)) = outcome.split_once('=').filter(|(_, answers)| !answers.is_empty()) else {
        let hint = "write the column and the answer, such as `--outcome approval=approve`";
        return Err(unusable("E41", "--outcome", format!("`{outcome}` names no answer"), hint));
    };
    check_bands(&args.bands)?;
    let yes: Vec<String> = answers.split('|').map(str::to_owned).collect();
    let mask = columns.condition.as_deref().map(|condition| filter::mask(condition, file)).transpose()?;
    let rows: Vec<usize> = (0..file.n_rows()).filter(|row| mask.as_ref().is_none_or(|mask| mask[*row])).collect();
    let mut reading = file.reading();
    let (periods, period_of_row) = periods(&mut reading, &rows, period);
    let labels = of_rows(&reading.labels(asked), &rows);
    let age_labels = reading.labels(age);
    let in_years = age_labels.n_labels() > 0 && age_labels.labels().iter().all(|label| parse_number(label).is_some());
    let ages = if in_years {
        Values::Numbers(numbers(&mut reading, age, &rows))
    } else {
        label_values(&of_rows(&age_labels, &rows))
    };
    let mut held = vec![
        MicrodataColumn { name: AGE.to_owned(), values: ages },
        MicrodataColumn { name: MEASURE.to_owned(), values: label_values(&labels) },
    ];
    let weights = match &args.weight {
        Some(column) => {
            let expected = "a weight of 0 or more in every row";
            let all = reading.complete_numbers(column, expected, |w| w >= 0.0 && w.is_finite());
            rows.iter().map(|row| all.get(*row).copied().unwrap_or(0.0)).collect()
        }
        None => vec![1.0; rows.len()],
    };
    held.push(MicrodataColumn { name: WEIGHT.to_owned(), values: Values::Numbers(weights) });
    for (name, column) in [(STRATA, &args.strata), (PSU, &args.psu)] {
        if let Some(column) = column {
            let codes = of_rows(&reading.complete_labels(column), &rows);
            held.push(MicrodataColumn { name: name.to_owned(), values: label_values(&codes) });
        }
    }
    for column in &args.split_by {
        let values = text_column(&mut reading, column, &rows);
        held.push(MicrodataColumn { name: format!("by {column}"), values });
    }
    reading.finish()?;
    let known = labels.labels();
    if let Some(answer) = yes.iter().find(|answer| !known.contains(answer)) {
        let hint = format!("answers of `{asked}`: {}", known.join(", "));
        return Err(unusable("E41", "--outcome", format!("nobody answered `{answer}`"), &hint));
    }
    let names: Vec<String> = periods.iter().map(|period| period.label.clone()).collect();
    let code = |at: &Option<usize>| at.map_or(MISSING, |at| at as u32);
    let period_codes = Codes::from_codes(period_of_row.iter().map(code).collect(), names);
    held.push(MicrodataColumn { name: PERIOD.to_owned(), values: label_values(&period_codes) });
    let characteristics = characteristics(args, &held, in_years);
    let mut by = vec![AGE.to_owned()];
    by.extend(args.split_by.iter().cloned());
    let survey = |period: &super::Period| Survey {
        id: period.id.clone(),
        label: plain(&period.label),
        data: DATA.to_owned(),
        rows: vec![Condition {
            column: PERIOD.to_owned(),
            is: Some(OneOrMany::One(period.label.clone())),
            is_not: None,
        }],
        design: DESIGN.to_owned(),
        pollster: POLLSTER.to_owned(),
        field_start: period.date,
        field_end: period.date,
        mode: plain(""),
        same_as: Vec::new(),
        outcome: vec![Outcome {
            measure: MEASURE.to_owned(),
            wording: plain(outcome),
            column: MEASURE.to_owned(),
            yes: yes.clone(),
            undecided: Vec::new(),
            not_asked: vec![String::new()],
            no: known.iter().filter(|label| !yes.contains(label)).cloned().collect(),
        }],
    };
    let surveys: Vec<String> = periods.iter().map(|period| period.id.clone()).collect();
    if surveys.len() < 2 {
        let hint = "a change needs two periods or more; check `--period` and `--where`";
        return Err(unusable("E44", file.name(), format!("{} period with respondents", surveys.len()), hint));
    }
    let ages = AgesAnalysis {
        id: AGES.to_owned(),
        surveys: surveys.clone(),
        measure: Some(MEASURE.to_owned()),
        age: AGE.to_owned(),
        cohorts: args.cohorts,
        groups: None,
    };
    let split = ChangeSplitAnalysis { surveys, measure: Some(MEASURE.to_owned()), by, ..split(args) };
    let pollster = Pollster { id: POLLSTER.to_owned(), label: plain(""), labels: Vec::new(), assume: Vec::new() };
    let definition = Definition {
        pollster: vec![pollster],
        respondents: vec![RespondentData {
            id: DATA.to_owned(),
            package: String::new(),
            resource: String::new(),
            settlement: None,
            area: None,
            characteristic: characteristics,
        }],
        design: vec![DesignDef {
            id: DESIGN.to_owned(),
            weight: WEIGHT.to_owned(),
            strata: args.strata.as_ref().map(|_| STRATA.to_owned()),
            psu: args.psu.as_ref().map(|_| PSU.to_owned()),
            own_stratum: Vec::new(),
            opt_in: false,
            note: plain(""),
        }],
        survey: periods.iter().map(survey).collect(),
        analysis: analyses(ages, split),
        figure: figures(&format!("{asked}: {answers}"), &base_name(file.name())),
        ..Definition::default()
    };
    let name: Arc<str> = file.name().into();
    let mut study = Study { definition, ..Study::default() };
    study.microdata = vec![Microdata {
        data: DATA.to_owned(),
        file: name,
        lines: rows.iter().map(|row| file.line(*row)).collect(),
        columns: held,
    }];
    Ok(ByAge { study, notes: notes(args, in_years) })
}

fn check_bands(bands: &[u32]) -> Result<()> {
    if bands.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(());
    }
    let hint = "write the lower ends from young to old, such as 18,30,45,60";
    Err(unusable("E41", "--bands", "age groups are not in order", hint))
}

/// Age and the further columns, every label a level of its own; ages in years in bands.
fn characteristics(args: &AgeArgs, held: &[MicrodataColumn], in_years: bool) -> Vec<Characteristic> {
    let of = |id: &str, column: &str| {
        let values = held.iter().find(|own| own.name == column).map(|own| &own.values);
        let labels = match values {
            Some(Values::Labels { labels, .. }) => labels.iter().filter(|label| !label.is_empty()).collect(),
            _ => Vec::new(),
        };
        let levels = labels.into_iter().map(|label: &String| (label.clone(), vec![label.clone()])).collect();
        Characteristic { id: id.to_owned(), column: column.to_owned(), levels, bands: Vec::new() }
    };
    let bands = if args.bands.is_empty() { BANDS.to_vec() } else { args.bands.clone() };
    let age = if in_years {
        Characteristic { id: AGE.to_owned(), column: AGE.to_owned(), levels: BTreeMap::new(), bands }
    } else {
        of(AGE, AGE)
    };
    std::iter::once(age).chain(args.split_by.iter().map(|column| of(column, &format!("by {column}")))).collect()
}

/// A column of labels of some rows; an empty cell is the label "".
fn text_column(reading: &mut Reading<'_>, column: &str, rows: &[usize]) -> Values {
    label_values(&of_rows(&reading.labels(column), rows))
}

fn numbers(reading: &mut Reading<'_>, column: &str, rows: &[usize]) -> Vec<f64> {
    let all = reading.numbers(column);
    rows.iter().map(|row| all.get(*row).copied().unwrap_or(f64::NAN)).collect()
}

fn of_rows(codes: &Codes, rows: &[usize]) -> Codes {
    let own = rows.iter().map(|row| codes.codes().get(*row).copied().unwrap_or(MISSING)).collect();
    Codes::from_codes(own, codes.labels().to_vec())
}

fn label_values(codes: &Codes) -> Values {
    let with_empty = codes.with_label_for_missing("");
    Values::Labels { codes: with_empty.codes().to_vec(), labels: with_empty.labels().to_vec() }
}

fn notes(args: &AgeArgs, in_years: bool) -> Vec<String> {
    let mut notes = vec!["periods are taken as separate samples, without people in common".to_owned()];
    if args.weight.is_none() {
        notes.push("no weights are given: everybody counts alike".to_owned());
    } else {
        notes.push("what the weights hold equal in every period cannot show as a change of composition".to_owned());
    }
    if in_years && args.bands.is_empty() {
        notes.push("people under 18 are left out; `--bands` sets the age groups".to_owned());
    }
    notes
}
