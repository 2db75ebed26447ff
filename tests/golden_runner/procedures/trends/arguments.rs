//! Arguments of a procedure: values, or columns of a data set by name.

use std::rc::Rc;

use opros::numeric::matrix::Matrix;
use serde_json::Value;

use crate::compare::json;
use crate::data::{Dataset, Library};
use crate::formula::{Expr, parse};
use crate::frame::model_matrix;
use crate::procedures::comparisons::frame::response;

pub struct Arguments<'a> {
    analysis: &'a Value,
    data: Option<Rc<Dataset>>,
}

/// A regression: response, design with the names of its columns, offset.
pub struct Model {
    pub y: Vec<f64>,
    pub names: Vec<String>,
    pub design: Matrix,
    pub offset: Option<Vec<f64>>,
}

impl<'a> Arguments<'a> {
    pub fn new(data: &mut Library, dataset: Option<&str>, analysis: &'a Value) -> Result<Self, String> {
        let data = dataset.map(|name| data.get(name)).transpose()?;
        Ok(Self { analysis, data })
    }

    pub fn data(&self) -> Result<&Dataset, String> {
        self.data.as_deref().ok_or_else(|| "no data set".to_string())
    }

    pub fn value(&self, key: &str) -> &Value {
        &self.analysis[key]
    }

    pub fn has(&self, key: &str) -> bool {
        !self.analysis[key].is_null()
    }

    pub fn number(&self, key: &str) -> Result<f64, String> {
        self.analysis[key].as_f64().ok_or_else(|| format!("{key} is not a number"))
    }

    pub fn number_or(&self, key: &str, default: f64) -> f64 {
        self.analysis[key].as_f64().unwrap_or(default)
    }

    pub fn count(&self, key: &str) -> Result<usize, String> {
        self.analysis[key].as_u64().map(|n| n as usize).ok_or_else(|| format!("{key} is not a whole number"))
    }

    pub fn flag(&self, key: &str) -> bool {
        self.analysis[key].as_bool().unwrap_or(false)
    }

    pub fn text(&self, key: &str) -> Result<&'a str, String> {
        self.analysis[key].as_str().ok_or_else(|| format!("{key} is not a text"))
    }

    /// A list of numbers, one number, or the column of that name.
    pub fn numbers(&self, key: &str) -> Result<Vec<f64>, String> {
        match &self.analysis[key] {
            Value::String(column) => self.data()?.numbers(column),
            Value::Array(values) => {
                values.iter().map(|v| v.as_f64().ok_or_else(|| format!("{key} holds {v}"))).collect()
            }
            Value::Number(_) => Ok(vec![self.number(key)?]),
            other => Err(format!("{key} is {other}")),
        }
    }

    /// Rows of numbers.
    pub fn table(&self, key: &str) -> Result<Vec<Vec<f64>>, String> {
        let rows = self.analysis[key].as_array().ok_or_else(|| format!("{key} is not a table"))?;
        let row = |row: &Value| {
            row.as_array()
                .and_then(|cells| cells.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>())
                .ok_or_else(|| format!("{key} is not a table of numbers"))
        };
        rows.iter().map(row).collect()
    }

    /// The regression of a formula, without rows that miss something.
    pub fn model(&self) -> Result<Model, String> {
        let data = self.data()?;
        let formula = self.text("formula")?;
        let (left, right) = formula.split_once('~').ok_or("a formula without ~")?;
        let parsed = parse(&format!("~{right}"))?;
        let (terms, has_intercept) = parsed.terms();
        let mut offset = None;
        let mut kept = Vec::new();
        for term in terms {
            match term {
                Expr::Call(name, inner) if name == "offset" => {
                    let columns = model_matrix(data, &format!("~0+{}", inner[0].print()))?;
                    offset = columns.into_iter().next().map(|(_, values)| values);
                }
                term => kept.push(term.print()),
            }
        }
        kept.push(if has_intercept { "1" } else { "0" }.to_string());
        let columns = model_matrix(data, &format!("~{}", kept.join("+")))?;
        // Of a factor of two levels the second is the success.
        let y = response(data, &parse(left)?)?;
        let complete = |i: &usize| {
            !y[*i].is_nan()
                && columns.iter().all(|(_, values)| !values[*i].is_nan())
                && offset.as_ref().is_none_or(|o| !o[*i].is_nan())
        };
        let rows: Vec<usize> = (0..data.n_rows).filter(complete).collect();
        let pick = |values: &[f64]| rows.iter().map(|i| values[*i]).collect::<Vec<f64>>();
        let design = Matrix::from_fn(rows.len(), columns.len(), |i, j| columns[j].1[rows[i]]);
        Ok(Model {
            y: pick(&y),
            names: columns.into_iter().map(|(name, _)| name).collect(),
            design,
            offset: offset.map(|o| pick(&o)),
        })
    }
}

/// Numbers as JSON.
pub fn list(values: &[f64]) -> Value {
    values.iter().map(|v| json(*v)).collect()
}

/// The text of any error.
pub fn text<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}
