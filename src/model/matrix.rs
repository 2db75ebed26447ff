//! The predictors of a model, column by column, with the terms that they belong to.

use std::sync::Arc;

use super::error::ModelError;
use crate::design::{Codes, Crossed, MISSING};

/// Predictors: named columns in named terms, and an offset. NaN is a missing value; its row stays out of the fit.
///
/// # Examples
///
/// ```
/// use opros::design::Codes;
/// use opros::model::ModelMatrix;
/// let age = [20.0, 30.0, 40.0];
/// let place = Codes::from_labels(&["city", "village", "city"]);
/// let mut x = ModelMatrix::with_intercept(3);
/// x.number("age", &age)?;
/// x.factor("place", &place, Some("village"))?;
/// x.interaction("age", "place")?;
/// assert_eq!(x.names(), ["(Intercept)", "age", "placecity", "age:placecity"]);
/// # Ok::<(), opros::model::ModelError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMatrix {
    n_rows: usize,
    names: Vec<String>,
    columns: Vec<Column>,
    factors: Vec<Codes>,
    numbers: Vec<Arc<Vec<f64>>>,
    term_of_column: Vec<usize>,
    terms: Vec<String>,
    offset: Option<Vec<f64>>,
}

/// One column: a number (1 where there is none) in the rows that have some levels of factors, 0 in the others.
#[derive(Clone, Debug, Default, PartialEq)]
struct Column {
    /// Factors and their levels, by position.
    levels: Vec<(usize, u32)>,
    number: Option<usize>,
}

/// So many combinations of levels are laid out, met or not.
const DIRECT_PATTERNS: usize = 1 << 12;

/// The name of the column of ones.
const INTERCEPT: &str = "(Intercept)";

impl ModelMatrix {
    /// No columns yet, not even an intercept.
    pub fn empty(n_rows: usize) -> Self {
        Self {
            n_rows,
            names: Vec::new(),
            columns: Vec::new(),
            factors: Vec::new(),
            numbers: Vec::new(),
            term_of_column: Vec::new(),
            terms: Vec::new(),
            offset: None,
        }
    }

    /// An intercept.
    pub fn with_intercept(n_rows: usize) -> Self {
        let mut matrix = Self::empty(n_rows);
        matrix.names.push(INTERCEPT.to_string());
        matrix.columns.push(Column::default());
        matrix.term_of_column.push(0);
        matrix.terms.push(INTERCEPT.to_string());
        matrix
    }

    /// Adds a term of one numeric column.
    ///
    /// # Errors
    /// A column of another length, or an infinite value.
    pub fn number(&mut self, name: &str, values: &[f64]) -> Result<(), ModelError> {
        self.term(name, vec![(name.to_string(), values.to_vec())])
    }

    /// Adds a factor: one 0/1 column a level, except the reference level (the first, when none is declared). Columns are
    /// named by term and level.
    ///
    /// # Errors
    /// Codes of another length, fewer than two levels, a reference level that does not exist.
    pub fn factor(&mut self, name: &str, codes: &Codes, reference: Option<&str>) -> Result<(), ModelError> {
        let levels = codes.labels();
        if levels.len() < 2 {
            return Err(ModelError::TooFewLevels { term: name.to_string(), got: levels.len() });
        }
        let reference = match reference {
            None => 0,
            Some(level) => levels.iter().position(|l| l == level).ok_or_else(|| unknown_level(name, level, levels))?,
        };
        if codes.len() != self.n_rows {
            return Err(ModelError::Length { what: format!("`{name}`"), got: codes.len(), expected: self.n_rows });
        }
        let factor = self.factors.len();
        self.factors.push(codes.clone());
        let column =
            |k: usize| (format!("{name}{}", levels[k]), Column { levels: vec![(factor, k as u32)], number: None });
        self.push(name, (0..levels.len()).filter(|&k| k != reference).map(column).collect());
        Ok(())
    }

