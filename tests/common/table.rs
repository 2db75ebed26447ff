//! Data sets of the reference cases as columns.

use std::path::Path;

/// A table with its header; cells as they stand.
pub struct Csv {
    names: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Csv {
    /// A data set of `tests/golden/data`.
    pub fn golden(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/data").join(format!("{name}.csv"));
        let mut reader = csv::Reader::from_path(path).unwrap();
        let names = reader.headers().unwrap().iter().map(String::from).collect();
        Self { names, rows: reader.records().map(|r| r.unwrap()).collect() }
    }

    /// A column of labels.
    pub fn labels(&self, column: &str) -> Vec<String> {
        let at = self.names.iter().position(|n| n == column).unwrap();
        self.rows.iter().map(|r| r[at].to_owned()).collect()
    }

    /// A column of numbers; NaN for `NA`.
    pub fn numbers(&self, column: &str) -> Vec<f64> {
        self.labels(column).iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()
    }
}
