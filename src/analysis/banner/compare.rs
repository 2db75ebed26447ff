//! Which columns differ.

use crate::analysis::multiplicity::{Adjustment, adjust};
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

/// Why a comparison was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// One side has fewer rows than comparisons ask for.
    SmallBase,
    /// One column holds rows of the other.
    Overlap,
    /// A share of 0 or 100 %, whose variance is estimated as 0.
    ZeroVariance,
    /// One side, or the variance of the difference, cannot be estimated.
    NotEstimable,
}

impl Skipped {
    /// The reason in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::SmallBase => "small base",
            Self::Overlap => "overlapping columns",
            Self::ZeroVariance => "share of 0 or 100 %",
            Self::NotEstimable => "not estimable",
        }
    }
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
        found.chunk_by_mut(is_same).for_each(|family| adjust_family(family, options.adjustment));
        Ok(found)
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
        let statistic = difference.as_ref().and_then(|d| d.value.zip(d.se)).filter(|(_, se)| *se > 0.0);
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
            skipped: skipped.or_else(|| p_value.is_none().then_some(Skipped::NotEstimable)),
        }
    }
}

fn is_rest(comparison: &Comparison) -> bool {
    comparison.against == Against::Rest
}

fn adjust_family(family: &mut [Comparison], adjustment: Adjustment) {
    let raw: Vec<f64> = family.iter().map(|c| c.p_value.unwrap_or(f64::NAN)).collect();
    // The p-values come from a distribution, so they lie in 0..=1 or are missing.
    let adjusted = adjust(&raw, adjustment, None).unwrap_or(raw);
    for (comparison, p) in family.iter_mut().zip(adjusted) {
        comparison.adjusted_p_value = (!p.is_nan()).then_some(p);
    }
}
