//! Tests of tables from a sampling design: are rows and columns independent, do shares fit given ones?

use std::sync::Arc;

use rayon::prelude::*;

use super::error::{CompareError, at_least, same_length};
use crate::design::{Base, Codes, Crossed, Domains, MISSING, SurveyDesign};
use crate::estimate::{
    CiMethod, DegfRule, Estimates, MissingOutcome, Options, ProportionCi, Variable, proportions, totals,
};
use crate::numeric::matrix::Matrix;

/// A two-way table of shares with its design covariance: what all tests of independence start from.
#[derive(Clone, Debug)]
pub struct TwoWayTable {
    /// Labels of rows and columns that have members.
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    /// Shares of all, row by row; they sum to 1.
    pub shares: Matrix,
    /// Covariance of the shares, in the same order.
    pub covariance: Matrix,
    /// Rows of the domain with a positive weight, those with a missing answer included.
    pub n: usize,
    /// Degrees of freedom of the domain.
    pub degf: f64,
    design: SurveyDesign,
    crossed: Arc<Questions>,
    domain: usize,
    /// The code of each cell in both questions crossed, row by row; none for a pair that nobody gave.
    codes: Vec<Option<u32>>,
}

/// Tables of so many cells are laid out with all of them, met or not.
const DIRECT_CELLS: usize = 1 << 10;

/// Both questions as one, and the domains.
#[derive(Debug)]
struct Questions {
    cells: Codes,
    /// The pair behind each code, in increasing order.
    pairs: Vec<(u32, u32)>,
    domains: Domains,
}

impl TwoWayTable {
    /// The table of two questions in the rows of a mask. Rows with a missing answer are left out.
    ///
    /// # Errors
    /// Columns of another length than the design, fewer than two rows or columns with members.
    pub fn new(design: &SurveyDesign, rows: &Codes, columns: &Codes, mask: &[bool]) -> Result<Self, CompareError> {
        same_length("the mask", mask.len(), design.n_rows())?;
        let mut tables = Self::by_domain(design, rows, columns, Domains::mask("all", mask))?;
        tables.swap_remove(0)
    }

