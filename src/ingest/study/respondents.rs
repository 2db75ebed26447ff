//! Files of respondents: columns as dense codes or numbers.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::columns::View;
use super::{Evidence, Sources};
use crate::ingest::table::{Table, parse_number};
use crate::study::definition::{Condition, Definition, DesignDef, RespondentData, Survey};
use crate::study::{Microdata, MicrodataColumn, Values};

/// Maps all files of respondents, in the order of the definition.
///
/// A column holds numbers where the schema says so or a design takes it as the weight, and labels where the definition
/// uses it by its labels: in a condition, as an outcome, stratum, sampling unit or place.
pub(super) fn map_all(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) -> Vec<Microdata> {
    let mut files = Vec::new();
    for data in &definition.respondents {
        let Some(source) = sources.get(&data.package, &data.resource) else { continue };
        let table = &source.table;
        let mut view = View::new(table, "[[respondents]]", &data.id);
        let uses = Uses::of(definition, data, &mut view);
        let numbers: Vec<bool> = table
            .columns()
            .iter()
            .map(|name| {
                uses.numbers.contains(name) || (source.number_columns.contains(name) && !uses.labels.contains(name))
            })
            .collect();
        if !view.is_broken() {
            for column in (0..numbers.len()).filter(|column| uses.numbers.contains(&table.columns()[*column])) {
                for row in 0..table.n_rows() {
                    view.number(row, column);
                }
            }
        }
        evidence.problems.extend(view.into_problems());
        let columns = (0..numbers.len())
            .into_par_iter()
            .map(|column| MicrodataColumn {
                name: table.columns()[column].clone(),
                values: if numbers[column] { to_numbers(table, column) } else { to_labels(table, column) },
            })
            .collect();
        let lines = (0..table.n_rows()).map(|row| table.line(row)).collect();
        files.push(Microdata { data: data.id.clone(), file: table.file().clone(), lines, columns });
        let used = rows_of_surveys(definition, data, table);
        sources.mark(&data.package, &data.resource, used);
    }
    files
}

/// How a definition uses the columns of a file.
#[derive(Default)]
struct Uses {
    labels: BTreeSet<String>,
    numbers: BTreeSet<String>,
}

impl Uses {
    /// Gathers the columns that surveys and designs name, and reports those that the file has not.
    fn of(definition: &Definition, data: &RespondentData, view: &mut View<'_>) -> Self {
        let mut uses = Uses::default();
        uses.label(view, "settlement", data.settlement.iter());
        uses.label(view, "area", data.area.iter());
        uses.label(view, "characteristic", data.characteristic.iter().map(|own| &own.column));
        for survey in definition.survey.iter().filter(|survey| survey.data == data.id) {
            uses.survey(view, survey);
            for design in definition.design.iter().filter(|design| design.id == survey.design) {
                uses.design(view, design);
            }
        }
        uses
    }

    fn survey(&mut self, view: &mut View<'_>, survey: &Survey) {
        self.label(view, &format!("where of [[survey]] {}", survey.id), columns(&survey.rows));
        for outcome in &survey.outcome {
            let key = format!("outcome `{}` of [[survey]] {}", outcome.measure, survey.id);
            self.label(view, &key, std::iter::once(&outcome.column));
        }
    }

    fn design(&mut self, view: &mut View<'_>, design: &DesignDef) {
        let key = |name: &str| format!("{name} of [[design]] {}", design.id);
        if !self.numbers.contains(&design.weight) {
            view.need(&key("weight"), &design.weight);
            self.numbers.insert(design.weight.clone());
        }
        self.label(view, &key("strata"), design.strata.iter());
        self.label(view, &key("psu"), design.psu.iter());
        for own in &design.own_stratum {
            self.label(view, &key("own_stratum"), columns(&own.rows));
        }
    }

    fn label<'c>(&mut self, view: &mut View<'_>, key: &str, columns: impl Iterator<Item = &'c String>) {
        for column in columns {
            if self.labels.insert(column.clone()) {
                view.need(key, column);
            }
        }
    }
}

fn columns(conditions: &[Condition]) -> impl Iterator<Item = &String> {
    conditions.iter().map(|condition| &condition.column)
}

fn to_numbers(table: &Table, column: usize) -> Values {
    Values::Numbers((0..table.n_rows()).map(|row| parse_number(table.cell(row, column)).unwrap_or(f64::NAN)).collect())
}

/// Codes in byte order of the labels.
fn to_labels(table: &Table, column: usize) -> Values {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut codes = Vec::with_capacity(table.n_rows());
    for row in 0..table.n_rows() {
        let next = seen.len() as u32;
        codes.push(*seen.entry(table.cell(row, column)).or_insert(next));
    }
    let mut labels: Vec<(&str, u32)> = seen.into_iter().collect();
    labels.sort_unstable();
    let mut rank = vec![0; labels.len()];
    for (position, (_, code)) in labels.iter().enumerate() {
        rank[*code as usize] = position as u32;
    }
    for code in &mut codes {
        *code = rank[*code as usize];
    }
    Values::Labels { codes, labels: labels.into_iter().map(|(label, _)| label.to_owned()).collect() }
}

fn rows_of_surveys(definition: &Definition, data: &RespondentData, table: &Table) -> Vec<usize> {
    let mut used = BTreeSet::new();
    for survey in definition.survey.iter().filter(|survey| survey.data == data.id) {
        used.extend(View::new(table, "[[survey]]", &survey.id).rows(&survey.rows));
    }
    used.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Table;

    #[test]
    fn labels_are_coded_in_byte_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "town,w\nb,1\n,2\na,x\nb,\n").unwrap();
        let table = Table::read_csv(&path, "t.csv", &Default::default()).unwrap();
        let Values::Labels { codes, labels } = to_labels(&table, 0) else { panic!("labels") };
        assert_eq!((codes, labels), (vec![2, 0, 1, 2], vec!["".to_owned(), "a".to_owned(), "b".to_owned()]));
        let Values::Numbers(numbers) = to_numbers(&table, 1) else { panic!("numbers") };
        assert!(numbers[0] == 1.0 && numbers[2].is_nan() && numbers[3].is_nan());
    }
}