    /// Adds the products of the columns of two terms, the first fastest.
    ///
    /// # Errors
    /// A term that is not there.
    pub fn interaction(&mut self, first: &str, second: &str) -> Result<(), ModelError> {
        let (a, b) = (self.columns_of_term(first)?, self.columns_of_term(second)?);
        let mut products = Vec::with_capacity(a.len() * b.len());
        for &j in &b {
            for &i in &a {
                products.push((format!("{}:{}", self.names[i], self.names[j]), self.product(i, j)));
            }
        }
        self.push(&format!("{first}:{second}"), products);
        Ok(())
    }

    fn product(&mut self, first: usize, second: usize) -> Column {
        let (a, b) = (&self.columns[first], &self.columns[second]);
        let levels = [a.levels.as_slice(), b.levels.as_slice()].concat();
        let number = match (a.number, b.number) {
            (Some(i), Some(j)) => {
                let values = self.numbers[i].iter().zip(self.numbers[j].iter()).map(|(x, y)| x * y).collect();
                self.numbers.push(Arc::new(values));
                Some(self.numbers.len() - 1)
            }
            (number, None) | (None, number) => number,
        };
        Column { levels, number }
    }

    /// Adds a term of any columns, made elsewhere.
    ///
    /// # Errors
    /// A column of another length, or an infinite value.
    pub fn term(&mut self, name: &str, columns: Vec<(String, Vec<f64>)>) -> Result<(), ModelError> {
        for (name, values) in &columns {
            check(name, values, self.n_rows)?;
        }
        let mut own = Vec::with_capacity(columns.len());
        for (name, values) in columns {
            own.push((name, Column { levels: Vec::new(), number: Some(self.numbers.len()) }));
            self.numbers.push(Arc::new(values));
        }
        self.push(name, own);
        Ok(())
    }

    fn push(&mut self, term: &str, columns: Vec<(String, Column)>) {
        let index = self.terms.len();
        self.terms.push(term.to_string());
        for (name, column) in columns {
            self.names.push(name);
            self.columns.push(column);
            self.term_of_column.push(index);
        }
    }

