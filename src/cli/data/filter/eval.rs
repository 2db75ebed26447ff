//! The truth of a condition for every row: each label is judged once, rows look it up.

use super::Problem;
use super::parse::{Condition, Named, Value};
use crate::cli::data::columns::{DataFile, unknown_column};
use crate::design::Codes;
use crate::diagnostic::did_you_mean;
use crate::ingest::table::parse_number;

/// True, false or unknown, row by row.
pub fn evaluate(condition: &Condition, file: &DataFile, problems: &mut Vec<Problem>) -> Vec<Option<bool>> {
    match condition {
        Condition::And(parts) => together(parts, file, problems, false),
        Condition::Or(parts) => together(parts, file, problems, true),
        Condition::Not(inner) => {
            evaluate(inner, file, problems).into_iter().map(|row| row.map(|truth| !truth)).collect()
        }
        Condition::Missing { column } => {
            let Some(codes) = labels(column, file, problems) else { return Vec::new() };
            codes.codes().iter().map(|code| Some(*code as usize >= codes.n_labels())).collect()
        }
        Condition::In { column, values } => {
            let Some(codes) = labels(column, file, problems) else { return Vec::new() };
            values.iter().for_each(|value| check_label(column, value, &codes, problems));
            by_label(&codes, |label| values.iter().any(|value| is_same(label, value)))
        }
        Condition::Compare { column, sign, value } => {
            let Some(codes) = labels(column, file, problems) else { return Vec::new() };
            match *sign {
                "==" | "!=" => {
                    check_label(column, value, &codes, problems);
                    by_label(&codes, |label| is_same(label, value) == (*sign == "=="))
                }
                sign => ordered(column, sign, value, &codes, problems),
            }
        }
    }
}

/// `or` of the parts where `decisive` is true, `and` where it is false: one decisive part decides, unknown ones do not.
fn together(parts: &[Condition], file: &DataFile, problems: &mut Vec<Problem>, decisive: bool) -> Vec<Option<bool>> {
    let mut truth = vec![Some(!decisive); file.n_rows()];
    for part in parts {
        for (row, other) in truth.iter_mut().zip(evaluate(part, file, problems)) {
            *row = match (*row, other) {
                (Some(a), _) if a == decisive => Some(a),
                (_, Some(b)) if b == decisive => Some(b),
                (None, _) | (_, None) => None,
                _ => Some(!decisive),
            };
        }
    }
    truth
}

fn labels(column: &Named, file: &DataFile, problems: &mut Vec<Problem>) -> Option<Codes> {
    if file.has(&column.name) {
        return Some(file.reading().labels(&column.name));
    }
    let unknown = unknown_column(file, &column.name);
    problems.push(Problem::new(column.span, unknown.message, unknown.hint.unwrap_or_default()));
    None
}

fn by_label(codes: &Codes, judge: impl Fn(&str) -> bool) -> Vec<Option<bool>> {
    let truth: Vec<bool> = codes.labels().iter().map(|label| judge(label)).collect();
    codes.codes().iter().map(|code| truth.get(*code as usize).copied()).collect()
}

fn is_same(label: &str, value: &Value) -> bool {
    label == value.text || value.number.is_some_and(|number| parse_number(label) == Some(number))
}

/// A label that no row has is a slip, not an empty domain; of numbers any may be asked for.
fn check_label(column: &Named, value: &Value, codes: &Codes, problems: &mut Vec<Problem>) {
    if value.number.is_some() || codes.labels().contains(&value.text) {
        return;
    }
    let message = format!("no row of `{}` has the label `{}`", column.name, value.text);
    let hint = match did_you_mean(&value.text, codes.labels().iter().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let listed: Vec<&str> = codes.labels().iter().take(20).map(String::as_str).collect();
            format!("labels: {}", listed.join(", "))
        }
    };
    problems.push(Problem::new(value.span, message, hint));
}

fn ordered(column: &Named, sign: &str, value: &Value, codes: &Codes, problems: &mut Vec<Problem>) -> Vec<Option<bool>> {
    let Some(bound) = value.number else {
        let message = format!("`{sign}` needs a number after it");
        problems.push(Problem::new(value.span, message, "labels are compared with `==`, `!=` and `in [...]`"));
        return Vec::new();
    };
    if let Some(label) = codes.labels().iter().find(|label| parse_number(label).is_none()) {
        let message = format!("`{}` holds texts such as `{label}`, so `{sign}` has no meaning", column.name);
        let hint = format!("if `{label}` means that there is no value, add `--na {label}`; otherwise use `in [...]`");
        problems.push(Problem::new(column.span, message, hint));
        return Vec::new();
    }
    by_label(codes, |label| {
        parse_number(label).is_some_and(|number| match sign {
            "<" => number < bound,
            "<=" => number <= bound,
            ">" => number > bound,
            _ => number >= bound,
        })
    })
}
