//! The generated table: its columns as codes and numbers.

use std::path::Path;

use opros::design::{Codes, LonelyPsu, SurveyDesign};
use opros::estimate::pass::{DesignColumns, PsuFrame};
use opros::ingest::stream::{CodedFile, ReadAs};
use opros::rows::{Column, RowSource, Table};

/// Columns that the workloads use, in the order of the source.
pub const COLUMNS: &[(&str, ReadAs)] = &[
    ("weight", ReadAs::Numbers),
    ("stratum", ReadAs::Codes),
    ("psu", ReadAs::Codes),
    ("fpc", ReadAs::Numbers),
    ("settlement_type", ReadAs::Codes),
    ("wave", ReadAs::Codes),
    ("answer", ReadAs::Codes),
    ("region", ReadAs::Codes),
    ("stalin_positive", ReadAs::Numbers),
    ("putin_approve", ReadAs::Numbers),
    ("income", ReadAs::Numbers),
    ("hh_size", ReadAs::Numbers),
    ("sex", ReadAs::Codes),
    ("age_group", ReadAs::Codes),
    ("education", ReadAs::Codes),
    ("log_income", ReadAs::Numbers),
];

/// Position of a column among [`COLUMNS`].
pub fn at(name: &str) -> usize {
    COLUMNS.iter().position(|(column, _)| *column == name).unwrap_or(usize::MAX)
}

/// The columns of the design among [`COLUMNS`].
pub fn design_columns() -> DesignColumns {
    DesignColumns {
        weight: at("weight"),
        stratum: Some(at("stratum")),
        psu: at("psu"),
        population_size: Some(at("fpc")),
    }
}

/// Opens the file with some of the columns; the others are not read.
pub fn open(path: &Path) -> Result<CodedFile, String> {
    CodedFile::open(path, COLUMNS).map_err(|error| error.to_string())
}

/// The sampling units of a source.
pub fn frame<S: RowSource>(source: &S, with_population: bool) -> Result<PsuFrame, String>
where
    S::Error: std::fmt::Display,
{
    let mut columns = design_columns();
    if !with_population {
        columns.population_size = None;
    }
    let frame = PsuFrame::of(source, columns, LonelyPsu::Fail).map_err(|error| error.to_string())?;
    frame.map_err(|error| error.to_string())
}

/// A column of codes with its labels.
pub fn codes(table: &Table, name: &str) -> Codes {
    match &table.columns()[at(name)] {
        Column::Codes(codes) => Codes::from_codes(codes.clone(), table.labels(at(name)).to_vec()),
        Column::Numbers(_) => Codes::from_codes(Vec::new(), Vec::new()),
    }
}

/// A column of numbers.
pub fn numbers<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    table.columns()[at(name)].numbers()
}

/// The design of the rows in memory.
pub fn design(table: &Table) -> Result<SurveyDesign, String> {
    SurveyDesign::builder()
        .weights(numbers(table, "weight"))
        .strata(codes(table, "stratum"))
        .psu(codes(table, "psu"))
        .population_sizes(numbers(table, "fpc"))
        .build()
        .map_err(|error| error.to_string())
}
