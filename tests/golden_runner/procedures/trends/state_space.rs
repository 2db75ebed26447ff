//! State-space models.

use opros::analysis::trend::state_space::{Initial, StateSpace, forecast, local_level_fit};
use opros::numeric::matrix::Matrix;
use serde_json::{Value, json};

use super::arguments::{Arguments, list, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "kalman" => kalman(a),
        "kalman_forecast" => ahead(a),
        "kalman_mle" => likelihood(a),
        "structts" => likelihood(a),
        _ => return None,
    })
}

fn series(a: &Arguments) -> Result<Vec<f64>, String> {
    let mut y = a.numbers("column")?;
    if a.has("missing") {
        for row in a.numbers("missing")? {
            y[row as usize - 1] = f64::NAN;
        }
    }
    Ok(y)
}

fn model(a: &Arguments, n: usize) -> Result<StateSpace, String> {
    let h = match a.numbers("H")?.as_slice() {
        [one] => vec![*one; n],
        many => many.to_vec(),
    };
    let q = a.numbers("Q")?;
    let first: Vec<Initial> = if a.text("initial")? == "proper" {
        let means = a.numbers("a1")?;
        let variances = match a.table("P1") {
            Ok(rows) => rows.iter().enumerate().map(|(i, row)| row[i]).collect(),
            Err(_) => a.numbers("P1")?,
        };
        means
            .iter()
            .zip(&variances)
            .map(|(mean, variance)| Initial::Known { mean: *mean, variance: *variance })
            .collect()
    } else {
        vec![Initial::Diffuse; 2]
    };
    let plain = match a.text("model")? {
        "local level" => StateSpace::local_level(&h, q[0], first[0]),
        "local linear trend" if first.len() > 1 && q.len() > 1 => {
            StateSpace::local_linear_trend(&h, q[0], q[1], [first[0], first[1]])
        }
        other => return Err(format!("model {other}")),
    };
    let plain = plain.map_err(text)?;
    match a.value("regressors").as_array() {
        None => Ok(plain),
        Some(names) => {
            let data = a.data()?;
            let columns = names
                .iter()
                .map(|name| data.numbers(name.as_str().unwrap_or_default()))
                .collect::<Result<Vec<_>, String>>()?;
            let regressors = Matrix::from_fn(n, columns.len(), |i, j| columns[j][i]);
            plain.with_regressors(&regressors).map_err(text)
        }
    }
}

fn rows(matrix: &Matrix) -> Value {
    (0..matrix.n_rows()).map(|i| list(matrix.row(i))).collect()
}

fn diagonals(matrices: &[Matrix]) -> Value {
    matrices.iter().map(|m| list(&m.diagonal())).collect()
}

fn kalman(a: &Arguments) -> Result<Value, String> {
    let y = series(a)?;
    let model = model(a, y.len())?;
    let filtered = model.filter(&y).map_err(text)?;
    let smoothed = model.smooth(&y).map_err(text)?;
    Ok(json!({
        "loglik": filtered.log_likelihood,
        "filtered_state": rows(&filtered.state), "filtered_var": diagonals(&filtered.variance),
        "smoothed_state": rows(&smoothed.state), "smoothed_var": diagonals(&smoothed.variance),
    }))
}

fn ahead(a: &Arguments) -> Result<Value, String> {
    let y = series(a)?;
    let model = model(a, y.len())?;
    let new_variance = a.numbers("H")?[0];
    let found = forecast(&model, &y, a.count("steps")?, new_variance, a.number_or("level", 0.95)).map_err(text)?;
    let pick =
        |f: fn(&opros::analysis::trend::state_space::Forecast) -> f64| list(&found.iter().map(f).collect::<Vec<f64>>());
    Ok(json!({"fit": pick(|f| f.value), "low": pick(|f| f.low), "high": pick(|f| f.high)}))
}

fn likelihood(a: &Arguments) -> Result<Value, String> {
    let fit = local_level_fit(&series(a)?).map_err(text)?;
    Ok(json!({
        "H": fit.observation_variance, "Q": fit.level_variance, "loglik": fit.log_likelihood,
        "epsilon": fit.observation_variance, "level": fit.level_variance,
    }))
}
