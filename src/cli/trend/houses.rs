//! Who asked: pollsters, each with its question, wording or mode where asked for, and what is assumed of them.

use super::args::ColumnArgs;
use super::polls::check_cells;
use crate::cli::data::columns::Reading;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::ingest::table::parse_number;

/// A pollster, with its question, wording or mode where asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    pub id: String,
    pub label: String,
}

/// The name of the only pollster of a table without such a column.
const ONLY: &str = "polls";

/// The house of each row in words.
pub fn labels(reading: &mut Reading<'_>, rows: &[usize], args: &ColumnArgs) -> Vec<String> {
    let column = |reading: &mut Reading<'_>, name: &String| -> Vec<String> {
        let texts = reading.texts(name);
        rows.iter().map(|row| texts.get(*row).and_then(Option::as_deref).unwrap_or("").to_owned()).collect()
    };
    let pollsters = match &args.pollster {
        Some(name) => column(reading, name),
        None => vec![ONLY.to_owned(); rows.len()],
    };
    let others: Vec<Vec<String>> = args.house_by.iter().map(|name| column(reading, name)).collect();
    let label = |k: usize| {
        let parts: Vec<&str> = others.iter().map(|column| column[k].as_str()).filter(|part| !part.is_empty()).collect();
        let pollster = if pollsters[k].is_empty() { "not named" } else { pollsters[k].as_str() };
        if parts.is_empty() { pollster.to_owned() } else { format!("{pollster} ({})", parts.join(", ")) }
    };
    (0..rows.len()).map(label).collect()
}

/// The houses in order of their first poll, each with an id of its own.
pub fn houses(labels: &[String]) -> Vec<House> {
    let mut houses: Vec<House> = Vec::new();
    for label in labels {
        if houses.iter().any(|house| house.label == *label) {
            continue;
        }
        let base = slug(label);
        let is_taken = |id: &String| houses.iter().any(|house| house.id == *id);
        let ids = std::iter::once(base.clone()).chain((2..).map(|i| format!("{base}-{i}")));
        let id = ids.into_iter().find(|id| !is_taken(id)).unwrap_or(base);
        houses.push(House { id, label: label.clone() });
    }
    houses
}

/// A short name from any text: letters and digits in lower case, hyphens between.
pub fn slug(text: &str) -> String {
    let words = text.to_lowercase();
    let parts: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "x".to_owned() } else { parts.join("-") }
}

/// The house that a name on the command line means: by its label or id.
pub fn named<'h>(houses: &'h [House], name: &str) -> Option<&'h House> {
    houses.iter().find(|house| house.label == name).or_else(|| houses.iter().find(|house| house.id == name))
}

/// Numbers given for all houses or for some by name.
pub fn numbers(reading: &mut Reading<'_>, flag: &str, given: &[String], houses: &[House]) -> Vec<Option<f64>> {
    let mut out = vec![None; houses.len()];
    for text in given {
        let (name, number) = text.rsplit_once('=').map_or((None, text.as_str()), |(name, number)| (Some(name), number));
        let Some(number) = parse_number(number.trim()).filter(|number| *number > 0.0) else {
            let problem = Diagnostic::error("E41", Place::file(flag), format!("`{text}` gives no number above 0"));
            reading.problem(problem.hint("write a number for all, or POLLSTER=NUMBER"));
            continue;
        };
        match name {
            None => out.iter_mut().for_each(|own| *own = own.or(Some(number))),
            Some(name) => match named(houses, name.trim()) {
                Some(house) => {
                    let position = houses.iter().position(|other| other == house).unwrap_or(0);
                    out[position] = Some(number);
                }
                None => reading.problem(unknown_house(flag, name, houses)),
            },
        }
    }
    out
}

/// A name that no house has.
pub fn unknown_house(flag: &str, name: &str, houses: &[House]) -> Diagnostic {
    let known = || houses.iter().map(|house| house.label.as_str());
    let problem = Diagnostic::error("E41", Place::file(flag), format!("no poll is by `{name}`"));
    match did_you_mean(name, known()) {
        Some(close) => problem.hint(format!("did you mean `{close}`?")),
        None => problem.hint(format!("pollsters of the table: {}", known().collect::<Vec<_>>().join(", "))),
    }
}

/// The design effect of each row: from a column, or from numbers for all or some houses; 1 where nothing is said.
pub fn design_effects(
    reading: &mut Reading<'_>,
    rows: &[usize],
    given: &[String],
    houses: &[House],
    house_of: &[usize],
) -> Vec<f64> {
    let is_usable = |deff: f64| deff.is_nan() || (0.1..=100.0).contains(&deff);
    let is_number = |text: &String| text.contains('=') || parse_number(text).is_some();
    // A name that is no number can only be a column.
    if let Some(name) = given.iter().find(|text| !is_number(text)) {
        let values = reading.numbers(name);
        check_cells(reading, rows, name, &values, "a design effect from 0.1 to 100", is_usable);
        return rows.iter().map(|row| values.get(*row).copied().filter(|d| !d.is_nan()).unwrap_or(1.0)).collect();
    }
    let by_house = numbers(reading, "--deff", given, houses);
    if let Some(deff) = by_house.iter().flatten().find(|deff| !is_usable(**deff)) {
        let problem = Diagnostic::error("E41", Place::file("--deff"), format!("{deff} is no design effect"));
        reading.problem(
            problem
                .expected("a number from 0.1 to 100")
                .hint("face-to-face polls have 1.5 to 2.5, telephone polls 1.2 to 1.6"),
        );
    }
    house_of.iter().map(|house| by_house.get(*house).copied().flatten().unwrap_or(1.0)).collect()
}
