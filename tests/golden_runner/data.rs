//! Data sets of the suite.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use opros::design::Codes;

/// Data sets, each read once.
pub struct Library {
    folder: PathBuf,
    sets: BTreeMap<String, Rc<Dataset>>,
}

impl Library {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.join("data"), sets: BTreeMap::new() }
    }

    pub fn get(&mut self, name: &str) -> Result<Rc<Dataset>, String> {
        if let Some(set) = self.sets.get(name) {
            return Ok(Rc::clone(set));
        }
        let file = format!("{name}.csv");
        let own = self.folder.join(&file);
        // Our own cases take most of their data from the public ones.
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/data").join(&file);
        let set = Rc::new(Dataset::read(if own.exists() { &own } else { &public })?);
        self.sets.insert(name.to_string(), Rc::clone(&set));
        Ok(set)
    }
}

/// A column: numbers with NaN for missing, or texts (TRUE and FALSE among them).
#[derive(Clone)]
pub enum Column {
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

#[derive(Clone)]
pub struct Dataset {
    pub n_rows: usize,
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Dataset {
    fn read(path: &Path) -> Result<Self, String> {
        let fail = |e: csv::Error| format!("{}: {e}", path.display());
        let mut reader = csv::Reader::from_path(path).map_err(fail)?;
        let names: Vec<String> = reader.headers().map_err(fail)?.iter().map(String::from).collect();
        let mut cells: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
        let mut n_rows = 0;
        for record in reader.records() {
            for (column, cell) in cells.iter_mut().zip(&record.map_err(fail)?) {
                column.push((cell != "NA").then(|| cell.to_string()));
            }
            n_rows += 1;
        }
        let columns = cells.into_iter().map(Column::new).collect();
        Ok(Self { n_rows, names, columns })
    }

    pub fn column(&self, name: &str) -> Result<&Column, String> {
        let position = self.names.iter().position(|n| n == name);
        position.map(|i| &self.columns[i]).ok_or_else(|| format!("no column {name}"))
    }

    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        match self.column(name)? {
            Column::Numbers(values) => Ok(values.clone()),
            Column::Texts(values) => Ok(values.iter().map(|v| logical(v.as_deref())).collect()),
        }
    }

    /// The labels of a column, whatever its type.
    pub fn labels(&self, name: &str) -> Result<Vec<Option<String>>, String> {
        Ok(self.column(name)?.labels())
    }

    pub fn codes(&self, name: &str) -> Result<Codes, String> {
        Ok(Codes::from_optional(&self.labels(name)?))
    }

    /// The rows where the mask is true.
    pub fn select(&self, mask: &[bool]) -> Self {
        fn keep<T: Clone>(values: &[T], mask: &[bool]) -> Vec<T> {
            values.iter().zip(mask).filter(|(_, m)| **m).map(|(v, _)| v.clone()).collect()
        }
        let select = |column: &Column| match column {
            Column::Numbers(values) => Column::Numbers(keep(values, mask)),
            Column::Texts(values) => Column::Texts(keep(values, mask)),
        };
        let n_rows = mask.iter().filter(|m| **m).count();
        Self { n_rows, names: self.names.clone(), columns: self.columns.iter().map(select).collect() }
    }

    /// The rows of this data set, then those of another, with the columns that both have.
    pub fn stack(&self, other: &Self) -> Self {
        let mut both = Self { n_rows: self.n_rows + other.n_rows, names: Vec::new(), columns: Vec::new() };
        for (name, first) in self.names.iter().zip(&self.columns) {
            let Ok(second) = other.column(name) else { continue };
            both.names.push(name.clone());
            both.columns.push(match (first, second) {
                (Column::Numbers(a), Column::Numbers(b)) => Column::Numbers([a.as_slice(), b].concat()),
                (a, b) => Column::Texts([a.labels(), b.labels()].concat()),
            });
        }
        both
    }

    /// The data with new rows behind them; columns that are not given are missing there.
    pub fn extended(&self, new: &[(String, Vec<serde_json::Value>)], n_new: usize) -> Self {
        let extend = |(name, column): (&String, &Column)| {
            let given = new.iter().find(|c| c.0 == *name).map(|c| &c.1);
            match column {
                Column::Numbers(values) => {
                    let added = |k: usize| given.and_then(|g| g[k].as_f64()).unwrap_or(f64::NAN);
                    Column::Numbers(values.iter().copied().chain((0..n_new).map(added)).collect())
                }
                Column::Texts(values) => {
                    let added = |k: usize| given.and_then(|g| g[k].as_str().map(String::from));
                    Column::Texts(values.iter().cloned().chain((0..n_new).map(added)).collect())
                }
            }
        };
        let columns = self.names.iter().zip(&self.columns).map(extend).collect();
        Self { n_rows: self.n_rows + n_new, names: self.names.clone(), columns }
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Sets a column to missing in some rows (counted from 1).
    pub fn set_missing(&mut self, name: &str, rows: &[usize]) -> Result<(), String> {
        let position = self.names.iter().position(|n| n == name).ok_or_else(|| format!("no column {name}"))?;
        for row in rows {
            match &mut self.columns[position] {
                Column::Numbers(values) => values[row - 1] = f64::NAN,
                Column::Texts(values) => values[row - 1] = None,
            }
        }
        Ok(())
    }
}

impl Column {
    fn new(cells: Vec<Option<String>>) -> Self {
        let parsed: Option<Vec<f64>> =
            cells.iter().map(|cell| cell.as_ref().map_or(Some(f64::NAN), |c| c.parse().ok())).collect();
        parsed.map_or(Self::Texts(cells), Self::Numbers)
    }

    pub fn labels(&self) -> Vec<Option<String>> {
        match self {
            Self::Texts(values) => values.clone(),
            Self::Numbers(values) => values.iter().map(|v| (!v.is_nan()).then(|| v.to_string())).collect(),
        }
    }
}

fn logical(text: Option<&str>) -> f64 {
    match text {
        Some("TRUE") => 1.0,
        Some("FALSE") => 0.0,
        _ => f64::NAN,
    }
}
