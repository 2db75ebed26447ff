//! Tables, t tests and rank tests.

use opros::analysis::compare::{
    IndependenceTest, RankScore, TwoWayTable, goodness_of_fit, independence_test, rank_test, t_test_of_groups,
    t_test_of_mean, weighted_table,
};
use opros::design::Codes;
use opros::model::{LogLinear, ScoreEigenvalues, log_linear, log_linear_test};
use opros::numeric::dist::SumMethod;
use serde_json::{Map, Value, json};

use super::super::text;
use super::frame::{Sides, response};
use super::glm::{coefficients, rows};
use crate::compare::json as value;
use crate::design::{Study, number, numbers};
use crate::formula::{Expr, parse};
use crate::frame::{factor, names};

pub fn run(study: &Study, analysis: &Value) -> Option<Result<Value, String>> {
    Some(match analysis["procedure"].as_str().unwrap_or_default() {
        "chisq" => independence(study, analysis),
        "gofchisq" => fit(study, analysis),
        "table" => table(study, analysis),
        "loglin" => model(study, analysis),
        "loglin_anova" => models(study, analysis),
        "ttest" => t_test(study, analysis),
        "ranktest" => ranks(study, analysis),
        _ => return None,
    })
}

/// The columns that a one-sided formula lists, as factors.
fn factors(study: &Study, formula: &str) -> Result<Vec<(String, Codes)>, String> {
    names(formula)?.into_iter().map(|n| factor(&study.data, &n).map(|codes| (n, codes))).collect()
}

fn independence(study: &Study, analysis: &Value) -> Result<Value, String> {
    let questions = factors(study, text(analysis, "formula")?)?;
    let [rows, columns] = questions.as_slice() else { return Err("not a two-way table".to_string()) };
    let table = TwoWayTable::new(&study.design, &rows.1, &columns.1, &study.mask).map_err(|e| e.to_string())?;
    let word = text(analysis, "statistic")?;
    let test = match word {
        "F" => IndependenceTest::RaoScottF,
        "Chisq" => IndependenceTest::RaoScottChiSquared,
        "Wald" => IndependenceTest::Wald,
        "adjWald" => IndependenceTest::AdjustedWald,
        "lincom" => IndependenceTest::WeightedSum { method: SumMethod::Exact, as_in_r: true },
        "saddlepoint" => IndependenceTest::WeightedSum { method: SumMethod::Saddlepoint, as_in_r: true },
        "wls-score" => IndependenceTest::WlsScore { as_in_r: true },
        other => return Err(format!("statistic {other}")),
    };
    let found = independence_test(&table, test).map_err(|e| e.to_string())?;
    let parameter = match found.denominator_degf {
        None => json!({"df": found.degf}),
        Some(second) => json!({
            "ndf": found.degf, "ddf": second, "ndf.df": found.degf, "ddf.ddf": second,
        }),
    };
    Ok(json!({"statistic": found.statistic, "parameter": parameter, "p_value": found.p_value}))
}

fn fit(study: &Study, analysis: &Value) -> Result<Value, String> {
    let questions = factors(study, text(analysis, "formula")?)?;
    let [(_, answers)] = questions.as_slice() else { return Err("not one question".to_string()) };
    let found = goodness_of_fit(&study.design, answers, &numbers(&analysis["p"]), &study.mask);
    let found = found.map_err(|e| e.to_string())?;
    Ok(json!({
        "statistic": found.statistic, "parameter": {"scale": found.scale, "df": found.degf},
        "p_value": found.p_value,
    }))
}

fn table(study: &Study, analysis: &Value) -> Result<Value, String> {
    let questions = factors(study, text(analysis, "formula")?)?;
    let codes: Vec<&Codes> = questions.iter().map(|q| &q.1).collect();
    let totals = weighted_table(&study.design, &codes, &study.mask, number(&analysis["Ntotal"]));
    let cell = |(mut rest, total): (usize, f64)| {
        let mut entry = Map::new();
        for (name, codes) in &questions {
            entry.insert(name.clone(), codes.labels()[rest % codes.n_labels()].clone().into());
            rest /= codes.n_labels();
        }
        entry.insert("total".to_string(), value(total));
        Value::from(entry)
    };
    let totals = totals.map_err(|e| e.to_string())?;
    Ok(json!({"cells": totals.into_iter().enumerate().map(cell).collect::<Vec<Value>>()}))
}

