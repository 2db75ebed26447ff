//! Areas, the crosswalk of their labels, numbers by area and population frames.

use std::collections::BTreeMap;

use super::columns::View;
use super::places::dataset_matches;
use super::{Evidence, Sources};
use crate::diagnostic::{Level, did_you_mean};
use crate::study::definition::{Areas, Characteristic, Definition, Frame};
use crate::study::{Area, AreaNumbers, AreaSystem, Located, Origin, PopulationFrame};

/// The table of areas and the crosswalk from the labels of the files that have areas.
pub(super) fn map_areas(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) -> AreaSystem {
    let mut system = AreaSystem::default();
    let Some(areas) = &definition.areas else { return system };
    system.areas = table(areas, sources, evidence);
    crosswalk(areas, definition, &mut system, sources, evidence);
    system
}

fn table(areas: &Areas, sources: &mut Sources, evidence: &mut Evidence) -> Vec<Area> {
    let definition = &areas.table;
    let Some(source) = sources.get(&definition.package, &definition.resource) else { return Vec::new() };
    let table = &source.table;
    let mut view = View::new(table, "table of", "areas");
    let (id, label) = (view.need("area", &definition.area), view.need("label", &definition.label));
    let short = view.want("short", definition.short.as_ref());
    let tile = [("tile_column", &definition.tile_column), ("tile_row", &definition.tile_row)]
        .map(|(key, column)| view.want(key, column.as_ref()));
    let position = [("latitude", &definition.latitude), ("longitude", &definition.longitude)]
        .map(|(key, column)| view.want(key, column.as_ref()));
    let rows = view.rows(&[]);
    let mut found: Vec<Area> = Vec::new();
    for row in &rows {
        let name = view.cell(*row, id);
        if name.is_empty() || found.iter().any(|area| area.id == name) {
            view.report(*row, id, "E20", "an area needs an id of its own", "a text, each once", "correct the row");
            continue;
        }
        let tile = tile.map(|column| column.and_then(|column| view.count(*row, column)));
        let position = position.map(|column| column.and_then(|column| view.number(*row, column)));
        found.push(Area {
            id: name.to_owned(),
            label: view.cell(*row, label).to_owned(),
            short: view.optional(*row, short).to_owned(),
            tile: tile[0].zip(tile[1]).map(|(column, row)| (column as u32, row as u32)),
            position: position[0].zip(position[1]),
            origin: Origin::line(table.file(), table.line(*row)),
        });
    }
    evidence.problems.extend(view.into_problems());
    sources.mark(&definition.package, &definition.resource, rows);
    found
}

fn crosswalk(
    areas: &Areas,
    definition: &Definition,
    system: &mut AreaSystem,
    sources: &mut Sources,
    evidence: &mut Evidence,
) {
    let crosswalk = &areas.crosswalk;
    let Some(source) = sources.get(&crosswalk.package, &crosswalk.resource) else { return };
    let mut view = View::new(&source.table, "crosswalk of", "areas");
    let dataset = view.need("dataset", &crosswalk.dataset);
    let label = view.need("label", &crosswalk.label);
    let covers = view.need("covers", &crosswalk.covers);
    let with_area = definition.respondents.iter().filter(|data| data.area.is_some());
    let files: Vec<(String, String)> = with_area
        .map(|data| (&data.id, &data.package, &data.resource))
        .chain(definition.area_data.iter().map(|data| (&data.id, &data.package, &data.resource)))
        .filter_map(|(id, package, resource)| {
            let file = sources.get(package, resource)?.table.file();
            Some((file.rsplit('/').next()?.to_owned(), id.clone()))
        })
        .collect();
    let mut used = Vec::new();
    for row in view.rows(&[]) {
        let meant: Vec<&String> = files
            .iter()
            .filter(|(file, _)| dataset_matches(view.cell(row, dataset), file))
            .map(|(_, data)| data)
            .collect();
        if meant.is_empty() {
            continue;
        }
        let area = view.cell(row, covers);
        let is_known = area.is_empty() || system.get(area).is_some();
        let area = if is_known { area } else { "" };
        if !is_known {
            let name = view.cell(row, covers);
            let ids: Vec<&str> = system.areas.iter().map(|area| area.id.as_str()).collect();
            let message = format!("the table of areas has no `{name}`; rows of `{}` stay out", view.cell(row, label));
            let hint = match did_you_mean(name, ids.iter().copied()) {
                Some(candidate) => format!("did you mean `{candidate}`? else nothing is to be done"),
                None => "add the area to the table if the study speaks of it".to_owned(),
            };
            evidence.findings.push(source.table.point(Level::Note, "V16", row, covers, message).hint(hint));
        }
        for data in meant {
            system.insert(data, view.cell(row, label), area);
        }
        used.push(row);
    }
    evidence.problems.extend(view.into_problems());
    sources.mark(&crosswalk.package, &crosswalk.resource, used);
}

