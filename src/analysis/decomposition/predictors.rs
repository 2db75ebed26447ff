//! The variables that a gap is held against.

use super::error::{DecompositionError, level, same_length};
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::numeric::matrix::Matrix;

/// A variable that a gap is held against.
#[derive(Debug, Clone, Copy)]
pub struct Predictor<'a> {
    pub name: &'a str,
    pub detail: Detail<'a>,
}

/// What a variable looks like.
#[derive(Debug, Clone, Copy)]
pub enum Detail<'a> {
    /// A number a row; NaN for a missing one.
    Number(&'a [f64]),
    /// A factor whose coefficients are turned into deviations from their own mean, so that no result depends on which level was
    /// left out of the regression.
    Factor(&'a Codes),
    /// A factor whose effects are held against one level. The unexplained part of the factor and of the constant depend
    /// on it.
    FactorAgainst(&'a Codes, &'a str),
}

/// How the columns of the regression and the columns of the detail belong together.
#[derive(Debug, Clone)]
pub(super) struct Layout<'a> {
    predictors: &'a [Predictor<'a>],
    /// Names of the columns of the detail, with the position of their term; the constant is term 0.
    pub columns: Vec<(String, usize)>,
    pub terms: Vec<String>,
    /// Names of the columns of the regression.
    pub fitted: Vec<String>,
    /// Coefficients of the detail from those of the regression: a row a column of the detail.
    pub expansion: Matrix,
}

const CONSTANT: &str = "(constant)";

impl<'a> Layout<'a> {
    pub fn new(predictors: &'a [Predictor<'a>], design: &SurveyDesign) -> Result<Self, DecompositionError> {
        let mut columns = vec![(CONSTANT.to_owned(), 0)];
        let mut terms = vec![CONSTANT.to_owned()];
        let mut fitted = vec![CONSTANT.to_owned()];
        // Entries of the expansion: row, column, value.
        let mut entries = vec![(0, 0, 1.0)];
        for (t, predictor) in predictors.iter().enumerate() {
            terms.push(predictor.name.to_owned());
            let (codes, against) = match predictor.detail {
                Detail::Number(values) => {
                    super::rows::check_column(design, predictor.name, values)?;
                    entries.push((columns.len(), fitted.len(), 1.0));
                    columns.push((predictor.name.to_owned(), t + 1));
                    fitted.push(predictor.name.to_owned());
                    continue;
                }
                Detail::Factor(codes) => (codes, None),
                Detail::FactorAgainst(codes, name) => (codes, Some(level(predictor.name, name, codes.labels())?)),
            };
            same_length(&format!("`{}`", predictor.name), codes.len(), design.n_rows())?;
            let n = codes.n_labels();
            if n < 2 {
                return Err(DecompositionError::TooFew { what: "levels of a factor", got: n, needed: 2 });
            }
            let (row, column) = (columns.len(), fitted.len());
            let omitted = against.unwrap_or(0);
            let kept: Vec<usize> = (0..n).filter(|l| *l != omitted).collect();
            fitted.extend(kept.iter().map(|l| format!("{} {}", predictor.name, codes.labels()[*l])));
            match against {
                Some(_) => {
                    columns.extend(kept.iter().map(|l| (codes.labels()[*l].clone(), t + 1)));
                    entries.extend((0..kept.len()).map(|k| (row + k, column + k, 1.0)));
                }
                None => {
                    columns.extend(codes.labels().iter().map(|label| (label.clone(), t + 1)));
                    // Each level less the mean of all, the mean goes to the constant; the omitted level is 0 before.
                    let mean = 1.0 / n as f64;
                    for (k, own) in kept.iter().enumerate() {
                        entries.push((0, column + k, mean));
                        for l in 0..n {
                            let value = f64::from(u8::from(l == *own)) - mean;
                            entries.push((row + l, column + k, value));
                        }
                    }
                }
            }
        }
        let mut expansion = Matrix::zeros(columns.len(), fitted.len());
        for (row, column, value) in entries {
            expansion[(row, column)] += value;
        }
        Ok(Self { predictors, columns, terms, fitted, expansion })
    }

    /// Whether a row has all variables.
    pub fn is_complete(&self, row: usize) -> bool {
        self.predictors.iter().all(|p| match p.detail {
            Detail::Number(values) => !values[row].is_nan(),
            Detail::Factor(codes) | Detail::FactorAgainst(codes, _) => codes.codes()[row] != MISSING,
        })
    }

    /// The columns of the detail in some rows.
    pub fn detail(&self, rows: &[usize]) -> Matrix {
        self.matrix(rows, self.columns.len(), |against| against)
    }

    /// The columns of the regression in some rows.
    pub fn regression(&self, rows: &[usize]) -> Matrix {
        self.matrix(rows, self.fitted.len(), |against| Some(against.unwrap_or(0)))
    }

    /// Columns of each variable in order; `omitted` says which level of a factor has none.
    fn matrix(&self, rows: &[usize], n_columns: usize, omitted: impl Fn(Option<usize>) -> Option<usize>) -> Matrix {
        let mut matrix = Matrix::zeros(rows.len(), n_columns);
        let mut column = 1;
        (0..rows.len()).for_each(|k| matrix[(k, 0)] = 1.0);
        for predictor in self.predictors {
            let (codes, against) = match predictor.detail {
                Detail::Number(values) => {
                    rows.iter().enumerate().for_each(|(k, i)| matrix[(k, column)] = values[*i]);
                    column += 1;
                    continue;
                }
                Detail::Factor(codes) => (codes, None),
                Detail::FactorAgainst(codes, name) => (codes, codes.labels().iter().position(|l| l == name)),
            };
            let omitted = omitted(against);
            let place = |level: usize| match omitted {
                Some(omitted) if level == omitted => None,
                Some(omitted) if level > omitted => Some(level - 1),
                _ => Some(level),
            };
            for (k, i) in rows.iter().enumerate() {
                if let Some(place) = place(codes.codes()[*i] as usize) {
                    matrix[(k, column + place)] = 1.0;
                }
            }
            column += codes.n_labels() - usize::from(omitted.is_some());
        }
        matrix
    }

    /// A level that has no row among some, with its variable.
    pub fn level_without_rows(&self, rows: &[usize]) -> Option<(String, String)> {
        self.predictors.iter().find_map(|predictor| {
            let (Detail::Factor(codes) | Detail::FactorAgainst(codes, _)) = predictor.detail else { return None };
            let mut is_there = vec![false; codes.n_labels()];
            rows.iter().for_each(|i| is_there[codes.codes()[*i] as usize] = true);
            let missing = is_there.iter().position(|there| !there)?;
            Some((predictor.name.to_owned(), codes.labels()[missing].clone()))
        })
    }
}
