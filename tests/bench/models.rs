//! Regression and tests of tables.

use opros::analysis::compare::{CompareError, IndependenceTest, TableTest, independence_tests};
use opros::design::{Domains, SurveyDesign};
use opros::model::{Family, Glm, GlmOptions, Link, ModelMatrix, Regression, glm};
use opros::numeric::linalg::Cholesky;
use opros::numeric::matrix::Matrix;
use opros::rows::{RowSource, Table};
use serde_json::{Value, json};

use super::measure::{Times, repeat};
use super::table::{at, codes, numbers};

/// W8: settlement type against answer in each wave, from one pass.
pub fn independence(design: &SurveyDesign, table: &Table, runs: usize) -> Result<(Value, Times), String> {
    let (settlements, answers) = (codes(table, "settlement_type"), codes(table, "answer"));
    let waves = Domains::by(&codes(table, "wave"));
    let test = IndependenceTest::RaoScottF;
    let row = |(wave, test): (&String, Result<TableTest, CompareError>)| {
        let test = test.map_err(|e| format!("{wave}: {e}"))?;
        Ok(json!({
            "wave": wave, "F": test.statistic, "ndf": test.degf, "ddf": test.denominator_degf, "p": test.p_value,
        }))
    };
    repeat(runs, || {
        let tests =
            independence_tests(design, &settlements, &answers, waves.clone(), test).map_err(|e| e.to_string())?;
        table.labels(at("wave")).iter().zip(tests).map(row).collect()
    })
}

const FACTORS: [&str; 4] = ["sex", "age_group", "education", "settlement_type"];
const NUMBERS: [&str; 2] = ["log_income", "hh_size"];

/// W7: a logit with 16 coefficients.
pub fn logit(design: &SurveyDesign, table: &Table, runs: usize) -> Result<(Value, Times), String> {
    let factors = FACTORS.map(|name| (name, codes(table, name)));
    let mask = vec![true; design.n_rows()];
    repeat(runs, || {
        let mut predictors = ModelMatrix::with_intercept(design.n_rows());
        for (name, codes) in &factors {
            predictors.factor(name, codes, None).map_err(|e| e.to_string())?;
        }
        for name in NUMBERS {
            predictors.number(name, numbers(table, name)).map_err(|e| e.to_string())?;
        }
        let regression = Regression {
            response: numbers(table, "putin_approve"),
            predictors: &predictors,
            family: Family::Binomial,
            link: Link::Logit,
        };
        let model = glm(design, &regression, &mask, &GlmOptions::default()).map_err(|e| e.to_string())?;
        Ok(coefficients(&model))
    })
}

fn coefficients(model: &Glm) -> Value {
    let row = |(name, e): (&String, &opros::estimate::Estimate)| json!({ "term": name, "est": e.value, "se": e.se, "t": e.value.zip(e.se).map(|(b, se)| b / se) });
    model.names.iter().zip(model.estimates.iter()).map(row).collect()
}

/// The yardstick of W7: the same coefficients from a matrix of all columns, by reweighted least squares in a plain loop, without
/// standard errors.
pub fn dense_logit(table: &Table) -> Result<Vec<f64>, String> {
    let levels: Vec<_> = FACTORS.map(|name| codes(table, name)).into();
    let n_levels: usize = levels.iter().map(|codes| codes.n_labels() - 1).sum();
    let p = 1 + n_levels + NUMBERS.len();
    let (y, w) = (numbers(table, "putin_approve"), numbers(table, "weight"));
    let mut x = vec![0.0; y.len() * p];
    for (i, row) in x.chunks_exact_mut(p).enumerate() {
        row[0] = 1.0;
        let mut first = 1;
        for codes in &levels {
            if let level @ 1.. = codes.codes()[i] as usize {
                row[first + level - 1] = 1.0;
            }
            first += codes.n_labels() - 1;
        }
        row[first..].iter_mut().zip(NUMBERS).for_each(|(x, name)| *x = numbers(table, name)[i]);
    }
    let mut beta = vec![0.0; p];
    for _ in 0..25 {
        let (mut gram, mut gradient) = (Matrix::zeros(p, p), vec![0.0; p]);
        for ((row, y), w) in x.chunks_exact(p).zip(y).zip(w) {
            let eta: f64 = row.iter().zip(&beta).map(|(x, b)| x * b).sum();
            let mu = 1.0 / (1.0 + (-eta).exp());
            for (j, a) in row.iter().enumerate() {
                gradient[j] += a * w * (y - mu);
                let wa = a * w * mu * (1.0 - mu);
                gram.row_mut(j).iter_mut().zip(row).for_each(|(sum, b)| *sum += wa * b);
            }
        }
        let step = Cholesky::of(&gram).and_then(|c| c.solve(&gradient)).map_err(|e| e.to_string())?;
        beta.iter_mut().zip(&step).for_each(|(b, s)| *b += s);
        if step.iter().all(|s| s.abs() < 1e-9) {
            return Ok(beta);
        }
    }
    Err("the yardstick did not settle".to_owned())
}
