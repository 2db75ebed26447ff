//! Model formulas as responses and predictors.

use opros::design::Codes;
use opros::model::{Family, Link, ModelMatrix};
use serde_json::Value;

use crate::data::Dataset;
use crate::formula::{Expr, parse};
use crate::frame::{Term, evaluate, main_terms, numbers, ordered};

/// The two sides of a model formula.
pub struct Sides {
    pub left: Option<Expr>,
    pub right: Expr,
}

impl Sides {
    pub fn read(formula: &str) -> Result<Self, String> {
        Ok(match parse(formula)? {
            Expr::Binary(op, left, right) if op == "~" => Self { left: Some(*left), right: *right },
            Expr::Tilde(right) => Self { left: None, right: *right },
            other => return Err(format!("no formula: {}", other.print())),
        })
    }

    pub fn left(&self) -> Result<&Expr, String> {
        self.left.as_ref().ok_or_else(|| "a formula without left side".to_string())
    }
}

/// The response as numbers: of a factor, 1 for every level but the first.
pub fn response(data: &Dataset, left: &Expr) -> Result<Vec<f64>, String> {
    Ok(match evaluate(data, left)? {
        Term::Numbers { values, .. } => values,
        Term::Factor { codes, .. } => {
            let n = codes.n_labels() as u32;
            codes.codes().iter().map(|&c| if c < n { f64::from(u8::from(c > 0)) } else { f64::NAN }).collect()
        }
    })
}

/// The response as a factor.
pub fn factor_response(data: &Dataset, left: &Expr) -> Result<Codes, String> {
    if let Expr::Call(name, arguments) = left
        && name == "cut"
    {
        return cut(data, arguments);
    }
    match evaluate(data, left)? {
        Term::Factor { codes, .. } => Ok(codes),
        Term::Numbers { name, .. } => Err(format!("{name} is not a factor")),
    }
}

/// Intervals open on the left, closed on the right; labels have three significant digits.
fn cut(data: &Dataset, arguments: &[Expr]) -> Result<Codes, String> {
    let [column, Expr::Call(_, breaks)] = arguments else { return Err("cut without breaks".to_string()) };
    let breaks: Vec<f64> =
        breaks.iter().filter_map(|b| if let Expr::Number(value) = b { Some(*value) } else { None }).collect();
    let values = numbers(data, column)?;
    let code = |x: &f64| breaks.windows(2).position(|w| *x > w[0] && *x <= w[1]).map_or(u32::MAX, |k| k as u32);
    let label = |w: &[f64]| format!("({},{}]", three_digits(w[0]), three_digits(w[1]));
    Ok(Codes::from_codes(values.iter().map(code).collect(), breaks.windows(2).map(label).collect()))
}

/// A number as R's `formatC(digits = 3)` prints it.
fn three_digits(value: f64) -> String {
    if value.abs() >= 1000.0 {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        return format!("{mantissa}e+{:0>2}", exponent);
    }
    value.to_string()
}

/// The rows of a mask whose response is known.
pub fn answered(mask: &[bool], y: &[f64]) -> Vec<bool> {
    mask.iter().zip(y).map(|(m, y)| *m && !y.is_nan()).collect()
}

