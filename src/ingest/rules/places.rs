//! Labels of places that the crosswalk does not know or cannot classify.

use std::collections::BTreeMap;

use super::Checked;
use super::support::finding;
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::study::{Origin, Places};

/// A label of a file and where it first stands.
struct Seen {
    dataset: String,
    origin: Origin,
    column: Option<String>,
    rows: usize,
}

/// V16: labels without a row in the crosswalk are warnings; rows that it leaves unclassified are counted in a note.
pub(super) fn unmapped(checked: &Checked<'_>) -> Vec<Diagnostic> {
    if checked.study.definition.geography.is_none() {
        return Vec::new();
    }
    let mut labels: BTreeMap<(String, String), Seen> = BTreeMap::new();
    let mut see = |data: &str, dataset: &str, label: &str, origin: &Origin, column: Option<&String>| {
        let new = || Seen { dataset: dataset.to_owned(), origin: origin.clone(), column: column.cloned(), rows: 0 };
        labels.entry((data.to_owned(), format!("{dataset}\u{1f}{label}"))).or_insert_with(new).rows += 1;
    };
    respondents(checked, &mut see);
    others(checked, &mut see);
    groups(checked, &mut see);
    let mut findings = Vec::new();
    let mut unclassified: BTreeMap<(String, String), (usize, Vec<String>)> = BTreeMap::new();
    for ((data, key), seen) in labels {
        let label = key.split('\u{1f}').nth(1).unwrap_or_default();
        match checked.study.places.leaves(&seen.dataset, label) {
            Some(leaves) if leaves.is_empty() => {
                let entry = unclassified.entry((data, seen.origin.file.to_string())).or_default();
                entry.0 += seen.rows;
                entry.1.push(if label.is_empty() { "(blank)".to_owned() } else { label.to_owned() });
            }
            Some(_) => {}
            None => findings.push(unknown(checked, &seen, label)),
        }
    }
    for ((data, file), (rows, labels)) in unclassified {
        let message = format!("{rows} rows have a place that belongs to no class");
        findings.push(
            finding(Level::Note, "V16", Place::file(file).key(data), message)
                .observed(labels.join(", "))
                .hint("they are not classified, count in totals only, and are printed as such"),
        );
    }
    findings
}

fn unknown(checked: &Checked<'_>, seen: &Seen, label: &str) -> Diagnostic {
    let shown = if label.is_empty() { "(blank)" } else { label };
    let message = format!("the crosswalk does not know the place `{shown}`");
    let known: Vec<&str> = checked.study.places.labels(&seen.dataset).collect();
    let hint = match did_you_mean(label, known.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`? else add a row to the crosswalk"),
        None => "add a row to the crosswalk".to_owned(),
    };
    let mut found = checked.at(Level::Warning, "V16", &seen.origin, seen.column.as_deref(), message);
    found.place.key = Some(seen.dataset.clone());
    found
        .observed(format!("`{shown}` in {} rows", seen.rows))
        .expected(format!("one of {}", known.join(", ")))
        .hint(hint)
}

/// Places of respondents in the rows of the surveys.
fn respondents(checked: &Checked<'_>, see: &mut impl FnMut(&str, &str, &str, &Origin, Option<&String>)) {
    let definition = &checked.study.definition;
    for data in &definition.respondents {
        let Some(file) = checked.study.microdata(&data.id) else { continue };
        let Some(column) = data.settlement.as_ref().and_then(|name| file.column(name)) else { continue };
        let Some(source) = checked.sources.get(&data.package, &data.resource) else { continue };
        for row in (0..file.n_rows()).filter(|row| source.used[*row]) {
            let origin = Origin::line(&file.file, file.lines[row]);
            see(&data.id, &data.id, column.label(row), &origin, data.settlement.as_ref());
        }
    }
}

/// Places of official results, items and populations.
fn others(checked: &Checked<'_>, see: &mut impl FnMut(&str, &str, &str, &Origin, Option<&String>)) {
    let definition = &checked.study.definition;
    for result in &checked.study.official {
        let data = definition.official.iter().find(|data| data.id == result.data);
        see(&result.data, &result.data, &result.place, &result.origin, data.map(|data| &data.place));
    }
    for list in &checked.study.items {
        let Some(place) = definition.items.iter().find(|data| data.id == list.data).and_then(|d| d.place.as_ref())
        else {
            continue;
        };
        for item in &list.items {
            see(&list.data, &list.data, &item.place, &item.origin, Some(place));
        }
    }
    let is_population = |id: &str| definition.analysis.item_rates.iter().any(|analysis| analysis.population == id);
    for lookup in checked.study.lookups.iter().filter(|lookup| is_population(&lookup.data)) {
        let key = definition.lookup.iter().find(|data| data.id == lookup.data).map(|data| &data.key);
        for (label, _, line) in &lookup.entries {
            see(&lookup.data, &lookup.data, label, &Origin::line(&lookup.file, *line), key);
        }
    }
}

/// Groups of published polls, where the crosswalk knows any label of their variable and poll.
fn groups(checked: &Checked<'_>, see: &mut impl FnMut(&str, &str, &str, &Origin, Option<&String>)) {
    let places = &checked.study.places;
    let mut is_place: BTreeMap<(&str, &str, &str), bool> = BTreeMap::new();
    let grouped = || checked.study.toplines.iter().filter_map(|topline| Some((topline, topline.group.as_ref()?)));
    for (topline, group) in grouped() {
        let key = Places::key_of_poll(&topline.data, &topline.poll);
        let known = places.leaves(&key, &group.label).is_some();
        *is_place.entry((&topline.data, &topline.poll, &group.variable)).or_default() |= known;
    }
    for (topline, group) in grouped() {
        if is_place.get(&(topline.data.as_str(), topline.poll.as_str(), group.variable.as_str())) != Some(&true) {
            continue;
        }
        let Some(share) = topline.answers.first() else { continue };
        let column =
            checked.study.definition.toplines.iter().find(|d| d.id == topline.data).and_then(|d| d.group.as_ref());
        let key = Places::key_of_poll(&topline.data, &topline.poll);
        see(&topline.data, &key, &group.label, &share.origin, column);
    }
}
