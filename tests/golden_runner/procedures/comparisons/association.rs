//! Association and agreement.

use opros::analysis::compare::{
    AgreementWeights, CorrelationTest, cohen_kappa, cohens_d, kendall, nominal_association, ordinal_association,
    pearson, spearman, weighted_correlation,
};
use serde_json::{Value, json};

use super::super::trends::arguments::{Arguments, list, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "cohen_kappa" => kappa(a),
        "cohens_d" => difference(a),
        "cramers_v" => nominal(a),
        "gamma" => ordinal(a),
        "pearson" => product_moment(a),
        "spearman" => ranks(a, spearman),
        "kendall" => ranks(a, kendall),
        "weighted_correlation" => weighted(a),
        _ => return None,
    })
}

fn kappa(a: &Arguments) -> Result<Value, String> {
    let categories = crate::design::numbers(a.value("categories"));
    let rater = |key: &str| -> Result<Vec<Option<usize>>, String> {
        let values = a.numbers(key)?;
        Ok(values.iter().map(|v| categories.iter().position(|c| c == v)).collect())
    };
    let weights = match a.text("weights")? {
        "unweighted" => AgreementWeights::Unweighted,
        "linear" => AgreementWeights::Linear,
        "quadratic" => AgreementWeights::Quadratic,
        other => return Err(format!("weights {other}")),
    };
    let r = cohen_kappa(&rater("rater1")?, &rater("rater2")?, categories.len(), weights).map_err(text)?;
    Ok(json!({
        "kappa": r.kappa, "se": r.se, "se_null": r.se_null, "observed": r.observed, "expected": r.expected,
    }))
}

fn difference(a: &Arguments) -> Result<Value, String> {
    let labels = a.data()?.labels(a.text("group")?)?;
    let y = a.numbers("y")?;
    let groups = crate::design::strings(a.value("groups"));
    let pick = |k: usize| -> Vec<f64> {
        let is_in = |i: &usize| labels[*i].as_ref() == groups.get(k) && !y[*i].is_nan();
        (0..y.len()).filter(is_in).map(|i| y[i]).collect()
    };
    let r = cohens_d(&pick(0), &pick(1)).map_err(text)?;
    Ok(json!({"d": r.d, "hedges_g": r.hedges_g, "var_d": r.variance}))
}

fn nominal(a: &Arguments) -> Result<Value, String> {
    let r = nominal_association(&a.table("table")?).map_err(text)?;
    Ok(json!({
        "chisq": r.chi_squared, "cramers_v": r.cramers_v, "phi": r.phi, "contingency": r.contingency,
        "tschuprow": r.tschuprow,
    }))
}

fn ordinal(a: &Arguments) -> Result<Value, String> {
    let r = ordinal_association(&a.table("table")?).map_err(text)?;
    Ok(json!({
        "concordant": r.concordant, "discordant": r.discordant, "gamma": r.gamma,
        "somers_d_col_given_row": r.somers_d,
    }))
}

/// The rows where both variables are known.
fn pairs(a: &Arguments) -> Result<(Vec<f64>, Vec<f64>), String> {
    let (x, y) = (a.numbers("x")?, a.numbers("y")?);
    Ok(x.into_iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip())
}

fn product_moment(a: &Arguments) -> Result<Value, String> {
    let (x, y) = pairs(a)?;
    let level = a.number_or("level", 0.95);
    let r = pearson(&x, &y, level).map_err(text)?;
    Ok(json!({
        "statistic": r.statistic, "parameter": {"df": r.degf}, "p_value": r.p_value, "estimate": r.estimate,
        "conf_int": r.interval.map(|(low, high)| list(&[low, high])), "conf_level": level,
    }))
}

type RankTest = fn(&[f64], &[f64], bool) -> Result<CorrelationTest, opros::analysis::compare::CompareError>;

fn ranks(a: &Arguments, test: RankTest) -> Result<Value, String> {
    let (x, y) = pairs(a)?;
    let r = test(&x, &y, a.flag("exact")).map_err(text)?;
    Ok(json!({"statistic": r.statistic, "p_value": r.p_value, "estimate": r.estimate}))
}

fn weighted(a: &Arguments) -> Result<Value, String> {
    let r = weighted_correlation(&a.numbers("x")?, &a.numbers("y")?, &a.numbers("weights")?).map_err(text)?;
    Ok(json!({
        "r": r.correlation, "mean_x": r.mean_x, "mean_y": r.mean_y, "var_x_unbiased": r.variance_x,
        "cov_unbiased": r.covariance,
    }))
}
