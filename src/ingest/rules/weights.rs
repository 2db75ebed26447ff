//! Weights of respondents: missing, negative, zero, extreme.

use super::Checked;
use crate::diagnostic::{Diagnostic, Level};
use crate::study::definition::Survey;
use crate::study::{Microdata, Origin};

/// Kish design effect above which weights are called extreme.
const LARGE_EFFECT: f64 = 2.0;

/// Multiple of the mean weight above which a weight is called extreme.
const LARGE_WEIGHT: f64 = 10.0;

/// Multiple of the median weight above which a weight is taken for an error of the file.
const IMPOSSIBLE_WEIGHT: f64 = 100.0;

/// V12: weights that cannot be used are errors, weights that cost precision are warnings.
pub(super) fn check(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let definition = &checked.study.definition;
    for survey in &definition.survey {
        let Some(file) = checked.study.microdata(&survey.data) else { continue };
        let Some(design) = definition.design.iter().find(|design| design.id == survey.design) else { continue };
        let Some(weights) = file.column(&design.weight).and_then(|column| column.numbers()) else { continue };
        let rows = rows_of(file, survey);
        let at = |row: usize, level, message: String| {
            let origin = Origin::line(&file.file, file.lines[row]);
            let mut finding = checked.at(level, "V12", &origin, Some(&design.weight), message);
            finding.place.key = Some(format!("survey {}", survey.id));
            finding
        };
        for row in &rows {
            let weight = weights[*row];
            if weight.is_nan() || weight < 0.0 {
                let message = if weight < 0.0 { "a weight is negative" } else { "a weight is missing" };
                findings.push(
                    at(*row, Level::Error, message.to_owned())
                        .expected("a number, 0 or more")
                        .hint("correct the value, or leave the row out with `where` of the survey"),
                );
            }
        }
        let usable: Vec<(usize, f64)> =
            rows.iter().map(|row| (*row, weights[*row])).filter(|(_, weight)| *weight > 0.0).collect();
        let n_zero = rows.iter().filter(|row| weights[**row] == 0.0).count();
        if n_zero > 0 {
            let first = rows.iter().copied().find(|row| weights[*row] == 0.0).unwrap_or(0);
            let message = format!("{n_zero} of {} respondents have weight 0", rows.len());
            findings.push(
                at(first, Level::Note, message)
                    .hint("they count in the design and in no share; nothing to do if the source means it so"),
            );
        }
        let mistakes = impossible(&usable);
        findings.extend(mistakes.iter().map(|(row, multiple)| {
            at(*row, Level::Error, format!("a weight is {multiple:.0} times the median"))
                .expected(format!("at most {IMPOSSIBLE_WEIGHT} times the median weight of the survey"))
                .hint("correct the value, or leave the row out with `where` of the survey: one person would outweigh all others")
        }));
        if !mistakes.is_empty() {
            continue;
        }
        findings.extend(extreme(&usable).map(|(row, observed)| {
            at(row, Level::Warning, format!("the weights of survey `{}` are extreme", survey.id))
                .observed(observed)
                .expected(format!(
                    "a design effect under {LARGE_EFFECT} and no weight above {LARGE_WEIGHT} times the mean"
                ))
                .hint(
                    "results hang on few respondents; show the effective sample size beside them, or trim the weights",
                )
        }));
    }
    findings
}

/// Weights that nobody can have been given: row and multiple of the median of the positive weights.
fn impossible(weights: &[(usize, f64)]) -> Vec<(usize, f64)> {
    let mut sorted: Vec<f64> = weights.iter().map(|(_, weight)| *weight).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(median) = sorted.get(sorted.len() / 2).copied() else { return Vec::new() };
    let multiples = weights.iter().map(|(row, weight)| (*row, weight / median));
    multiples.filter(|(_, multiple)| *multiple > IMPOSSIBLE_WEIGHT).collect()
}

/// The row of the largest weight and a description, where weights are extreme.
fn extreme(weights: &[(usize, f64)]) -> Option<(usize, String)> {
    let n = weights.len() as f64;
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let squares: f64 = weights.iter().map(|(_, weight)| weight * weight).sum();
    let (row, largest) = weights.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let effect = n * squares / (sum * sum);
    let multiple = largest / (sum / n);
    (effect > LARGE_EFFECT || multiple > LARGE_WEIGHT).then(|| {
        let n_eff = n / effect;
        (row, format!("Kish design effect {effect:.2} ({n:.0} answers worth {n_eff:.0}), largest weight {multiple:.1} times the mean"))
    })
}

/// The rows of a survey.
pub(super) fn rows_of(file: &Microdata, survey: &Survey) -> Vec<usize> {
    let columns: Vec<_> = survey.rows.iter().map(|condition| (file.column(&condition.column), condition)).collect();
    (0..file.n_rows())
        .filter(|row| columns.iter().all(|(column, c)| column.is_some_and(|column| c.holds(column.label(*row)))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{extreme, impossible};

    #[test]
    fn a_weight_of_another_order_is_impossible() {
        let mut weights: Vec<(usize, f64)> = (0..10).map(|row| (row, 1.0)).collect();
        assert!(impossible(&weights).is_empty() && impossible(&[]).is_empty());
        weights.push((10, 1e300));
        assert_eq!(impossible(&weights), [(10, 1e300)]);
        weights[10].1 = 100.0;
        assert!(impossible(&weights).is_empty());
    }

    #[test]
    fn kish_effect_of_equal_and_unequal_weights() {
        assert!(extreme(&[(0, 1.0), (1, 1.0)]).is_none());
        // n Σw² / (Σw)² = 11 · 110 / 400 = 3.025
        let mut weights: Vec<(usize, f64)> = (0..10).map(|row| (row, 1.0)).collect();
        weights.push((10, 10.0));
        let (row, text) = extreme(&weights).unwrap();
        assert_eq!(row, 10);
        assert!(text.starts_with("Kish design effect 3.02"), "{text}");
        assert!(extreme(&[]).is_none());
    }
}
