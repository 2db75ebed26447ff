//! What the definition says about data that the data do not bear out: answers that no outcome sorts, values and polls
//! that stand nowhere.

use std::collections::{BTreeMap, BTreeSet};

use super::Checked;
use super::weights::rows_of;
use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::study::definition::{Condition, Outcome, Survey};
use crate::study::{Microdata, Origin};

/// V21: answers that no outcome sorts are errors; values, options and polls that stand nowhere are warnings.
pub(super) fn against_data(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = surveys(checked);
    findings.extend(designs(checked));
    findings.extend(effects(checked));
    findings.extend(populations(checked));
    findings.extend(conditions(checked));
    findings.extend(elections(checked));
    findings.extend(polls(checked));
    findings
}

fn surveys(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for survey in &checked.study.definition.survey {
        let Some(file) = checked.study.microdata(&survey.data) else { continue };
        let rows = rows_of(file, survey);
        if rows.is_empty() {
            let message = format!("survey `{}` has no respondents", survey.id);
            findings.push(
                checked
                    .definition(Level::Error, "V21", format!("survey {}", survey.id), message)
                    .observed(format!("no row of {} fulfils `where`", file.file))
                    .expected("one row or more")
                    .hint("correct the values in `where`"),
            );
            continue;
        }
        for outcome in &survey.outcome {
            findings.extend(answers(checked, survey, outcome, file, &rows));
        }
    }
    findings
}

/// Strata of their own without a row in any survey of the design, and designs without a survey.
fn designs(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let mut findings = Vec::new();
    for design in &definition.design {
        let surveys: Vec<&Survey> = definition.survey.iter().filter(|survey| survey.design == design.id).collect();
        let key = format!("design {}", design.id);
        if surveys.is_empty() {
            let message = format!("no survey uses the design `{}`", design.id);
            findings.push(
                checked
                    .definition(Level::Note, "V21", key, message)
                    .observed("its columns are not looked at")
                    .hint("name it as `design` of a [[survey]], or remove it"),
            );
            continue;
        }
        for own in &design.own_stratum {
            let mut values = BTreeSet::new();
            let holds = surveys.iter().any(|survey| {
                let Some(file) = checked.study.microdata(&survey.data) else { return true };
                let columns: Vec<_> = own.rows.iter().map(|c| (file.column(&c.column), c)).collect();
                // A column that is not there is reported where the design is built.
                let is_whole = columns.iter().all(|(column, _)| column.is_some());
                let labels =
                    |row: usize| columns.iter().filter_map(move |(column, c)| Some((column.as_ref()?.label(row), c)));
                values.extend(rows_of(file, survey).into_iter().flat_map(|row| labels(row).map(|(label, _)| label)));
                !is_whole || rows_of(file, survey).into_iter().any(|row| labels(row).all(|(label, c)| c.holds(label)))
            });
            if !holds {
                let message = format!("no respondent belongs to the stratum of its own `{}`", own.label);
                let finding = checked.definition(Level::Error, "V21", key.clone(), message);
                let asked = own.rows.iter().flat_map(values_of).find(|value| !values.contains(value));
                findings.push(match asked {
                    Some(value) => nowhere(finding, value, values.iter().copied()),
                    None => finding
                        .observed("no row fulfils `where`")
                        .expected("one row or more")
                        .hint("correct the values in `where` of [[design.own_stratum]]"),
                });
            }
        }
    }
    findings
}

/// Declared design effects below 1, which say that a poll is more precise than a simple random sample.
fn effects(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let assumed = (definition.pollster.iter())
        .flat_map(|pollster| pollster.assume.iter().map(move |a| (format!("pollster {}", pollster.id), a.deff)));
    let declared = definition.design.iter().flat_map(|design| {
        design.own_stratum.iter().filter_map(move |own| Some((format!("design {}", design.id), own.deff?)))
    });
    let findings = assumed.chain(declared).filter(|(_, deff)| *deff < 1.0).map(|(key, deff)| {
        let message = "a declared design effect is below 1".to_owned();
        checked
            .definition(Level::Warning, "V21", key, message)
            .observed(format!("deff = {deff}"))
            .expected("1 or more, unless stratification gains more than clusters and weights cost")
            .hint("intervals become shorter than those of a simple random sample; compare with the source")
    });
    findings.collect()
}

