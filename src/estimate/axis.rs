//! The lines and the columns of a table, which may overlap.

use crate::design::{Base, Codes, Domains, MISSING, SurveyDesign};

/// One side of a table: a partition of the rows into cells, and what the table shows of it: each cell, then unions of cells.
///
/// Unions may overlap each other and the cells: the net of two answers, all towns, everybody but the young. They cost no
/// look at the rows of their own, as totals add up.
#[derive(Clone, Debug)]
pub struct Axis<'a> {
    cell_of_row: &'a [u32],
    n_cells: usize,
    labels: Vec<String>,
    /// By line or column: its cells, in increasing order.
    members: Vec<Vec<u32>>,
}

impl<'a> Axis<'a> {
    /// The answers of a question, one line each.
    pub fn answers(codes: &'a Codes) -> Self {
        Self::cells(codes.codes(), codes.labels())
    }

    /// Domains, one column each.
    pub fn domains(domains: &'a Domains) -> Self {
        Self::cells(domains.code_of_row(), domains.labels())
    }

    /// Cells by name alone, for rows that come in groups.
    pub(super) fn named(labels: &[String]) -> Self {
        Self::cells(&[], labels)
    }

    fn cells(cell_of_row: &'a [u32], labels: &[String]) -> Self {
        let members = (0..labels.len() as u32).map(|cell| vec![cell]).collect();
        Self { cell_of_row, n_cells: labels.len(), labels: labels.to_vec(), members }
    }

    /// Adds a union of cells, by their position; cells that do not exist are no part of it.
    #[must_use]
    pub fn with_union(mut self, label: impl Into<String>, cells: &[u32]) -> Self {
        let mut cells: Vec<u32> = cells.iter().copied().filter(|c| (*c as usize) < self.n_cells).collect();
        cells.sort_unstable();
        cells.dedup();
        self.labels.push(label.into());
        self.members.push(cells);
        self
    }

    /// The cell of each row, [`MISSING`] for none.
    pub fn cell_of_row(&self) -> &'a [u32] {
        self.cell_of_row
    }

    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// The name of each line or column: the cells, then the unions.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The cells of each line or column.
    pub fn members(&self) -> &[Vec<u32>] {
        &self.members
    }

    /// Number of lines or columns.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True when there is no line or column.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Whether there are no unions.
    pub(super) fn is_plain(&self) -> bool {
        self.members.len() == self.n_cells
    }
}

/// Whether two lines or columns have a cell in common.
pub(super) fn overlap(a: &[u32], b: &[u32]) -> bool {
    a.iter().any(|cell| b.binary_search(cell).is_ok())
}

/// The cells behind columns that may overlap, so that the rows of several columns are counted once.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    pub members: Vec<Vec<u32>>,
    pub bases: Vec<Base>,
}

impl Cells {
    /// The base of each column.
    pub fn of_columns(&self, design: &SurveyDesign, known_degf: Option<f64>, cell_of_row: Option<&[u32]>) -> Vec<Base> {
        self.members.iter().map(|cells| self.base(design, cells, known_degf, cell_of_row)).collect()
    }

