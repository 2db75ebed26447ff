//! Standard errors of reduced bias.

use opros::model::{Glm, WorkingCovariance, bell_mccaffrey};
use serde_json::{Value, json};

use super::glm::coefficients;

pub fn report(model: &Glm, word: &str) -> Result<Value, String> {
    let working = match word {
        "Bell-McCaffrey" => WorkingCovariance::Independent,
        "Bell-McCaffrey-2" => WorkingCovariance::Exchangeable,
        other => return Err(format!("standard errors {other}")),
    };
    let found = bell_mccaffrey(model, working).map_err(|e| e.to_string())?;
    let mut estimates = coefficients(&model.names, &model.coefficients, &found.covariance);
    for (entry, degf) in estimates.iter_mut().zip(&found.degf) {
        entry["df"] = json!(degf);
    }
    Ok(json!({"estimates": estimates}))
}
