//! Which columns differ.

use crate::analysis::compare::{Skipped, is_rounding};
use crate::analysis::multiplicity::adjust_family;
use crate::estimate::{Estimate, EstimateError, Estimates};
use crate::numeric::dist::StudentT;

use super::request::Options;

/// The test behind every letter.
pub const TEST: &str = "design-based t test of the difference";

/// What a column is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Another column of the span, by its position in the banner.
    Column(usize),
    /// All other rows of the span.
    Rest,
}

/// A column against another or the rest, in one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Position of the line in its table.
    pub line: usize,
    /// Position of the column in the banner.
    pub column: usize,
    pub against: Against,
    /// The column less what it is compared with; its `degf` are those of the test.
    pub difference: Option<Estimate>,
    /// t of the difference.
    pub statistic: Option<f64>,
    pub p_value: Option<f64>,
    /// Adjusted for all comparisons of its kind that were made in the line within the span.
    pub adjusted_p_value: Option<f64>,
    /// Why there is no test.
    pub skipped: Option<Skipped>,
}

/// The columns of one span in the tables of one question.
pub(super) struct SpanTable<'a> {
    pub estimates: &'a Estimates,
    /// The cells of each column, then those of the rest of each column, where it was asked for.
    pub members: &'a [Vec<u32>],
    pub n_lines: usize,
    pub n_columns: usize,
    /// Position of the first column in the banner.
    pub first_column: usize,
}

/// A comparison to be made, by positions in the span.
#[derive(Clone, Copy)]
struct Task {
    line: usize,
    column: usize,
    other: usize,
    against: Against,
}

impl SpanTable<'_> {
    /// All comparisons of the span, line by line: first the pairs, then those with the rest.
    pub fn comparisons(&self, options: &Options) -> Result<Vec<Comparison>, EstimateError> {
        let tasks = self.tasks(options);
        let skipped: Vec<Option<Skipped>> = tasks.iter().map(|task| self.skip(task, options)).collect();
        let place = |column: usize, line: usize| column * self.n_lines + line;
        let made = || tasks.iter().zip(&skipped).filter(|(_, skipped)| skipped.is_none());
        let pairs: Vec<_> = made().map(|(t, _)| (place(t.column, t.line), place(t.other, t.line))).collect();
        let mut differences = self.estimates.differences(&pairs)?.into_iter();
        let mut found: Vec<Comparison> = tasks
            .iter()
            .zip(&skipped)
            .map(|(task, skipped)| {
                self.comparison(task, *skipped, skipped.is_none().then(|| differences.next()).flatten())
            })
            .collect();
        let is_same = |a: &Comparison, b: &Comparison| a.line == b.line && is_rest(a) == is_rest(b);
        let twins = if options.rest { self.twins() } else { Vec::new() };
        for family in found.chunk_by_mut(is_same) {
            let p: Vec<Option<f64>> = family.iter().map(|c| c.p_value).collect();
            let twins = if family.first().is_some_and(is_rest) { &twins[..] } else { &[] };
            let adjusted = adjust_family(&p, twins, options.adjustment);
            family.iter_mut().zip(adjusted).for_each(|(comparison, p)| comparison.adjusted_p_value = p);
        }
        Ok(found)
    }

    /// The earlier column that is the rest of each: both against the rest are one test.
    fn twins(&self) -> Vec<Option<usize>> {
        let cells = |at: usize| -> Vec<u32> {
            let has_rows = |cell: &u32| self.estimates.bases()[*cell as usize].n > 0;
            self.members[at].iter().copied().filter(has_rows).collect()
        };
        let own: Vec<Vec<u32>> = (0..self.n_columns).map(cells).collect();
        let twin = |column: usize| {
            let rest = cells(self.n_columns + column);
            own[..column].iter().position(|earlier| *earlier == rest)
        };
        (0..self.n_columns).map(twin).collect()
    }

    fn tasks(&self, options: &Options) -> Vec<Task> {
        let mut tasks = Vec::new();
        for line in 0..self.n_lines {
            if options.pairs {
                for column in 0..self.n_columns {
                    for other in column + 1..self.n_columns {
                        let against = Against::Column(self.first_column + other);
                        tasks.push(Task { line, column, other, against });
                    }
                }
            }
            if options.rest {
                for column in 0..self.n_columns {
                    let other = self.n_columns + column;
                    tasks.push(Task { line, column, other, against: Against::Rest });
                }
            }
        }
        tasks
    }

    fn skip(&self, task: &Task, options: &Options) -> Option<Skipped> {
        let sides = [task.column, task.other];
        let (own, others) = (&self.members[task.column], &self.members[task.other]);
        if own.iter().any(|cell| others.binary_search(cell).is_ok()) {
            return Some(Skipped::Overlap);
        }
        if sides.iter().any(|&side| self.estimates.bases()[side].n < options.smallest_base) {
            return Some(Skipped::SmallBase);
        }
        let shares = sides.map(|side| self.estimates.get(side * self.n_lines + task.line).and_then(|e| e.value));
        // A share is made of sums, so "all" is known up to rounding.
        let is_whole = |share: &f64| *share < 1e-12 || *share > 1.0 - 1e-12;
        match shares {
            [Some(a), Some(b)] if is_whole(&a) || is_whole(&b) => Some(Skipped::ZeroVariance),
            [Some(_), Some(_)] => None,
            _ => Some(Skipped::NotEstimable),
        }
    }

    fn comparison(&self, task: &Task, skipped: Option<Skipped>, difference: Option<Estimate>) -> Comparison {
        let sides = [task.column, task.other];
        let shares = sides.map(|side| self.estimates.get(side * self.n_lines + task.line).and_then(|e| e.value));
        let is_known = |se: f64| is_rounding(se, shares.into_iter().flatten().fold(0.0, f64::max));
        let statistic = difference.as_ref().and_then(|d| d.value.zip(d.se)).filter(|(_, se)| !is_known(*se));
        let has_no_error = difference.as_ref().and_then(|d| d.se).is_some_and(is_known);
        let statistic = statistic.map(|(value, se)| value / se);
        let law = difference.as_ref().and_then(|d| StudentT::new(d.degf).ok());
        let p_value = statistic.zip(law).map(|(t, law)| law.two_sided_sf(t.abs()));
        Comparison {
            line: task.line,
            column: self.first_column + task.column,
            against: task.against,
            difference,
            statistic,
            p_value,
            adjusted_p_value: None,
            skipped: skipped.or_else(|| {
                let reason = if has_no_error { Skipped::NoError } else { Skipped::NotEstimable };
                p_value.is_none().then_some(reason)
            }),
        }
    }
}

fn is_rest(comparison: &Comparison) -> bool {
    comparison.against == Against::Rest
}