    /// The base of some cells, in increasing order, taken together.
    pub fn base(
        &self,
        design: &SurveyDesign,
        cells: &[u32],
        known_degf: Option<f64>,
        cell_of_row: Option<&[u32]>,
    ) -> Base {
        let bases: Vec<&Base> = cells.iter().filter_map(|c| self.bases.get(*c as usize)).collect();
        Base::union(design, &bases, known_degf, |row| {
            cell_of_row.is_some_and(|cell| cell[row] != MISSING && cells.binary_search(&cell[row]).is_ok())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::SurveyDesignBuilder;
    use crate::estimate::{Estimate, Estimates, MissingOutcome, Options, Variable, means, tables_with};
    use crate::numeric::stream::Stream;
    use crate::weighting::{Margin, ReplicateMethod, poststratify, replicate};

    const N: usize = 240;

    struct Data {
        answers: Codes,
        groups: Codes,
        weights: Vec<f64>,
        strata: Vec<String>,
        psus: Vec<String>,
    }

    fn data() -> Data {
        let mut stream = Stream::named(1, "axis");
        let mut pick = |n: u64| stream.below(n) as u32;
        let labels = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let mut answers: Vec<u32> = (0..N).map(|_| pick(3)).collect();
        answers[7] = MISSING;
        Data {
            answers: Codes::from_codes(answers, labels(&["yes", "rather", "no"])),
            groups: Codes::from_codes((0..N).map(|_| pick(5)).collect(), labels(&["a", "b", "c", "d"])),
            weights: (0..N).map(|_| f64::from(1 + pick(4))).collect(),
            strata: (0..N).map(|i| format!("s{}", i / 80)).collect(),
            psus: (0..N).map(|i| format!("p{}", i / 10)).collect(),
        }
    }

    fn designs(data: &Data) -> Vec<(&'static str, SurveyDesign)> {
        let base = || SurveyDesign::builder().weights(&data.weights).strata(&data.strata);
        let clusters = |builder: SurveyDesignBuilder| builder.psu(&data.psus).build().unwrap();
        let margin = Margin::new(
            "group",
            Codes::from_labels(&(0..N).map(|i| if i % 3 == 0 { "x" } else { "y" }).collect::<Vec<_>>()),
            vec![("x".into(), 300.0), ("y".into(), 900.0)],
        );
        vec![
            ("clusters", clusters(base())),
            ("rows", base().build().unwrap()),
            ("replicates", replicate(&clusters(base()), &ReplicateMethod::Jkn, true).unwrap()),
            ("adjusted", poststratify(&clusters(base()), &margin, false).unwrap().design),
        ]
    }

    fn same(a: Option<f64>, b: Option<f64>, what: &str) {
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1e-3), "{what}: {a} and {b}");
    }

    fn table(design: &SurveyDesign, data: &Data, missing: MissingOutcome) -> Estimates {
        let domains = Domains::by(&data.groups);
        let stub = Axis::answers(&data.answers).with_union("yes or rather", &[1, 0]);
        let banner = Axis::domains(&domains).with_union("a or c", &[0, 2]).with_union("all but b", &[0, 2, 3]);
        let options = Options { missing, ..Options::default() };
        tables_with(design, &[stub], &[banner], &options, |_, mut tables| tables.swap_remove(0)).unwrap().swap_remove(0)
    }

    /// A union of answers in a union of groups is the mean of an indicator in a domain, which takes another route.
    #[test]
    fn unions_are_domains_and_answers_of_their_own() {
        let data = data();
        for (name, design) in designs(&data) {
            for missing in [MissingOutcome::Exclude, MissingOutcome::KeepInBase] {
                let found = table(&design, &data, missing);
                let wanted = |answers: &[u32], groups: &[u32]| -> Estimate {
                    let y = data.answers.codes().iter().map(|c| match *c {
                        MISSING => f64::NAN,
                        c => f64::from(u8::from(answers.contains(&c))),
                    });
                    let mask: Vec<bool> = data.groups.codes().iter().map(|c| groups.contains(c)).collect();
                    let options = Options { missing, ..Options::default() };
                    let y = [Variable::owned("y", y.collect())];
                    means(&design, &y, &Domains::mask("d", &mask), &options).unwrap().get(0).unwrap().clone()
                };
                for (column, line, answers, groups) in [
                    (4, 3, &[0, 1][..], &[0, 2][..]),
                    (5, 3, &[0, 1], &[0, 2, 3]),
                    (4, 0, &[0], &[0, 2]),
                    (1, 3, &[0, 1], &[1]),
                ] {
                    let (got, want) = (found.get(column * 4 + line).unwrap(), wanted(answers, groups));
                    same(got.value, want.value, name);
                    same(got.se, want.se, name);
                    assert_eq!((got.n, got.n_psus, got.degf), (want.n, want.n_psus, want.degf), "{name}");
                    same(Some(got.sum_w), Some(want.sum_w), name);
                    same(got.deff, want.deff, name);
                }
            }
        }
    }

    /// Differences of many pairs at once are contrasts one by one; a contrast of overlapping columns counts each row once.
    #[test]
    fn differences_are_contrasts() {
        let data = data();
        for (name, design) in designs(&data) {
            let found = table(&design, &data, MissingOutcome::Exclude);
            let pairs = [(0, 4), (4, 8), (3, 15), (16, 4), (5, 21)];
            for ((a, b), got) in pairs.iter().zip(found.differences(&pairs).unwrap()) {
                let want = found.contrast(&[(*a, 1.0), (*b, -1.0)]).unwrap();
                same(got.value, want.value, name);
                same(got.se, want.se, name);
                assert_eq!((got.n, got.degf), (want.n, want.degf), "{name}");
            }
            let part = found.contrast(&[(16, 1.0), (0, -1.0)]).unwrap();
            assert_eq!((part.n, part.degf), (found.base(16).n, found.base(16).degf), "{name}");
        }
    }

    #[test]
    fn cells_that_do_not_exist_are_no_part_of_a_union() {
        let codes = Codes::from_labels(&["a", "b"]);
        let axis = Axis::answers(&codes).with_union("all", &[1, 0, 1, 7]);
        assert_eq!(axis.members()[2], [0, 1]);
        assert!(overlap(&axis.members()[2], &[1]) && !overlap(&[0], &[1]));
    }
}
