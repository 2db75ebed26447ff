//! Smoothers.

use opros::analysis::trend::smooth as stat;
use opros::analysis::trend::smooth::{
    Family, HoltStart, Loess, Lowess, Placement, SeasonWindow, SmoothingSpline, Smoothness, Statistics, Surface,
};
use serde_json::{Value, json};

use super::arguments::{Arguments, list, text};
use crate::compare::json as number;

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "loess" => loess(a),
        "lowess" => lowess(a),
        "smooth_spline" => spline(a),
        "moving_average" => moving_average(a),
        "exponential_smoothing" => exponential(a),
        "holt" => holt(a),
        "stl" => stl(a),
        _ => return None,
    })
}

fn loess(a: &Arguments) -> Result<Value, String> {
    let settings = Loess {
        span: a.number("span")?,
        degree: a.count("degree")?,
        family: match a.text("family")? {
            "symmetric" => Family::Symmetric { iterations: a.number_or("iterations", 4.0) as usize },
            _ => Family::Gaussian,
        },
        surface: match a.text("surface")? {
            "interpolate" => Surface::Interpolate { cell: a.number_or("cell", 0.2) },
            _ => Surface::Direct,
        },
        statistics: if a.text("statistics")? == "exact" { Statistics::Exact } else { Statistics::Approximate },
    };
    let formula = a.text("formula")?;
    let (y, x) = formula.split_once('~').ok_or("a formula without ~")?;
    let data = a.data()?;
    let weights = if a.has("weights") { Some(a.numbers("weights")?) } else { None };
    let fit = settings.fit(&data.numbers(x.trim())?, &data.numbers(y.trim())?, weights.as_deref()).map_err(text)?;
    let points = fit.predict(&a.numbers("at")?).map_err(text)?;
    let pick = |f: fn(&stat::LoessPoint) -> f64| -> Value {
        points.iter().map(|p| p.as_ref().map_or(Value::Null, |p| number(f(p)))).collect()
    };
    Ok(json!({
        "fit": pick(|p| p.fit), "se": pick(|p| p.se), "residual_scale": fit.residual_scale, "df": fit.degf,
    }))
}

fn lowess(a: &Arguments) -> Result<Value, String> {
    let settings = Lowess { f: a.number("f")?, iterations: a.count("iter")?, delta: a.number_or("delta", 0.0) };
    let mut points: Vec<(f64, f64)> = a.numbers("x")?.into_iter().zip(a.numbers("y")?).collect();
    points.sort_by(|p, q| p.0.total_cmp(&q.0));
    let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    Ok(json!({"y": list(&stat::lowess(&x, &y, settings).map_err(text)?)}))
}

fn spline(a: &Arguments) -> Result<Value, String> {
    let smoothness = if a.has("df") { Smoothness::Degf(a.number("df")?) } else { Smoothness::Gcv };
    let fit = SmoothingSpline { smoothness }.fit(&a.numbers("x")?, &a.numbers("y")?, None).map_err(text)?;
    Ok(json!({"fit": list(&fit.fitted), "df": fit.degf, "lambda": fit.lambda, "gcv": fit.gcv}))
}

fn moving_average(a: &Arguments) -> Result<Value, String> {
    let placement = if a.flag("centred") { Placement::Centred } else { Placement::Trailing };
    let means = stat::moving_average(&a.numbers("column")?, a.count("window")?, placement).map_err(text)?;
    Ok(json!({"y": means}))
}

fn exponential(a: &Arguments) -> Result<Value, String> {
    let y = stat::exponential_smoothing(&a.numbers("column")?, a.number("alpha")?, a.number("initial")?);
    Ok(json!({"y": list(&y.map_err(text)?)}))
}

fn holt(a: &Arguments) -> Result<Value, String> {
    let start =
        HoltStart { level: a.number("level0")?, trend: a.number("trend0")?, first: a.count("first_updated")? - 1 };
    let r = stat::holt(&a.numbers("column")?, a.number("alpha")?, a.number("beta")?, start).map_err(text)?;
    let last = &r.fitted[r.fitted.len().saturating_sub(3)..];
    Ok(json!({"sse": r.sse, "level": r.level, "trend": r.trend, "last_fit": list(last)}))
}

fn stl(a: &Arguments) -> Result<Value, String> {
    let season = match a.value("s_window").as_u64() {
        Some(cycles) => SeasonWindow::Cycles(cycles as usize),
        None => SeasonWindow::Periodic,
    };
    let period = a.count("frequency")?;
    let r = stat::stl(&a.numbers("y")?, period, season).map_err(text)?;
    Ok(json!({"seasonal": list(&r.seasonal[..period]), "trend": list(&r.trend)}))
}
