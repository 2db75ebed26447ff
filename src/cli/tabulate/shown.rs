//! Cells as they are shown to people.

use super::Report;
use crate::analysis::SmallBase;
use crate::analysis::banner::Table;
use crate::cli::estimate::{SmallBases, quantity};

/// A cell in its parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The share, with an opening bracket where the base is small.
    pub number: String,
    /// What stands close behind it: a star or a closing bracket.
    pub suffix: &'static str,
    /// Letters and arrows.
    pub marks: String,
    /// The interval; empty where it is not wanted or there is none.
    pub interval: String,
}

/// A share that is not shown, and one that cannot be estimated.
const SUPPRESSED: &str = "–";
const NOT_ESTIMABLE: &str = "n/e";

impl Report<'_> {
    /// The mark of a column in a table.
    pub fn mark(&self, table: &Table, column: usize) -> Option<SmallBase> {
        table.bases[column].mark.filter(|_| self.args.output.small_bases == SmallBases::Poll)
    }

    /// A cell.
    pub fn cell(&self, table: &Table, line: usize, column: usize) -> Cell {
        let mark = self.mark(table, column);
        let text = |number: &str| Cell { number: number.to_owned(), ..Cell::default() };
        if mark == Some(SmallBase::Suppressed) {
            return text(SUPPRESSED);
        }
        let estimate = table.cell(line, column);
        let Some(value) = estimate.value else { return text(NOT_ESTIMABLE) };
        let percent = |share: f64| quantity(share * 100.0, usize::from(self.args.output.decimals));
        let (before, suffix) = match mark {
            Some(SmallBase::Bracketed) => ("[", "]"),
            Some(SmallBase::Starred) => ("", "*"),
            _ => ("", ""),
        };
        let limits = estimate.ci_low.zip(estimate.ci_high).filter(|_| self.args.output.intervals);
        let interval = limits.map_or_else(String::new, |(low, high)| format!("{}–{}", percent(low), percent(high)));
        let mut marks = self.banner.letters(table, line, column);
        if let Some((difference, is_strict)) = self.banner.against_rest(table, line, column) {
            let arrow = if difference > 0.0 { "↑" } else { "↓" };
            let is_double = is_strict && self.banner.levels.len() > 1;
            marks.push_str(&arrow.repeat(if is_double { 2 } else { 1 }));
        }
        Cell { number: format!("{before}{}%", percent(value)), suffix, marks, interval }
    }

    /// The lines of bases: name, and one text a column.
    pub fn bases(&self, table: &Table) -> [(&'static str, Vec<String>); 3] {
        let of = |value: &dyn Fn(usize) -> String| (0..table.bases.len()).map(value).collect();
        [
            ("Base, unweighted", of(&|column| quantity(table.bases[column].n as f64, 0))),
            ("Base, weighted", of(&|column| quantity(table.bases[column].sum_w, 0))),
            ("Effective base", of(&|column| quantity(table.bases[column].n_eff, 0))),
        ]
    }
}

/// A text without signs that would break lines.
pub fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}
