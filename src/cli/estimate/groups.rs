//! The groups of a request: the columns of `--by` crossed, within the rows of `--where`.

use crate::cli::data::columns::Reading;
use crate::design::{Codes, Domains, MISSING};

/// The groups of a request.
#[derive(Debug, Default)]
pub struct Groups {
    /// The columns that make them.
    pub variables: Vec<String>,
    /// The labels of each group, one a column.
    pub labels: Vec<Vec<String>>,
    /// Rows with a label missing, which lie in no group, by column.
    pub n_unlabelled: Vec<usize>,
}

/// Crosses the columns; only combinations that occur become groups. The domains are the rows of each.
pub fn groups(variables: &[String], mask: Option<&[bool]>, reading: &mut Reading<'_>) -> (Groups, Domains) {
    let n_rows = reading.file().n_rows();
    let columns: Vec<Codes> = variables.iter().map(|name| reading.answers(name)).collect();
    let is_in = |row: usize| mask.is_none_or(|mask| mask[row]);
    let n_unlabelled =
        |codes: &Codes| codes.codes().iter().enumerate().filter(|(row, code)| **code == MISSING && is_in(*row)).count();
    let n_unlabelled: Vec<usize> = columns.iter().map(n_unlabelled).collect();
    let domains = if columns.iter().any(|codes| codes.len() != n_rows) {
        // A column could not be read; the reading says so before anything is estimated.
        (Domains::whole(n_rows), vec![Vec::new()])
    } else {
        crossed(&columns, n_rows)
    };
    let (domains, labels) = domains;
    let domains = match mask {
        Some(mask) => domains.within(mask),
        None => domains,
    };
    (Groups { variables: variables.to_vec(), labels, n_unlabelled }, domains)
}

fn crossed(columns: &[Codes], n_rows: usize) -> (Domains, Vec<Vec<String>>) {
    let Some((first, others)) = columns.split_first() else { return (Domains::whole(n_rows), vec![Vec::new()]) };
    let mut codes = first.codes().to_vec();
    let mut labels: Vec<Vec<String>> = first.labels().iter().map(|label| vec![label.clone()]).collect();
    for column in others {
        let (paired, pairs) = crate::design::dense_pairs(&codes, column.codes());
        labels = pairs
            .iter()
            .map(|(a, b)| {
                let mut both = labels[*a as usize].clone();
                both.push(column.labels()[*b as usize].clone());
                both
            })
            .collect();
        codes = paired;
    }
    let names = labels.iter().map(|labels| labels.join(", ")).collect();
    (Domains::by(&Codes::from_codes(codes, names)), labels)
}
