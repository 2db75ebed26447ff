//! Statistics of shares.

use opros::analysis::proportions as stat;
use opros::analysis::proportions::{IntervalMethod, OddsPrecision};
use serde_json::{Map, Value, json};

use super::arguments::{Arguments, list, text};
use crate::compare::json as number;

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "proportion_intervals" => intervals(a),
        "newcombe_difference" => newcombe(a),
        "two_proportion_z" => two_proportions(a),
        "prop_test" => prop_test(a),
        "pearson_chisq" => pearson(a),
        "mcnemar" => mcnemar(a),
        "fisher_exact" => fisher(a),
        "odds_ratio" => odds_ratio(a),
        "cohen_h" => cohen_h(a),
        "sample_size" => sample_size(a),
        "power_prop" => power(a),
        "allocation" => allocation(a),
        "kish" => kish(a),
        "icc_anova" => icc(a),
        _ => return None,
    })
}

fn intervals(a: &Arguments) -> Result<Value, String> {
    let (x, n, level) = (a.number("x")?, a.number("n")?, a.number_or("level", 0.95));
    let methods = [
        ("wald", IntervalMethod::Wald),
        ("wilson", IntervalMethod::Wilson),
        ("wilson_cc", IntervalMethod::WilsonCorrected),
        ("agresti_coull", IntervalMethod::AgrestiCoull),
        ("clopper_pearson", IntervalMethod::ClopperPearson),
        ("jeffreys", IntervalMethod::Jeffreys),
        ("arcsine", IntervalMethod::Arcsine),
    ];
    let mut out = Map::new();
    for (name, method) in methods {
        let interval = stat::proportion_interval(x, n, level, method).map_err(text)?;
        out.insert("p".into(), number(interval.estimate));
        out.insert(format!("{name}_low"), number(interval.low));
        out.insert(format!("{name}_high"), number(interval.high));
    }
    Ok(out.into())
}

fn four(a: &Arguments) -> Result<(f64, f64, f64, f64, f64), String> {
    Ok((a.number("x1")?, a.number("n1")?, a.number("x2")?, a.number("n2")?, a.number_or("level", 0.95)))
}

fn newcombe(a: &Arguments) -> Result<Value, String> {
    let (x1, n1, x2, n2, level) = four(a)?;
    let (diff, low, high) = stat::newcombe_difference(x1, n1, x2, n2, level).map_err(text)?;
    Ok(json!({"diff": diff, "newcombe_low": low, "newcombe_high": high}))
}

fn two_proportions(a: &Arguments) -> Result<Value, String> {
    let (x1, n1, x2, n2, level) = four(a)?;
    let r = stat::two_proportions(x1, n1, x2, n2, level).map_err(text)?;
    Ok(json!({
        "p1": r.p1, "p2": r.p2, "diff": r.difference, "se": r.se, "wald_low": r.low, "wald_high": r.high,
        "z_pooled": r.z_pooled, "p_pooled": r.p_pooled, "z_unpooled": r.z_unpooled, "p_unpooled": r.p_unpooled,
    }))
}

fn prop_test(a: &Arguments) -> Result<Value, String> {
    let level = a.number_or("level", 0.95);
    let r = stat::proportion_test(&a.numbers("x")?, &a.numbers("n")?, a.flag("continuity_correction"), level)
        .map_err(text)?;
    let names: Map<String, Value> = match r.estimates.as_slice() {
        [p] => Map::from_iter([("p".to_string(), number(*p))]),
        many => many.iter().enumerate().map(|(i, p)| (format!("prop {}", i + 1), number(*p))).collect(),
    };
    let estimate = if r.estimates.len() == 1 { number(r.estimates[0]) } else { names.into() };
    Ok(json!({
        "statistic": r.test.statistic, "parameter": {"df": r.test.degf}, "p_value": r.test.p_value,
        "estimate": estimate, "conf_int": r.interval.map(|(low, high)| list(&[low, high])), "conf_level": level,
    }))
}

fn test(r: stat::TestResult) -> Value {
    json!({"statistic": r.statistic, "parameter": {"df": r.degf}, "p_value": r.p_value})
}

fn pearson(a: &Arguments) -> Result<Value, String> {
    stat::pearson_chi_squared(&a.table("table")?, a.flag("continuity_correction")).map(test).map_err(text)
}

