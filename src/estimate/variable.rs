//! Numeric columns of a request.

use std::borrow::Cow;

use super::error::EstimateError;
use crate::design::Codes;

/// A numeric column with a name; NaN is a missing value.
#[derive(Clone, Debug)]
pub struct Variable<'a> {
    name: String,
    values: Cow<'a, [f64]>,
}

impl<'a> Variable<'a> {
    /// A column of numbers, borrowed.
    pub fn new(name: impl Into<String>, values: &'a [f64]) -> Self {
        Self { name: name.into(), values: Cow::Borrowed(values) }
    }

    /// A column of numbers, owned.
    pub fn owned(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self { name: name.into(), values: Cow::Owned(values) }
    }

    /// 1 for the rows with one label of a categorical column, 0 for the others; missing stays missing.
    pub fn indicator(name: impl Into<String>, codes: &Codes, level: u32) -> Self {
        let n_labels = codes.n_labels() as u32;
        let values = codes.codes().iter().map(|&code| match code {
            c if c == level => 1.0,
            c if c < n_labels => 0.0,
            _ => f64::NAN,
        });
        Self::owned(name, values.collect())
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values, NaN for missing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The name, or the names of a ratio.
    pub(super) fn name_over(&self, below: Option<&Self>) -> String {
        below.map_or_else(|| self.name.clone(), |below| format!("{}/{}", self.name, below.name))
    }

    pub(super) fn check(&self, n_rows: usize) -> Result<(), EstimateError> {
        self.check_length(n_rows)?;
        self.check_finite()
    }

    pub(super) fn check_length(&self, n_rows: usize) -> Result<(), EstimateError> {
        if self.values.len() == n_rows {
            return Ok(());
        }
        let what = format!("variable `{}`", self.name);
        Err(EstimateError::Length { what, got: self.values.len(), expected: n_rows })
    }

    pub(super) fn check_finite(&self) -> Result<(), EstimateError> {
        // Without a branch a row, as hardly ever one is infinite.
        if !self.values.iter().fold(false, |any, v| any | v.is_infinite()) {
            return Ok(());
        }
        let mut infinite = self.values.iter().enumerate().filter(|(_, v)| v.is_infinite());
        match infinite.next() {
            None => Ok(()),
            Some((row, _)) => Err(EstimateError::Infinite {
                variable: self.name.clone(),
                n: 1 + infinite.count(),
                first_row: row + 1,
            }),
        }
    }
}