/// Numbers of areas: sums of values or counts of rows.
pub(super) fn map_numbers(
    definition: &Definition,
    system: &AreaSystem,
    sources: &mut Sources,
    evidence: &mut Evidence,
) -> Vec<AreaNumbers> {
    let mut all = Vec::new();
    for data in &definition.area_data {
        let Some(source) = sources.get(&data.package, &data.resource) else { continue };
        let table = &source.table;
        let mut view = View::new(table, "[[area_data]]", &data.id);
        let area = view.need("area", &data.area);
        let value = view.want("value", data.value.as_ref());
        let rows = view.rows(&data.filter);
        let mut by_area: BTreeMap<String, (f64, Vec<u64>)> = BTreeMap::new();
        for row in &rows {
            let label = view.cell(*row, area);
            let number = match value {
                Some(column) => view.number(*row, column),
                None => Some(1.0),
            };
            match (system.locate(&data.id, label), number) {
                (Located::Area(id), Some(number)) => {
                    let entry = by_area.entry(id.to_owned()).or_default();
                    entry.0 += number;
                    entry.1.push(table.line(*row));
                }
                (Located::Unknown, _) => {
                    let known: Vec<&str> = system.labels(&data.id).collect();
                    let hint = match did_you_mean(label, known.iter().copied()) {
                        Some(candidate) => format!("did you mean `{candidate}`? else add a row to the crosswalk"),
                        None => {
                            "add a row to the crosswalk of the areas; leave the area empty if it is none".to_owned()
                        }
                    };
                    let expected = format!("one of {} labels of this file in the crosswalk", known.len());
                    let message = format!("the crosswalk does not know the area `{label}`");
                    view.report(*row, area, "E20", message, &expected, &hint);
                }
                (Located::Outside, _) | (Located::Area(_), None) => {}
            }
        }
        all.push(AreaNumbers { data: data.id.clone(), file: table.file().clone(), by_area });
        evidence.problems.extend(view.into_problems());
        sources.mark(&data.package, &data.resource, rows);
    }
    all
}

/// Populations by combinations of characteristics.
pub(super) fn map_frames(
    definition: &Definition,
    sources: &mut Sources,
    evidence: &mut Evidence,
) -> Vec<PopulationFrame> {
    let mut all = Vec::new();
    for frame in &definition.frame {
        let Some(source) = sources.get(&frame.package, &frame.resource) else { continue };
        let mut view = View::new(&source.table, "[[frame]]", &frame.id);
        let columns: Vec<usize> =
            frame.characteristic.iter().map(|own| view.need("characteristic", &own.column)).collect();
        let counts: Vec<usize> = frame.counts.keys().map(|column| view.need("counts", column)).collect();
        let rows = view.rows(&frame.filter);
        let further: Vec<String> = further(frame);
        let mut cells: BTreeMap<Vec<String>, f64> = BTreeMap::new();
        for row in &rows {
            let Some(levels) = levels(frame, &columns, *row, &mut view) else { continue };
            for (column, means) in counts.iter().zip(frame.counts.values()) {
                let Some(people) = view.count(*row, *column) else { continue };
                let rest = further.iter().map(|id| means.get(id).cloned().unwrap_or_default());
                *cells.entry(levels.iter().cloned().chain(rest).collect()).or_default() += people as f64;
            }
        }
        let characteristics = frame.characteristic.iter().map(|own| own.id.clone()).chain(further).collect();
        all.push(PopulationFrame {
            id: frame.id.clone(),
            file: source.table.file().clone(),
            characteristics,
            cells,
            lines: rows.iter().map(|row| source.table.line(*row)).collect(),
        });
        evidence.problems.extend(view.into_problems());
        sources.mark(&frame.package, &frame.resource, rows);
    }
    all
}

/// Characteristics that the columns of numbers stand for, in byte order.
fn further(frame: &Frame) -> Vec<String> {
    let mut ids: Vec<String> = frame.counts.values().flat_map(|means| means.keys().cloned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The levels of a row, or none after a problem.
fn levels(frame: &Frame, columns: &[usize], row: usize, view: &mut View<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for (own, column) in frame.characteristic.iter().zip(columns) {
        let label = view.cell(row, *column);
        match own.level(label) {
            Some(level) => found.push(level),
            None => {
                let message = format!("`{label}` belongs to no level of `{}`", own.id);
                let hint =
                    format!("name it under `levels` of the frame `{}`, or leave the row out by `where`", frame.id);
                view.report(row, *column, "E20", message, &own.expected(), &hint);
            }
        }
    }
    (found.len() == columns.len()).then_some(found)
}

impl Characteristic {
    /// What a cell may hold, in words.
    fn expected(&self) -> String {
        let labels: Vec<&str> = self.levels.values().flatten().map(String::as_str).collect();
        if labels.is_empty() {
            format!("a number of {} or more", self.bands.first().unwrap_or(&0))
        } else {
            labels.join(", ")
        }
    }
}