/// Populations by which items are divided.
fn populations(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let names: BTreeSet<&str> =
        checked.study.definition.analysis.item_rates.iter().map(|analysis| analysis.population.as_str()).collect();
    for lookup in names.into_iter().filter_map(|name| checked.study.lookup(name)) {
        let column = checked.study.definition.lookup.iter().find(|data| data.id == lookup.data);
        for (key, _, line) in lookup.entries.iter().filter(|(_, value, _)| *value <= 0.0) {
            let message = format!("the population of `{key}` is not above 0");
            let origin = Origin::line(&lookup.file, *line);
            let column = column.map(|data| data.value.as_str());
            findings.push(
                checked
                    .at(Level::Error, "V21", &origin, column, message)
                    .expected("a number above 0")
                    .hint("correct the number: rates per head divide by it"),
            );
        }
    }
    findings
}

/// Answers of an outcome's column against the lists of the outcome, both ways.
fn answers(
    checked: &Checked<'_>,
    survey: &Survey,
    outcome: &Outcome,
    file: &Microdata,
    rows: &[usize],
) -> Vec<Diagnostic> {
    let Some(column) = file.column(&outcome.column) else { return Vec::new() };
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows {
        seen.entry(column.label(*row)).or_insert((*row, 0)).1 += 1;
    }
    let listed: Vec<&str> = [&outcome.yes, &outcome.no, &outcome.undecided, &outcome.not_asked]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let key = format!("survey {} {}", survey.id, outcome.measure);
    let mut findings = Vec::new();
    for (label, (row, n)) in seen.iter().filter(|(label, _)| !listed.contains(label)) {
        let shown = if label.is_empty() { "(blank)" } else { label };
        let origin = Origin::line(&file.file, file.lines[*row]);
        let message = format!("no list of outcome `{}` has the answer `{shown}`", outcome.measure);
        let mut finding = checked.at(Level::Error, "V21", &origin, Some(&outcome.column), message);
        finding.place.key = Some(key.clone());
        findings.push(
            finding
                .observed(format!("{shown}, {n} respondents of survey `{}`", survey.id))
                .expected("each answer in one of `yes`, `no`, `undecided`, `not_asked`")
                .hint("add the answer to the list where it belongs"),
        );
    }
    for (index, label) in listed.iter().enumerate() {
        if listed[..index].contains(label) {
            let message = format!("outcome `{}` lists `{label}` twice", outcome.measure);
            findings.push(
                checked
                    .definition(Level::Error, "V21", key.clone(), message)
                    .observed(*label)
                    .expected("each answer in one list")
                    .hint("remove it from one of the lists"),
            );
        } else if !seen.contains_key(label) {
            let message = format!("no respondent gave the answer `{label}`");
            let finding = checked.definition(Level::Warning, "V21", key.clone(), message);
            findings.push(nowhere(finding, label, seen.keys().copied()));
        }
    }
    findings
}

/// Values of `where` that stand in no row of the column.
fn conditions(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let tables = (definition.toplines.iter().map(|d| (&d.id, &d.package, &d.resource, &d.filter)))
        .chain(definition.series.iter().map(|d| (&d.id, &d.package, &d.resource, &d.filter)))
        .chain(definition.official.iter().map(|d| (&d.id, &d.package, &d.resource, &d.filter)))
        .chain(definition.items.iter().map(|d| (&d.id, &d.package, &d.resource, &d.filter)))
        .chain(definition.area_data.iter().map(|d| (&d.id, &d.package, &d.resource, &d.filter)))
        .chain(definition.frame.iter().map(|d| (&d.id, &d.package, &d.resource, &d.filter)))
        .map(|(id, package, resource, filter)| (format!("data {id}"), package, resource, filter));
    let data = |id: &str| definition.respondents.iter().find(|data| data.id == id);
    let surveys = definition.survey.iter().filter_map(|survey| {
        let data = data(&survey.data)?;
        Some((format!("survey {}", survey.id), &data.package, &data.resource, &survey.rows))
    });
    let mut findings = Vec::new();
    for (key, package, resource, filter) in tables.chain(surveys) {
        let Some(source) = checked.sources.get(package, resource) else { continue };
        for condition in filter {
            let Some(column) = source.table.position(&condition.column) else { continue };
            let values: BTreeSet<&str> = (0..source.table.n_rows()).map(|row| source.table.cell(row, column)).collect();
            for value in values_of(condition).filter(|value| !values.contains(value)) {
                let message = format!("no row has `{value}` in `{}`", condition.column);
                let finding = checked.definition(Level::Warning, "V21", key.clone(), message);
                findings.push(nowhere(finding, value, values.iter().copied()));
            }
        }
    }
    findings
}