fn mcnemar(a: &Arguments) -> Result<Value, String> {
    stat::mcnemar(&a.table("table")?, a.flag("continuity_correction")).map(test).map_err(text)
}

fn two_by_two(a: &Arguments) -> Result<[[f64; 2]; 2], String> {
    match a.table("table")?.as_slice() {
        [first, second] if first.len() == 2 && second.len() == 2 => Ok([[first[0], first[1]], [second[0], second[1]]]),
        _ => Err("not a 2 x 2 table".to_string()),
    }
}

fn fisher(a: &Arguments) -> Result<Value, String> {
    let level = a.number_or("level", 0.95);
    let counts = two_by_two(a)?.map(|row| row.map(|count| count as u64));
    let r = stat::fisher_exact(counts, level, OddsPrecision::AsR).map_err(text)?;
    Ok(json!({
        "p_value": r.p_value, "estimate": number(r.odds_ratio), "conf_int": list(&[r.low, r.high]),
        "conf_level": level,
    }))
}

fn odds_ratio(a: &Arguments) -> Result<Value, String> {
    let (odds, risk) = stat::odds_and_risk_ratio(two_by_two(a)?, a.number_or("level", 0.95)).map_err(text)?;
    Ok(json!({
        "or": odds.estimate, "or_low": odds.low, "or_high": odds.high,
        "rr": risk.estimate, "rr_low": risk.low, "rr_high": risk.high,
    }))
}

fn cohen_h(a: &Arguments) -> Result<Value, String> {
    Ok(json!({"h": stat::cohen_h(a.number("p1")?, a.number("p2")?).map_err(text)?}))
}

fn sample_size(a: &Arguments) -> Result<Value, String> {
    let population = a.value("population").as_f64();
    let (p, margin, level) = (a.number("p")?, a.number("margin")?, a.number_or("level", 0.95));
    let r = stat::sample_size(p, margin, level, a.number_or("deff", 1.0), population).map_err(text)?;
    Ok(json!({"n_srs": r.n_srs, "n_deff": r.n_deff, "n_fpc": r.n_fpc}))
}

fn power(a: &Arguments) -> Result<Value, String> {
    let n = stat::interviews_for_difference(a.number("p1")?, a.number("p2")?, a.number("power")?, a.number("sig")?);
    Ok(json!({"n_per_group": n.map_err(text)?}))
}

fn allocation(a: &Arguments) -> Result<Value, String> {
    let r = stat::allocate(&a.numbers("N")?, &a.numbers("S")?, &a.numbers("cost")?, a.number("n")?).map_err(text)?;
    Ok(json!({
        "proportional": list(&r.proportional), "neyman": list(&r.neyman), "optimal_cost": list(&r.optimal_cost),
    }))
}

fn kish(a: &Arguments) -> Result<Value, String> {
    let r = stat::kish(&a.numbers("weights")?).map_err(text)?;
    let moe = stat::margin_of_error(a.number_or("p", 0.5), r.n_eff, a.number_or("level", 0.95)).map_err(text)?;
    let n = r.n as f64;
    // Both designations of Kish's factor; the squared coefficient of variation as R's `var` has it.
    let cv2 = r.cv2 * n / (n - 1.0);
    Ok(json!({
        "n": r.n, "sum": r.sum_w, "deff_w": r.kish_deff, "deff": r.kish_deff, "n_eff": r.n_eff, "moe_50": moe,
        "cv2": number(cv2),
    }))
}

fn icc(a: &Arguments) -> Result<Value, String> {
    let data = a.data()?;
    let names = a.value("cluster").as_array().ok_or("cluster is not a list")?;
    let columns =
        names.iter().map(|name| data.labels(name.as_str().unwrap_or_default())).collect::<Result<Vec<_>, String>>()?;
    let mut seen = std::collections::BTreeMap::new();
    let clusters: Vec<usize> = (0..data.n_rows)
        .map(|i| {
            let key: Vec<_> = columns.iter().map(|labels| labels[i].clone()).collect();
            let next = seen.len();
            *seen.entry(key).or_insert(next)
        })
        .collect();
    let size = a.number("cluster_size")?;
    let r = stat::icc_anova(&a.numbers("variable")?, &clusters, size).map_err(text)?;
    Ok(json!({
        "msb": r.mean_square_between, "msw": r.mean_square_within, "icc": r.icc, "deff": r.deff,
    }))
}
