//! Results for people: an aligned table or a Markdown table, with what has to be known beside it.

use super::args::{ShowName, SmallBases};
use super::base::Mark;
use super::run::{Report, Row};
use crate::cli::aligned::{Aligned, escaped};

/// An aligned table under its header.
pub fn text(report: &Report, rules: SmallBases) -> String {
    let table = Table::of(report, rules);
    let mut out = format!("{}\n", report.file);
    for (name, note) in &report.notes {
        out.push_str(&format!("  {:<9}{note}\n", format!("{name}:")));
    }
    out.push('\n');
    out.push_str(&table.cells.text());
    if !table.marks.is_empty() {
        out.push_str(&format!("\n{}\n", table.marks.join("\n")));
    }
    out
}

/// A Markdown table with its notes below.
pub fn markdown(report: &Report, rules: SmallBases) -> String {
    let table = Table::of(report, rules);
    let mut out = table.cells.markdown();
    out.push('\n');
    for (name, note) in &report.notes {
        out.push_str(&format!("{name}: {}.  \n", escaped(note)));
    }
    table.marks.iter().for_each(|mark| out.push_str(&format!("{}.  \n", escaped(mark))));
    out
}

/// Cells as they are shown.
struct Table {
    cells: Aligned,
    marks: Vec<&'static str>,
}

impl Table {
    fn of(report: &Report, rules: SmallBases) -> Self {
        let has_answers = report.rows.iter().any(|row| !row.answer.is_empty());
        let has_reasons = report.rows.iter().any(|row| row.estimate.reason.is_some());
        let has_deff = report.rows.iter().any(|row| row.estimate.deff.is_some());
        let has_psus = report.rows.iter().any(|row| row.estimate.n_psus.is_some());
        let level = report.rows.first().map_or(0.95, |row| row.estimate.level);
        let mut header: Vec<String> = vec!["statistic".into(), "variable".into()];
        if has_answers {
            header.push("answer".into());
        }
        header.extend(report.by.iter().cloned());
        let n_left = header.len();
        header.extend(["estimate".into(), "se".into(), format!("{} % interval", percent(level))]);
        header.extend(has_deff.then(|| "deff".into()));
        header.push("n".into());
        header.extend(has_psus.then(|| "PSUs".into()));
        header.extend(report.shown.iter().map(|shown| shown_name(*shown).to_owned()));
        header.extend(has_reasons.then(|| "not estimable".into()));
        let mut marks: Vec<&'static str> = Vec::new();
        let rows = report.rows.iter().map(|row| {
            let mark = Mark::of(row, rules);
            if mark != Mark::None && !marks.contains(&mark.meaning()) {
                marks.push(mark.meaning());
            }
            let mut cells = vec![row.statistic.to_owned(), row.variable.clone()];
            if has_answers {
                cells.push(row.answer.clone());
            }
            cells.extend(row.by.iter().cloned());
            cells.extend(figures(row, mark));
            let deff = row.estimate.deff.filter(|_| mark != Mark::Suppressed);
            cells.extend(has_deff.then(|| deff.map_or_else(String::new, |deff| quantity(deff, 2))));
            cells.push(row.estimate.n.to_string());
            cells.extend(has_psus.then(|| row.estimate.n_psus.map_or_else(String::new, |n| n.to_string())));
            cells.extend(report.shown.iter().map(|shown| shown_cell(row, *shown, mark)));
            let reason = row.estimate.reason.map_or_else(String::new, |reason| reason.to_string());
            cells.extend(has_reasons.then_some(reason));
            cells
        });
        let rows = rows.collect();
        Table { cells: Aligned { header, rows, n_left }, marks }
    }
}

fn shown_name(shown: ShowName) -> &'static str {
    match shown {
        ShowName::Cv => "cv",
        ShowName::Degf => "degf",
        ShowName::NEff => "effective n",
        ShowName::SumW => "sum of weights",
        ShowName::CiMethod => "interval by",
    }
}

/// A cell of a column that was asked for; what belongs to an estimate that is not shown is not shown either.
fn shown_cell(row: &Row, shown: ShowName, mark: Mark) -> String {
    let e = &row.estimate;
    let of_estimate = |text: Option<String>| text.filter(|_| mark != Mark::Suppressed).unwrap_or_default();
    match shown {
        ShowName::Cv => of_estimate(e.cv().map(|cv| format!("{}%", quantity(cv * 100.0, 1)))),
        ShowName::Degf => of_estimate(e.se.map(|_| quantity(e.degf, 0))),
        ShowName::NEff => of_estimate(e.n_eff.map(|n| quantity(n, 0))),
        ShowName::SumW => quantity(e.sum_w, 0),
        ShowName::CiMethod => of_estimate(Some(row.ci_method.clone())),
    }
}

/// Estimate, standard error and interval.
fn figures(row: &Row, mark: Mark) -> [String; 3] {
    let e = &row.estimate;
    if mark == Mark::Suppressed {
        return ["–", "–", "–"].map(str::to_owned);
    }
    let is_share = matches!(row.statistic, "proportion" | "cdf");
    let decimals = if is_share { 1 } else { decimals_for(e.se.or(e.value.map(|value| value / 100.0))) };
    let shown = |value: f64| {
        if is_share { format!("{}%", quantity(value * 100.0, decimals)) } else { quantity(value, decimals) }
    };
    let estimate = e.value.map_or_else(String::new, |value| match mark {
        Mark::Brackets => format!("[{}]", shown(value)),
        Mark::Star => format!("{}*", shown(value)),
        Mark::None | Mark::Suppressed => shown(value),
    });
    let interval = match (e.ci_low, e.ci_high) {
        (None, None) => String::new(),
        (low, high) => [low, high].map(|limit| limit.map_or_else(|| "?".to_owned(), shown)).join(" to "),
    };
    // The standard error of a share is in percentage points.
    let se = e.se.map_or_else(String::new, |se| quantity(if is_share { se * 100.0 } else { se }, decimals));
    [estimate, se, interval]
}

/// Decimals at which a standard error keeps two digits.
pub fn decimals_for(se: Option<f64>) -> usize {
    match se.map(f64::abs) {
        Some(se) if se > 0.0 && se.is_finite() => (1.0 - libm::log10(se).floor()).clamp(0.0, 6.0) as usize,
        _ => 2,
    }
}

/// A confidence level in percent.
pub fn percent(level: f64) -> String {
    format!("{:.4}", level * 100.0).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number with so many decimals and a comma between thousands.
pub fn quantity(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    // More digits than a number of 64 bits has are no digits.
    if value.abs() >= 1e15 {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.decimals$}");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if text.contains(|c: char| matches!(c, '1'..='9')) { sign } else { "" };
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(quantity(5_076_845.73, 0), "5,076,846");
        assert_eq!(quantity(-0.04, 1), "0.0");
        assert_eq!(quantity(-1234.5, 1), "-1,234.5");
        assert_eq!((percent(0.95), percent(0.999)), ("95".to_owned(), "99.9".to_owned()));
        assert_eq!(quantity(f64::INFINITY, 1), "inf");
        assert_eq!(
            (quantity(-1e300, 2), quantity(999e12, 0)),
            ("-1.000e300".to_owned(), "999,000,000,000,000".to_owned())
        );
        assert_eq!((decimals_for(Some(23.5)), decimals_for(Some(0.00838)), decimals_for(None)), (0, 4, 2));
    }
}
