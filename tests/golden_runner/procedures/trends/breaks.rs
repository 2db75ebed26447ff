//! Breaks and change points.

use opros::analysis::trend::breaks as stat;
use opros::analysis::trend::breaks::{Cost, Penalty, RegressionBreaks, Search};
use opros::numeric::moments::Moments;
use serde_json::{Value, json};

use super::arguments::{Arguments, list, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "changepoint" => change_points(a),
        "breakpoints" => breakpoints(a),
        "breakpoints_confint" => intervals(a),
        "chow" => chow(a),
        "cusum" => cusum(a),
        "sup_f" => sup_f(a),
        "segmented" => segmented(a),
        _ => return None,
    })
}

fn change_points(a: &Arguments) -> Result<Value, String> {
    let mut y = a.numbers("column")?;
    if a.has("scale_by") {
        let sd = Moments::of(&y).sample_variance().ok_or("no variance")?.sqrt();
        y.iter_mut().for_each(|v| *v /= sd);
    }
    let cost = if a.text("cost")? == "mean_variance" { Cost::MeanAndVariance } else { Cost::Mean };
    let penalty = a.value("penalty").as_f64().map_or(Penalty::Bic, Penalty::Manual);
    let search = match a.text("method")? {
        "PELT" => Search::Pelt,
        "BinSeg" => Search::BinarySegmentation { most: a.count("max_changepoints")? },
        _ => Search::AtMostOne,
    };
    let min_segment = a.count("min_segment")?;
    let r = stat::change_points(&y, cost, penalty, min_segment, search).map_err(text)?;
    Ok(json!({"changepoints": r.positions, "penalty_value": r.penalty}))
}

fn regression(a: &Arguments, most: Option<usize>) -> Result<RegressionBreaks, String> {
    let model = a.model()?;
    RegressionBreaks::find(&model.design, &model.y, a.number("h")?, most).map_err(text)
}

fn breakpoints(a: &Arguments) -> Result<Value, String> {
    let breaks = a.value("breaks").as_u64().map(|n| n as usize);
    let found = regression(a, breaks)?;
    match breaks {
        Some(n) => {
            let model = found.models.get(n).ok_or("fewer breaks are possible")?;
            Ok(json!({"breakpoints": model.breaks, "rss": model.rss}))
        }
        None => Ok(json!({
            "breakpoints": match found.models[found.best()].breaks.as_slice() {
                [] => json!([null]),
                breaks => json!(breaks),
            },
            "rss": list(&found.models.iter().map(|m| m.rss).collect::<Vec<_>>()),
            "bic": list(&found.models.iter().map(|m| m.bic).collect::<Vec<_>>()),
        })),
    }
}

fn intervals(a: &Arguments) -> Result<Value, String> {
    let n = a.count("breaks")?;
    let found = regression(a, Some(n))?.intervals(n, a.number_or("level", 0.95)).map_err(text)?;
    let rows: Value = found.iter().map(|i| json!([i.low, i.position, i.high])).collect();
    Ok(json!({"ci": rows}))
}

fn chow(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let r = stat::chow_test(&model.design, &model.y, a.count("point")?).map_err(text)?;
    Ok(json!({"statistic": r.statistic, "p_value": r.p_value}))
}

fn cusum(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let r = stat::cusum_test(&model.design, &model.y).map_err(text)?;
    Ok(json!({"process": list(&r.process), "statistic": r.test.statistic, "p_value": r.test.p_value}))
}

fn sup_f(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let r = stat::sup_f_test(&model.design, &model.y, a.number("from")?).map_err(text)?;
    Ok(json!({"statistic": r.test.statistic, "p_value": r.test.p_value, "argmax": r.position}))
}

fn segmented(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let r = stat::broken_line(&model.design.column(1), &model.y, &a.numbers("start")?).map_err(text)?;
    let or_list = |values: &[f64]| if values.len() == 1 { json!(values[0]) } else { list(values) };
    Ok(json!({
        "psi": or_list(&r.bends), "psi_se": or_list(&r.bend_se), "slopes": list(&r.slopes), "rss": r.rss,
    }))
}