    /// The tables of two questions in every domain, from one pass over the rows; in a domain where fewer than two rows or
    /// columns have members, an error stands in for the table.
    ///
    /// # Errors
    /// Columns of another length than the design.
    ///
    /// # Examples
    /// ```
    /// use opros::analysis::compare::TwoWayTable;
    /// use opros::design::{Codes, Domains, SurveyDesign};
    /// let design = SurveyDesign::builder().weights(&[1.0; 8]).build()?;
    /// let place = Codes::from_labels(&["a", "a", "b", "b", "a", "a", "b", "b"]);
    /// let answer = Codes::from_labels(&["y", "n", "y", "n", "y", "y", "y", "y"]);
    /// let wave = Codes::from_labels(&["1", "1", "1", "1", "2", "2", "2", "2"]);
    /// let tables = TwoWayTable::by_domain(&design, &place, &answer, Domains::by(&wave))?;
    /// assert_eq!(tables[0].as_ref().unwrap().shares[(0, 0)], 0.25);
    /// assert!(tables[1].is_err(), "wave 2 knows one answer only");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn by_domain(
        design: &SurveyDesign,
        rows: &Codes,
        columns: &Codes,
        domains: Domains,
    ) -> Result<Vec<Result<Self, CompareError>>, CompareError> {
        let lengths = [
            ("the rows", rows.len()),
            ("the columns", columns.len()),
            ("the column of domains", domains.code_of_row().len()),
        ];
        for (what, got) in lengths {
            same_length(what, got, design.n_rows())?;
        }
        let questions = [(rows.codes(), rows.n_labels()), (columns.codes(), columns.n_labels())];
        let crossed = Crossed::of(&questions, design.n_rows(), DIRECT_CELLS);
        let pairs: Vec<(u32, u32)> = (0..crossed.n).map(|c| (crossed.levels[0][c], crossed.levels[1][c])).collect();
        let cells = Codes::from_codes(crossed.code_of_row, (0..crossed.n).map(|c| c.to_string()).collect());
        // Only points and scores are asked for: the plainest interval, and degrees of freedom that need no work.
        let options = Options {
            missing: MissingOutcome::Exclude,
            degf: DegfRule::Fixed(f64::INFINITY),
            proportion_ci: ProportionCi::Always(CiMethod::Wald),
            ..Options::default()
        };
        let shares = proportions(design, &cells, &domains, &options)?;
        // Where nobody misses an answer the bases are those of the shares.
        let has_own_bases = design.replicates().is_some() || cells.codes().contains(&MISSING);
        let own = has_own_bases.then(|| Base::of_partition(design, domains.code_of_row(), domains.len(), None));
        let bases = own.as_deref().unwrap_or_else(|| shares.bases());
        let crossed = Arc::new(Questions { cells, pairs, domains });
        let table =
            |(domain, base): (usize, &Base)| Self::of_domain(design, (rows, columns), &shares, &crossed, domain, base);
        Ok(bases.par_iter().enumerate().map(table).collect())
    }

    fn of_domain(
        design: &SurveyDesign,
        (rows, columns): (&Codes, &Codes),
        shares: &Estimates,
        crossed: &Arc<Questions>,
        domain: usize,
        base: &Base,
    ) -> Result<Self, CompareError> {
        let first = domain * crossed.pairs.len();
        let share = |code: usize| shares.get(first + code).and_then(|e| e.value).unwrap_or(0.0);
        let (mut has_row, mut has_column) = (vec![false; rows.n_labels()], vec![false; columns.n_labels()]);
        for (_, (row, column)) in crossed.pairs.iter().enumerate().filter(|(code, _)| share(*code) > 0.0) {
            (has_row[*row as usize], has_column[*column as usize]) = (true, true);
        }
        let kept = |has: &[bool]| (0..has.len() as u32).filter(|&c| has[c as usize]).collect::<Vec<u32>>();
        let (row_codes, column_codes) = (kept(&has_row), kept(&has_column));
        at_least("rows with members", row_codes.len(), 2)?;
        at_least("columns with members", column_codes.len(), 2)?;
        let code = |row: u32, column: u32| crossed.pairs.binary_search(&(row, column)).ok().map(|code| code as u32);
        let codes: Vec<Option<u32>> =
            row_codes.iter().flat_map(|&row| column_codes.iter().map(move |&column| code(row, column))).collect();
        let met: Vec<usize> = codes.iter().flatten().map(|&code| first + code as usize).collect();
        let of_met = shares.covariance(&met)?;
        let mut n_before = 0;
        let place_among_met: Vec<Option<usize>> = codes
            .iter()
            .map(|code| {
                n_before += usize::from(code.is_some());
                code.map(|_| n_before - 1)
            })
            .collect();
        let covariance = |i: usize, j: usize| match (place_among_met[i], place_among_met[j]) {
            (Some(i), Some(j)) => of_met[i][j],
            _ => 0.0,
        };
        let values = codes.iter().map(|code| code.map_or(0.0, |code| share(code as usize))).collect();
        let label = |codes: &Codes, kept: &[u32]| kept.iter().map(|&c| codes.labels()[c as usize].clone()).collect();
        Ok(Self {
            shares: Matrix::from_vec(row_codes.len(), column_codes.len(), values),
            covariance: Matrix::from_fn(codes.len(), codes.len(), covariance),
            n: base.n,
            degf: base.degf,
            rows: label(rows, &row_codes),
            columns: label(columns, &column_codes),
            design: design.clone(),
            crossed: Arc::clone(crossed),
            domain,
            codes,
        })
    }

    /// Whether the variance is that of replicate weights.
    pub(super) fn has_replicates(&self) -> bool {
        self.design.replicates().is_some()
    }

    /// Covariance of the weighted totals of the cells, over the square of their sum. Unlike that of the shares it counts
    /// how the size of the whole varies.
    pub(super) fn covariance_of_totals(&self) -> Result<Matrix, CompareError> {
        let Questions { cells, domains, .. } = self.crossed.as_ref();
        let degf = DegfRule::Fixed(self.degf);
        let options = Options { missing: MissingOutcome::Exclude, degf, ..Options::default() };
        let mask: Vec<bool> = domains.code_of_row().iter().map(|&d| d as usize == self.domain).collect();
        // The cells that somebody gave, and where their totals stand.
        let met: Vec<(usize, u32)> =
            self.codes.iter().enumerate().filter_map(|(k, code)| Some((k, (*code)?))).collect();
        let (found, places): (Estimates, Vec<usize>) = if self.design.form().borrows() {
            // A stratum that borrows from others asks which units the whole domain reaches: a column a cell.
            let columns: Vec<_> =
                met.iter().map(|(k, code)| Variable::indicator(k.to_string(), cells, *code)).collect();
            let found = totals(&self.design, &columns, &Domains::mask("all", &mask), &options)?;
            (found, (0..met.len()).collect())
        } else {
            let one = Variable::owned("1", vec![1.0; mask.len()]);
            let found = totals(&self.design, &[one], &Domains::by(cells).within(&mask), &options)?;
            (found, met.iter().map(|(_, code)| *code as usize).collect())
        };
        let sum: f64 = places.iter().filter_map(|&place| found.get(place)?.value).sum();
        let scale = 1.0 / (sum * sum);
        let of_met = found.covariance(&places)?;
        let mut covariance = Matrix::zeros(self.codes.len(), self.codes.len());
        for ((i, _), row) in met.iter().zip(&of_met) {
            met.iter().zip(row).for_each(|((j, _), value)| covariance[(*i, *j)] = value * scale);
        }
        Ok(covariance)
    }

    /// Shares of the rows and of the columns.
    pub fn margins(&self) -> (Vec<f64>, Vec<f64>) {
        let (r, c) = (self.shares.n_rows(), self.shares.n_columns());
        let rows = (0..r).map(|i| self.shares.row(i).iter().sum()).collect();
        (rows, (0..c).map(|j| self.shares.column(j).iter().sum()).collect())
    }
}