fn fit_log_linear(study: &Study, formula: &str) -> Result<LogLinear, String> {
    let parsed = parse(formula)?;
    let (listed, _) = parsed.terms();
    let mut questions: Vec<String> = Vec::new();
    let mut terms: Vec<Vec<usize>> = Vec::new();
    let mut later: Vec<Vec<usize>> = Vec::new();
    let mut position = |name: String| match questions.iter().position(|q| *q == name) {
        Some(at) => at,
        None => {
            questions.push(name);
            questions.len() - 1
        }
    };
    for term in listed {
        match term {
            Expr::Binary(op, left, right) if op == "*" || op == ":" => {
                let pair = vec![position(left.print()), position(right.print())];
                if op == "*" {
                    for &q in &pair {
                        if !terms.contains(&vec![q]) {
                            terms.push(vec![q]);
                        }
                    }
                }
                later.push(pair);
            }
            other => {
                let at = position(other.print());
                if !terms.contains(&vec![at]) {
                    terms.push(vec![at]);
                }
            }
        }
    }
    let codes: Result<Vec<Codes>, String> = questions.iter().map(|q| factor(&study.data, q)).collect();
    let codes = codes?;
    let questions: Vec<(String, &Codes)> = questions.into_iter().zip(&codes).collect();
    terms.extend(later);
    log_linear(&study.design, &questions, &terms, &study.mask).map_err(|e| e.to_string())
}

fn model(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit_log_linear(study, text(analysis, "formula")?)?;
    Ok(json!({
        "estimates": coefficients(&model.names, &model.coefficients, &model.covariance),
        "vcov": rows(&model.covariance),
    }))
}

fn models(study: &Study, analysis: &Value) -> Result<Value, String> {
    let smaller = fit_log_linear(study, text(analysis, "smaller")?)?;
    let larger = fit_log_linear(study, text(analysis, "larger")?)?;
    let test = log_linear_test(&smaller, &larger, ScoreEigenvalues::AsR).map_err(|e| e.to_string())?;
    Ok(json!({
        "deviance": test.deviance, "deviance_p": test.deviance_p, "score": test.score, "score_p": test.score_p,
        "df": [], "eigen": test.lambda,
    }))
}

fn t_test(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let y = response(&study.data, sides.left()?)?;
    let level = analysis["level"].as_f64().unwrap_or(0.95);
    let test = match &sides.right {
        Expr::Number(_) => t_test_of_mean(&study.design, &y, &study.mask, level),
        group => t_test_of_groups(&study.design, &y, &factor(&study.data, &group.print())?, &study.mask, level),
    }
    .map_err(|e| e.to_string())?;
    Ok(json!({
        "statistic": test.statistic, "parameter": {"df": test.degf}, "p_value": test.p_value,
        "estimate": test.estimate, "conf_int": [test.low, test.high], "conf_level": level,
    }))
}

fn ranks(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let y = response(&study.data, sides.left()?)?;
    let groups = match &sides.right {
        Expr::Name(column) => factor(&study.data, column)?,
        other => super::frame::factor_response(&study.data, other)?,
    };
    let score = match text(analysis, "test")? {
        "wilcoxon" | "KruskalWallis" => RankScore::Wilcoxon,
        "vanderWaerden" => RankScore::VanDerWaerden,
        "median" => RankScore::Median,
        other => return Err(format!("test {other}")),
    };
    let test = rank_test(&study.design, &y, &groups, &study.mask, score).map_err(|e| e.to_string())?;
    Ok(json!({
        "statistic": test.statistic, "parameter": {"df": test.degf}, "df": test.degf, "p_value": test.p_value,
        "estimate": test.differences.first(),
    }))
}
