//! Tests of tables from a sampling design: are rows and columns independent, do shares fit given ones?

use super::error::{CompareError, same_length};
use crate::design::{Codes, Domains, MISSING, SurveyDesign};
use crate::estimate::{DegfRule, Estimates, MissingOutcome, Options, Variable, proportions, totals};
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
    /// Rows of the mask with a positive weight, those with a missing answer included.
    pub n: usize,
    /// Degrees of freedom of the mask.
    pub degf: f64,
    design: SurveyDesign,
    cells: Codes,
    mask: Vec<bool>,
}

impl TwoWayTable {
    /// The table of two questions in the rows of a mask. Rows with a missing answer are left out.
    ///
    /// # Errors
    /// Columns of another length than the design, fewer than two rows or columns with members.
    pub fn new(design: &SurveyDesign, rows: &Codes, columns: &Codes, mask: &[bool]) -> Result<Self, CompareError> {
        for (what, got) in [("the rows", rows.len()), ("the columns", columns.len()), ("the mask", mask.len())] {
            same_length(what, got, design.n_rows())?;
        }
        let is_in = |i: usize| mask[i] && design.weights()[i] > 0.0;
        let kept = |codes: &Codes| -> Vec<u32> {
            let mut seen = vec![false; codes.n_labels()];
            for i in (0..mask.len()).filter(|&i| is_in(i)) {
                if let Some(seen) = seen.get_mut(codes.codes()[i] as usize) {
                    *seen = true;
                }
            }
            (0..codes.n_labels() as u32).filter(|&c| seen[c as usize]).collect()
        };
        let (row_codes, column_codes) = (kept(rows), kept(columns));
        super::error::at_least("rows with members", row_codes.len(), 2)?;
        super::error::at_least("columns with members", column_codes.len(), 2)?;
        let width = column_codes.len() as u32;
        let cell = |i: usize| {
            let row = row_codes.binary_search(&rows.codes()[i]).ok()? as u32;
            let column = column_codes.binary_search(&columns.codes()[i]).ok()? as u32;
            is_in(i).then_some(row * width + column)
        };
        let codes: Vec<u32> = (0..mask.len()).map(|i| cell(i).unwrap_or(MISSING)).collect();
        let n_cells = row_codes.len() * column_codes.len();
        let labels = (0..n_cells).map(|c| c.to_string()).collect();
        let degf = design.degf(Some(mask));
        let cells = Codes::from_codes(codes, labels);
        let (shares, covariance) = shares(design, &cells, mask, degf)?;
        let label = |codes: &Codes, kept: &[u32]| kept.iter().map(|&c| codes.labels()[c as usize].clone()).collect();
        Ok(Self {
            shares: Matrix::from_vec(row_codes.len(), column_codes.len(), shares),
            covariance,
            n: (0..mask.len()).filter(|&i| is_in(i)).count(),
            degf,
            rows: label(rows, &row_codes),
            columns: label(columns, &column_codes),
            design: design.clone(),
            cells,
            mask: mask.to_vec(),
        })
    }

    /// Whether the variance is that of replicate weights.
    pub(super) fn has_replicates(&self) -> bool {
        self.design.replicates().is_some()
    }

    /// Covariance of the weighted totals of the cells, over the square of their sum. Unlike that of the shares it counts
    /// how the size of the whole varies.
    pub(super) fn covariance_of_totals(&self) -> Result<Matrix, CompareError> {
        let cell = |k: usize| Variable::indicator(k.to_string(), &self.cells, k as u32);
        let variables: Vec<Variable<'_>> = (0..self.cells.n_labels()).map(cell).collect();
        let degf = DegfRule::Fixed(self.degf);
        let options = Options { missing: MissingOutcome::Exclude, degf, ..Options::default() };
        let found = totals(&self.design, &variables, &Domains::mask("all", &self.mask), &options)?;
        let (values, covariance) = values_and_covariance(&found)?;
        let sum: f64 = values.iter().sum();
        Ok(covariance.scaled(1.0 / (sum * sum)))
    }

    /// Shares of the rows and of the columns.
    pub fn margins(&self) -> (Vec<f64>, Vec<f64>) {
        let (r, c) = (self.shares.n_rows(), self.shares.n_columns());
        let rows = (0..r).map(|i| self.shares.row(i).iter().sum()).collect();
        (rows, (0..c).map(|j| self.shares.column(j).iter().sum()).collect())
    }
}

/// Shares of answers in a mask, and their covariance.
pub(super) fn shares(
    design: &SurveyDesign,
    answers: &Codes,
    mask: &[bool],
    degf: f64,
) -> Result<(Vec<f64>, Matrix), CompareError> {
    let options = Options { missing: MissingOutcome::Exclude, degf: DegfRule::Fixed(degf), ..Options::default() };
    let estimates = proportions(design, answers, &Domains::mask("all", mask), &options)?;
    values_and_covariance(&estimates)
}

pub(super) fn values_and_covariance(estimates: &Estimates) -> Result<(Vec<f64>, Matrix), CompareError> {
    let values: Option<Vec<f64>> = estimates.iter().map(|e| e.value).collect();
    let values = values.ok_or(CompareError::Undefined { what: "the base", statistic: "a table" })?;
    let all: Vec<usize> = (0..values.len()).collect();
    let covariance = estimates.covariance(&all)?;
    Ok((values, Matrix::from_fn(all.len(), all.len(), |i, j| covariance[i][j])))
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
