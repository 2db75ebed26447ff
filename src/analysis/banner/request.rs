//! What a banner is asked for.

use thiserror::Error;

use crate::analysis::multiplicity::Adjustment;
use crate::design::{Codes, Domains};
use crate::estimate::{self, Axis, EstimateError};

/// Several answers as one line, or several groups as one column, by their labels. It overlaps its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    pub label: String,
    pub of: Vec<String>,
}

/// A question: the lines of a table, one an answer, then one a net.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    pub name: String,
    pub answers: &'a Codes,
    pub nets: Vec<Net>,
}

/// A banner variable: a span of columns, one a group, then one a net. Columns are compared within their span only.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    pub name: String,
    pub groups: &'a Codes,
    pub nets: Vec<Net>,
}

/// Questions by spans. The first column is the total.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub questions: Vec<Question<'a>>,
    pub spans: Vec<Span<'a>>,
    /// The rows that are looked at; the units of the others stay in the design.
    pub mask: Option<&'a [bool]>,
}

/// How shares are estimated and columns compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Intervals, degrees of freedom, design effects, rows without an answer.
    pub estimate: estimate::Options,
    /// Whether every two columns of a span are compared.
    pub pairs: bool,
    /// Whether each column is compared with the rest of its span.
    pub rest: bool,
    /// One or two significance levels, the laxer first.
    pub levels: Vec<f64>,
    /// How p-values are adjusted for all comparisons of a line within a span.
    pub adjustment: Adjustment,
    /// Columns with fewer rows are not compared.
    pub smallest_base: usize,
}

impl Default for Options {
    /// All pairs at 5 %, Holm, bases of 30 or more.
    fn default() -> Self {
        Self {
            estimate: estimate::Options::default(),
            pairs: true,
            rest: false,
            levels: vec![0.05],
            adjustment: Adjustment::default(),
            smallest_base: 30,
        }
    }
}

/// Why there is no banner.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BannerError {
    /// A net of answers or groups that do not exist.
    #[error("net `{net}` of `{variable}`: there is no `{label}`\n  expected: one of {known}")]
    UnknownLabel { variable: String, net: String, label: String, known: String },
    /// Levels without meaning.
    #[error(
        "the significance levels are not usable\n  got: {0:?}, expected: one or two, more than 0 and less than 1, the laxer first"
    )]
    Levels(Vec<f64>),
    /// Columns of another length than the design, a confidence level without meaning.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

impl Options {
    pub(super) fn check(&self) -> Result<(), BannerError> {
        let is_level = |level: &f64| *level > 0.0 && *level < 1.0;
        let is_usable = match self.levels.as_slice() {
            [one] => is_level(one),
            [lax, strict] => is_level(lax) && is_level(strict) && strict < lax,
            _ => false,
        };
        if is_usable { Ok(()) } else { Err(BannerError::Levels(self.levels.clone())) }
    }
}

/// The cells that each net covers.
fn nets(variable: &str, labels: &[String], nets: &[Net]) -> Result<Vec<(String, Vec<u32>)>, BannerError> {
    let cells = |net: &Net| {
        let cell = |label: &String| {
            labels.iter().position(|known| known == label).map(|cell| cell as u32).ok_or_else(|| {
                BannerError::UnknownLabel {
                    variable: variable.to_owned(),
                    net: net.label.clone(),
                    label: label.clone(),
                    known: labels.join(", "),
                }
            })
        };
        Ok((net.label.clone(), net.of.iter().map(cell).collect::<Result<Vec<u32>, BannerError>>()?))
    };
    nets.iter().map(cells).collect()
}

impl Question<'_> {
    pub(super) fn axis(&self) -> Result<Axis<'_>, BannerError> {
        let nets = nets(&self.name, self.answers.labels(), &self.nets)?;
        Ok(nets.iter().fold(Axis::answers(self.answers), |axis, (label, cells)| axis.with_union(label, cells)))
    }
}

impl Span<'_> {
    /// The columns, and after them the rest of the span for each column, where it is wanted.
    pub(super) fn axis<'a>(&self, domains: &'a Domains, has_rest: bool) -> Result<Axis<'a>, BannerError> {
        let nets = nets(&self.name, self.groups.labels(), &self.nets)?;
        let mut axis = nets.iter().fold(Axis::domains(domains), |axis, (label, cells)| axis.with_union(label, cells));
        if has_rest {
            let all = 0..axis.n_cells() as u32;
            let rests: Vec<Vec<u32>> = axis
                .members()
                .iter()
                .map(|own| all.clone().filter(|cell| own.binary_search(cell).is_err()).collect())
                .collect();
            axis = rests.iter().fold(axis, |axis, cells| axis.with_union("the rest", cells));
        }
        Ok(axis)
    }
}