fn values_of(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.is.iter().chain(&condition.is_not).flat_map(|values| values.iter())
}

/// Elections and options that the official data do not have.
fn elections(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for analysis in &checked.study.definition.analysis.elections {
        let results = || checked.study.official.iter().filter(|result| result.data == analysis.data);
        let known: BTreeSet<&str> = results().map(|result| result.election.as_str()).collect();
        let key = format!("analysis {}", analysis.id);
        for (election, options) in &analysis.options {
            if !known.contains(election.as_str()) {
                let message = format!("the data have no election `{election}`");
                let finding = checked.definition(Level::Warning, "V21", key.clone(), message);
                findings.push(nowhere(finding, election, known.iter().copied()));
                continue;
            }
            let printed: BTreeSet<&str> =
                results().filter(|result| result.election == *election).map(|result| result.option.as_str()).collect();
            for option in options.iter().filter(|option| !printed.contains(option.as_str())) {
                let message = format!("election `{election}` has no option `{option}`");
                let finding = checked.definition(Level::Error, "V21", key.clone(), message);
                findings.push(nowhere(finding, option, printed.iter().copied()));
            }
        }
        let places: BTreeSet<&str> = results().map(|result| result.place.as_str()).collect();
        for place in analysis.outside.iter().filter(|place| !places.contains(place.as_str())) {
            let message = format!("the data have no place `{place}`");
            let finding = checked.definition(Level::Warning, "V21", key.clone(), message);
            findings.push(nowhere(finding, place, places.iter().copied()));
        }
    }
    findings
}

/// Polls that a version of a question or a survey names and no table has.
fn polls(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let mut known: BTreeSet<&str> = checked.study.toplines.iter().map(|topline| topline.poll.as_str()).collect();
    // A poll that stands in a table and is left out there on purpose may still be named.
    for data in &definition.toplines {
        let Some(source) = checked.sources.get(&data.package, &data.resource) else { continue };
        let Some(column) = source.table.position(&data.poll) else { continue };
        known.extend((0..source.table.n_rows()).map(|row| source.table.cell(row, column)));
    }
    let versions = definition.question.iter().flat_map(|question| {
        let key = move |id: &str| format!("question {} version {id}", question.id);
        question.version.iter().flat_map(move |version| version.polls.iter().map(move |poll| (key(&version.id), poll)))
    });
    let surveys = definition
        .survey
        .iter()
        .flat_map(|survey| survey.same_as.iter().map(move |poll| (format!("survey {} same_as", survey.id), poll)));
    versions
        .chain(surveys)
        .filter(|(_, poll)| !known.contains(poll.as_str()))
        .map(|(key, poll)| {
            let finding = checked.definition(Level::Warning, "V21", key, format!("no table has the poll `{poll}`"));
            nowhere(finding, poll, known.iter().copied())
        })
        .collect()
}

/// Says that a value stands nowhere, and what stands there instead.
fn nowhere<'a>(finding: Diagnostic, value: &str, known: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    let some: Vec<&str> = known.clone().filter(|value| !value.is_empty()).take(12).collect();
    let hint = match did_you_mean(value, known) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => "correct the value, or remove it".to_owned(),
    };
    finding.observed(value).expected(format!("a value of the data, such as {}", some.join(", "))).hint(hint)
}