/// The predictors of a right side; terms that `skip` accepts are left out. As in R, the levels of a factor are those met in
/// `rows` (later rows do not count) once rows with a missing predictor are out: a domain may lack a level, even the first.
pub fn predictors(
    data: &Dataset,
    right: &Expr,
    rows: &[bool],
    skip: impl Fn(&Expr) -> bool,
) -> Result<ModelMatrix, String> {
    let (terms, has_intercept) = right.terms();
    let used = complete(data, &terms, rows, &skip)?;
    let evaluate = |data: &Dataset, term: &Expr| Ok::<Term, String>(evaluate(data, term)?.with_levels_of(&used));
    let mut matrix =
        if has_intercept { ModelMatrix::with_intercept(data.n_rows) } else { ModelMatrix::empty(data.n_rows) };
    let mut needs_all_levels = !has_intercept;
    let mut later = Vec::new();
    let mut main = |matrix: &mut ModelMatrix, term: &Expr| -> Result<(), String> {
        let found = evaluate(data, term)?;
        let keep_first = matches!(found, Term::Factor { .. }) && std::mem::take(&mut needs_all_levels);
        matrix.term(&term.print(), found.model_columns(keep_first)).map_err(|e| e.to_string())
    };
    for term in terms.into_iter().filter(|t| !skip(t)) {
        match term {
            Expr::Call(name, inner) if name == "offset" => {
                matrix.set_offset(numbers(data, &inner[0])?).map_err(|e| e.to_string())?;
            }
            Expr::Binary(op, left, right) if op == ":" => later.push((left, right)),
            Expr::Binary(op, left, right) if op == "*" => {
                for side in [left, right] {
                    if !matrix.terms().contains(&side.print()) {
                        main(&mut matrix, side)?;
                    }
                }
                later.push((left, right));
            }
            term => main(&mut matrix, term)?,
        }
    }
    let alone = main_terms(right);
    for (left, other) in later {
        let (left, right) = ordered(right, left, other);
        let name = format!("{}:{}", left.print(), right.print());
        let (has_left, has_right) = (alone.contains(&left.print()), alone.contains(&right.print()));
        let (left, right) =
            (evaluate(data, left)?.model_columns(!has_right), evaluate(data, right)?.model_columns(!has_left));
        let mut products = Vec::new();
        for (name_b, b) in &right {
            for (name_a, a) in &left {
                products.push((format!("{name_a}:{name_b}"), a.iter().zip(b).map(|(x, y)| x * y).collect()));
            }
        }
        matrix.term(&name, products).map_err(|e| e.to_string())?;
    }
    Ok(matrix)
}

/// The rows of a mask in which no predictor is missing.
fn complete(
    data: &Dataset,
    terms: &[&Expr],
    rows: &[bool],
    skip: &impl Fn(&Expr) -> bool,
) -> Result<Vec<bool>, String> {
    let mut used = rows.to_vec();
    let mut open: Vec<&Expr> = terms.iter().copied().filter(|t| !skip(t)).collect();
    while let Some(term) = open.pop() {
        match term {
            Expr::Call(name, _) if name == "offset" => {}
            Expr::Binary(op, left, right) if op == ":" || op == "*" => open.extend([left.as_ref(), right.as_ref()]),
            term => {
                let found = evaluate(data, term)?;
                used.iter_mut().enumerate().for_each(|(i, used)| *used &= !found.is_missing(i));
            }
        }
    }
    Ok(used)
}

/// The term of a model that a one-sided formula names, whatever the order within a product.
pub fn term_name(terms: &[String], formula: &str) -> Result<String, String> {
    let parsed = parse(formula)?;
    let (asked, _) = parsed.terms();
    let [asked] = asked.as_slice() else { return Err(format!("not one term: {formula}")) };
    let sorted = |name: &str| {
        let mut parts: Vec<String> = name.split(':').map(String::from).collect();
        parts.sort();
        parts
    };
    let wanted = sorted(&asked.print());
    terms.iter().find(|t| sorted(t) == wanted).cloned().ok_or_else(|| format!("no term {formula}"))
}

pub fn family_and_link(analysis: &Value) -> Result<(Family, Link), String> {
    let family = match analysis["family"].as_str().unwrap_or("gaussian") {
        "gaussian" => Family::Gaussian,
        "binomial" | "quasibinomial" => Family::Binomial,
        "poisson" | "quasipoisson" => Family::Poisson,
        "Gamma" => Family::Gamma,
        other => return Err(format!("family {other}")),
    };
    let link = match analysis["link"].as_str() {
        None => family.canonical_link(),
        Some("identity") => Link::Identity,
        Some("log") => Link::Log,
        Some("inverse") => Link::Inverse,
        Some("logit") => Link::Logit,
        Some("probit") => Link::Probit,
        Some("cloglog") => Link::Cloglog,
        Some(other) => return Err(format!("link {other}")),
    };
    Ok((family, link))
}

/// A data set of new predictors: columns of numbers or texts, one value or a list each. Factors keep the levels of the
/// data that the model was fitted on, so new rows are put behind those.
pub fn with_new_rows(data: &Dataset, new: &Value) -> Result<(Dataset, usize), String> {
    let table = new.as_object().ok_or("newdata is no table")?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let columns: Vec<(String, Vec<Value>)> = table.iter().map(|(name, values)| (name.clone(), list(values))).collect();
    let n_new = columns.first().map_or(0, |c| c.1.len());
    Ok((data.extended(&columns, n_new), n_new))
}