/// The weighted table of any number of questions: one weighted total a combination of answers, the first question fastest.
/// `total` scales the sum; rows with a missing answer are left out.
///
/// # Errors
/// Columns of another length than the design.
pub fn weighted_table(
    design: &SurveyDesign,
    questions: &[&Codes],
    mask: &[bool],
    total: Option<f64>,
) -> Result<Vec<f64>, CompareError> {
    same_length("the mask", mask.len(), design.n_rows())?;
    for question in questions {
        same_length("a question", question.len(), design.n_rows())?;
    }
    let n_cells = questions.iter().map(|q| q.n_labels()).product();
    let mut cells = vec![0.0; n_cells];
    for (i, w) in design.weights().iter().enumerate().filter(|(i, _)| mask[*i]) {
        let mut width = 1;
        let cell = questions.iter().try_fold(0, |cell, question| {
            let code = question.codes()[i] as usize;
            let next = (code < question.n_labels()).then_some(cell + width * code);
            width *= question.n_labels();
            next
        });
        if let Some(cell) = cell {
            cells[cell] += w;
        }
    }
    if let Some(total) = total {
        let sum: f64 = cells.iter().sum();
        cells.iter_mut().for_each(|c| *c *= total / sum);
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::LonelyPsu;
    use crate::numeric::stream::Stream;

    // Where no stratum has anything to borrow for, cells as domains and cells as columns of 0 and 1 are one.
    #[test]
    fn totals_of_cells_do_not_depend_on_the_way_to_them() {
        let n = 400;
        let mut random = Stream::named(6, "cells");
        let mut labels = |k: u64| (0..n).map(|_| random.below(k).to_string()).collect::<Vec<_>>();
        let (rows, columns, waves) = (labels(3), labels(2), labels(2));
        let psu: Vec<String> = (0..n).map(|i| (i % 20).to_string()).collect();
        let stratum: Vec<String> = (0..n).map(|i| (i % 4).to_string()).collect();
        let weights: Vec<f64> = (0..n).map(|i| 1.0 + (i % 7) as f64).collect();
        // A row and a column meet in the first wave only.
        let is_in = |i: usize| waves[i] == "0" || rows[i] != "2" || columns[i] != "1";
        let mask: Vec<bool> = (0..n).map(is_in).collect();
        let tables = |policy: LonelyPsu| {
            let design = SurveyDesign::builder().weights(&weights).strata(&stratum).psu(&psu).lonely_psu(policy);
            let design = design.adjust_domain_lonely(true).build().unwrap();
            let waves = Domains::by(&Codes::from_labels(&waves)).within(&mask);
            let (rows, columns) = (Codes::from_labels(&rows), Codes::from_labels(&columns));
            let tables = TwoWayTable::by_domain(&design, &rows, &columns, waves).unwrap();
            tables.into_iter().map(|table| table.unwrap().covariance_of_totals().unwrap()).collect::<Vec<Matrix>>()
        };
        let (as_domains, as_columns) = (tables(LonelyPsu::Fail), tables(LonelyPsu::Center));
        for (one, other) in as_domains.iter().zip(&as_columns) {
            assert!(one.minus(other).max_abs() < 1e-14 && one.max_abs() > 1e-6);
        }
        assert!(as_domains[1].column(5).iter().all(|value| *value == 0.0));
    }
}