    /// Sets the offset: a column that enters the linear predictor with coefficient 1.
    ///
    /// # Errors
    /// A column of another length, or an infinite value.
    pub fn set_offset(&mut self, values: Vec<f64>) -> Result<(), ModelError> {
        check("the offset", &values, self.n_rows)?;
        self.offset = Some(values);
        Ok(())
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names of the terms, the intercept among them.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The values of a column.
    pub fn column(&self, column: usize) -> Vec<f64> {
        (0..self.n_rows).map(|row| self.value(column, row)).collect()
    }

    /// The value of a column in a row.
    pub fn value(&self, column: usize, row: usize) -> f64 {
        let Column { levels, number } = &self.columns[column];
        let mut is_present = true;
        for &(factor, level) in levels {
            match self.factors[factor].codes()[row] {
                MISSING => return f64::NAN,
                code => is_present &= code == level,
            }
        }
        let number = number.map_or(1.0, |number| self.numbers[number][row]);
        if is_present || number.is_nan() { number } else { 0.0 }
    }

    /// The offset.
    pub fn offset(&self) -> Option<&[f64]> {
        self.offset.as_deref()
    }

    /// Whether the first term is an intercept.
    pub fn has_intercept(&self) -> bool {
        self.terms.first().is_some_and(|t| t == INTERCEPT)
    }

    /// The columns of a term.
    ///
    /// # Errors
    /// A term that is not there.
    pub fn columns_of_term(&self, term: &str) -> Result<Vec<usize>, ModelError> {
        let index = self
            .terms
            .iter()
            .position(|t| t == term)
            .ok_or_else(|| ModelError::UnknownTerm { term: term.to_string(), terms: self.terms.join(", ") })?;
        Ok((0..self.names.len()).filter(|&j| self.term_of_column[j] == index).collect())
    }

    /// Whether a row has all values.
    pub(super) fn is_complete(&self, row: usize) -> bool {
        self.factors.iter().all(|codes| codes.codes()[row] != MISSING)
            && self.numbers.iter().all(|numbers| !numbers[row].is_nan())
            && self.offset.as_ref().is_none_or(|o| !o[row].is_nan())
    }

    /// Which rows have all values, given their patterns.
    pub(super) fn complete_rows(&self, patterns: &Crossed) -> Vec<bool> {
        let mut complete: Vec<bool> = patterns.code_of_row.iter().map(|code| *code != MISSING).collect();
        for numbers in self.numbers.iter().map(|numbers| numbers.as_slice()).chain(self.offset.as_deref()) {
            complete.iter_mut().zip(numbers).for_each(|(is, number)| *is &= !number.is_nan());
        }
        complete
    }

    /// The numbers that columns are made of.
    pub(super) fn numbers(&self) -> &[Arc<Vec<f64>>] {
        &self.numbers
    }

    /// The combination of the levels of all factors in each row, and by factor the level of each combination.
    pub(super) fn patterns(&self) -> Crossed {
        let factors: Vec<(&[u32], usize)> = self.factors.iter().map(|f| (f.codes(), f.n_labels())).collect();
        Crossed::of(&factors, self.n_rows, DIRECT_PATTERNS)
    }

    /// Where a column is not 0 in the rows of a combination of levels: the position of its number counted from 1, or 0 for
    /// the number 1.
    pub(super) fn number_in_pattern(&self, column: usize, level_of: impl Fn(usize) -> u32) -> Option<usize> {
        let Column { levels, number } = &self.columns[column];
        let is_present = levels.iter().all(|&(factor, level)| level_of(factor) == level);
        is_present.then_some(number.map_or(0, |number| number + 1))
    }
}

fn check(name: &str, values: &[f64], n_rows: usize) -> Result<(), ModelError> {
    if values.len() != n_rows {
        return Err(ModelError::Length { what: format!("`{name}`"), got: values.len(), expected: n_rows });
    }
    match find_rare(values, f64::is_infinite) {
        None => Ok(()),
        Some(row) => Err(ModelError::NotFinite { what: format!("`{name}`"), row: row + 1, got: values[row] }),
    }
}

/// The position of the first value of a kind that a column seldom has: rows are judged many at a time, without a way out.
pub(super) fn find_rare(values: &[f64], is_one: impl Fn(f64) -> bool) -> Option<usize> {
    const BLOCK: usize = 1 << 10;
    let has_one = |block: &[f64]| block.iter().fold(false, |any, value| any | is_one(*value));
    let start = BLOCK * values.chunks(BLOCK).position(has_one)?;
    values[start..].iter().position(|value| is_one(*value)).map(|position| start + position)
}

fn unknown_level(term: &str, level: &str, levels: &[String]) -> ModelError {
    const SHOWN: usize = 20;
    let nearest = levels.iter().min_by(|a, b| {
        let score = |l: &str| strsim::damerau_levenshtein(l, level);
        score(a).cmp(&score(b))
    });
    let is_near = |l: &&String| strsim::damerau_levenshtein(l, level) <= 1 + level.chars().count() / 3;
    let mut shown = levels.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if levels.len() > SHOWN {
        shown.push_str(&format!(" and {} more", levels.len() - SHOWN));
    }
    ModelError::UnknownLevel {
        term: term.to_string(),
        level: level.to_string(),
        levels: shown,
        hint: nearest.filter(is_near).map_or_else(String::new, |l| format!("\n  hint: did you mean `{l}`?")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_rare_kind_is_found() {
        let mut values = vec![0.0; 5_000];
        assert_eq!(find_rare(&values, f64::is_infinite), None);
        values[2_345] = f64::NEG_INFINITY;
        values[4_000] = f64::INFINITY;
        assert_eq!(find_rare(&values, f64::is_infinite), Some(2_345));
        assert_eq!(find_rare(&values[4_001..], f64::is_infinite), None);
    }

    #[test]
    fn a_misspelt_reference_level_is_found() {
        let codes = Codes::from_labels(&["village", "city", "city"]);
        let error = ModelMatrix::with_intercept(3).factor("place", &codes, Some("vilage")).unwrap_err();
        assert!(error.to_string().contains("did you mean `village`?"), "{error}");
    }

    #[test]
    fn a_factor_with_one_level_is_refused() {
        let codes = Codes::from_labels(&["city", "city"]);
        let error = ModelMatrix::with_intercept(2).factor("place", &codes, None).unwrap_err();
        assert_eq!(error, ModelError::TooFewLevels { term: "place".to_string(), got: 1 });
    }
}
