//! From a request to tables.

use crate::analysis::SmallBase;
use crate::design::{Base, Codes, Domains, SurveyDesign};
use crate::estimate::pass::{self, PassError, PsuFrame, TableColumns};
use crate::estimate::{Axis, Estimate, EstimateError, Estimates, tables_with};
use crate::rows::RowSource;

use super::compare::{Against, Comparison, SpanTable};
use super::request::{BannerError, Options, Question, Request, Span};

/// A column of the banner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Position of its span in the request; none for the total.
    pub span: Option<usize>,
    pub label: String,
    /// What it is called in other columns of its span; empty for the total.
    pub letter: String,
    /// Whether it is a union of other columns.
    pub is_net: bool,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub label: String,
    /// Whether it is a union of other lines.
    pub is_net: bool,
}

/// Who stands behind a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnBase {
    /// Rows.
    pub n: usize,
    /// Sum of their weights.
    pub sum_w: f64,
    /// Kish's (Σw)²/Σw²: the rows that the weights leave; `n_eff` of a cell counts clusters and strata, too.
    pub n_eff: f64,
    /// First-stage units with members; absent when only replicate weights are known.
    pub n_psus: Option<usize>,
    /// The mark of a small base.
    pub mark: Option<SmallBase>,
}

/// The answers of one question in all columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub question: String,
    pub lines: Vec<Line>,
    /// By column.
    pub bases: Vec<ColumnBase>,
    /// Line by line, in each column by column.
    pub cells: Vec<Estimate>,
    /// Span by span, in each line by line.
    pub comparisons: Vec<Comparison>,
}

/// The tables of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Banner {
    /// The total, then the columns of each span.
    pub columns: Vec<Column>,
    /// The name of each span.
    pub spans: Vec<String>,
    /// By question.
    pub tables: Vec<Table>,
    /// The significance levels of the letters.
    pub levels: Vec<f64>,
}

impl Table {
    /// The share of a line in a column.
    ///
    /// # Panics
    ///
    /// Positions outside the table.
    pub fn cell(&self, line: usize, column: usize) -> &Estimate {
        &self.cells[line * self.bases.len() + column]
    }
}

impl Banner {
    /// The letters of a cell: the columns of its span whose share is smaller, by tests at the levels of the request.
    ///
    /// With one level capitals; with two, small letters at the laxer and capitals at the stricter one. Between them stand commas in
    /// spans of more than 26 columns, where AC is a column.
    pub fn letters(&self, table: &Table, line: usize, column: usize) -> String {
        let mut letters: Vec<(usize, String)> = Vec::new();
        for comparison in table.comparisons.iter().filter(|c| c.line == line) {
            let Against::Column(other) = comparison.against else { continue };
            let Some(difference) = comparison.difference.as_ref().and_then(|d| d.value) else { continue };
            let smaller = match (comparison.column == column, other == column) {
                (true, _) if difference > 0.0 => other,
                (_, true) if difference < 0.0 => comparison.column,
                _ => continue,
            };
            if let Some(is_strict) = self.significance(comparison) {
                let letter = &self.columns[smaller].letter;
                let is_small = !is_strict && self.levels.len() > 1;
                letters.push((smaller, if is_small { letter.to_lowercase() } else { letter.clone() }));
            }
        }
        letters.sort();
        let span = self.columns[column].span;
        let n_columns = self.columns.iter().filter(|other| other.span == span).count();
        joined(letters.into_iter().map(|(_, letter)| letter), n_columns)
    }

    /// Whether the column differs from the rest of its span: by how much, and whether at the stricter level.
    pub fn against_rest(&self, table: &Table, line: usize, column: usize) -> Option<(f64, bool)> {
        let found =
            table.comparisons.iter().find(|c| c.line == line && c.column == column && c.against == Against::Rest)?;
        let difference = found.difference.as_ref()?.value?;
        self.significance(found).map(|is_strict| (difference, is_strict))
    }

    /// Nothing where a comparison is not significant; otherwise whether it is at the strictest level.
    fn significance(&self, comparison: &Comparison) -> Option<bool> {
        let p = comparison.adjusted_p_value?;
        let is_below = |level: Option<&f64>| level.is_some_and(|level| p < *level);
        is_below(self.levels.first()).then(|| is_below(self.levels.last()))
    }
}

/// Shares of the answers of all questions in all columns, with bases and comparisons.
///
/// # Definition
///
/// A cell is the weighted share of an answer among the rows of a column, with the interval of `options.estimate`. Two columns
/// of a span are compared by t = (p₁ − p₂)/se, se from the covariance of both under the design, on the degrees of freedom of
/// both columns together; a column against the rest of its span likewise. A comparison is skipped, with its reason, where a
/// base is small, columns overlap, or a share is 0 or 100 %. P-values are adjusted over all comparisons of one kind that were
/// made in one line and span.
///
/// # Shapes and units
///
/// Proportions in 0..=1. The work goes through the rows once for as many questions as 256 MB of totals hold; scores of a
/// question are gone when its comparisons are made.
///
/// # Errors
///
/// Nets of labels that do not exist, levels without meaning, columns of another length than the design.
///
/// # References
///
/// Korn and Graubard (1999), *Analysis of Health Surveys*, section 3.2; Holm (1979), Scandinavian Journal of Statistics 6.
pub fn banner(design: &SurveyDesign, request: &Request<'_>, options: &Options) -> Result<Banner, BannerError> {
    options.check()?;
    let everybody = Codes::from_codes(vec![0; design.n_rows()], vec![TOTAL.to_owned()]);
    let parts = Parts::of(request, &everybody);
    let work = parts.work(request, options)?;
    let estimate = &options.estimate;
    let tables =
        tables_with(design, &work.stubs, &work.axes, estimate, |question, found| work.table(question, &found))?;
    work.banner(tables)
}

/// The same from rows that come in groups, bit by bit, for designs in which units are no rows. The request has labels only: the
/// codes of its columns are not looked at, and rows outside are those without a code in the columns of the banners, the first
/// of which is the total.
///
/// # Errors
///
/// As for [`banner`]; what reading may fail with, unusable weights.
pub fn banner_in_groups<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: &TableColumns,
    request: &Request<'_>,
    options: &Options,
) -> Result<Result<Banner, BannerError>, PassError<S::Error>> {
    let everybody = Codes::from_codes(Vec::new(), vec![TOTAL.to_owned()]);
    let parts = Parts::of(request, &everybody);
    let work = match options.check().and_then(|()| parts.work(request, options)) {
        Ok(work) => work,
        Err(error) => return Ok(Err(error)),
    };
    let answer = |question: usize, found: Vec<Estimates>| work.table(question, &found);
    let tables = pass::tables_with(source, frame, columns, &work.stubs, &work.axes, &options.estimate, answer)?;
    Ok(work.banner(tables))
}

/// The name of the first column.
const TOTAL: &str = "Total";

/// The spans of a request, the total first, and the domains that they are.
struct Parts<'a> {
    spans: Vec<Span<'a>>,
    domains: Vec<Domains>,
}

impl<'a> Parts<'a> {
    fn of(request: &Request<'a>, everybody: &'a Codes) -> Self {
        let total = Span { name: String::new(), groups: everybody, nets: Vec::new() };
        let spans: Vec<Span<'a>> = std::iter::once(total).chain(request.spans.iter().cloned()).collect();
        let masked = |domains: Domains| match request.mask {
            Some(mask) => domains.within(mask),
            None => domains,
        };
        let domains = spans.iter().map(|span| masked(Domains::by(span.groups))).collect();
        Self { spans, domains }
    }

    fn work<'w>(&'w self, request: &'w Request<'w>, options: &'w Options) -> Result<Work<'w>, BannerError> {
        let axes = self.spans.iter().zip(&self.domains).enumerate();
        let axes =
            axes.map(|(k, (span, domains))| span.axis(domains, options.rest && k > 0)).collect::<Result<_, _>>()?;
        let stubs = request.questions.iter().map(Question::axis).collect::<Result<_, _>>()?;
        Ok(Work { request, spans: &self.spans, axes, stubs, options })
    }
}

fn columns(spans: &[Span<'_>]) -> Vec<Column> {
    let of_span = |(k, span): (usize, &Span<'_>)| {
        let position = k.checked_sub(1);
        let groups = span.groups.labels().iter().map(|label| (label.clone(), false));
        let nets = span.nets.iter().map(|net| (net.label.clone(), true));
        let column = move |(at, (label, is_net)): (usize, (String, bool))| {
            let letter = if position.is_some() { letter(at) } else { String::new() };
            Column { span: position, label, letter, is_net }
        };
        groups.chain(nets).enumerate().map(column).collect::<Vec<_>>()
    };
    spans.iter().enumerate().flat_map(of_span).collect()
}

/// The letter of a column: A … Z, then AA, AB and so on.
pub fn letter(position: usize) -> String {
    let last = char::from(b'A' + (position % 26) as u8);
    match position / 26 {
        0 => last.to_string(),
        before => letter(before - 1) + &last.to_string(),
    }
}

/// Letters of several columns; with commas where there are so many columns that some have two letters.
pub fn joined(letters: impl Iterator<Item = String>, n_columns: usize) -> String {
    let gap = if n_columns > 26 { "," } else { "" };
    letters.collect::<Vec<_>>().join(gap)
}

struct Work<'a> {
    request: &'a Request<'a>,
    spans: &'a [Span<'a>],
    axes: Vec<Axis<'a>>,
    stubs: Vec<Axis<'a>>,
    options: &'a Options,
}

impl Work<'_> {
    /// The tables with the columns that they share.
    fn banner(&self, tables: Vec<Result<Table, EstimateError>>) -> Result<Banner, BannerError> {
        Ok(Banner {
            columns: columns(self.spans),
            spans: self.request.spans.iter().map(|span| span.name.clone()).collect(),
            tables: tables.into_iter().collect::<Result<_, EstimateError>>()?,
            levels: self.options.levels.clone(),
        })
    }

    /// The table of a question from the estimates of each span.
    fn table(&self, question: usize, found: &[Estimates]) -> Result<Table, EstimateError> {
        let stub = &self.stubs[question];
        let n_lines = stub.len();
        let n_answers = stub.n_cells();
        let lines = stub.labels().iter().enumerate();
        let mut bases = Vec::new();
        let mut by_column: Vec<&Estimate> = Vec::new();
        let mut comparisons = Vec::new();
        for (k, ((span, axis), estimates)) in self.spans.iter().zip(&self.axes).zip(found).enumerate() {
            let n_columns = span.groups.n_labels() + span.nets.len();
            let first_column = bases.len();
            bases.extend(estimates.bases()[..n_columns].iter().map(column_base));
            by_column.extend(estimates.iter().take(n_columns * n_lines));
            if k > 0 {
                let table = SpanTable { estimates, members: axis.members(), n_lines, n_columns, first_column };
                comparisons.extend(table.comparisons(self.options)?);
            }
        }
        let n_columns = bases.len();
        let cells = (0..n_lines).flat_map(|line| (0..n_columns).map(move |column| column * n_lines + line));
        Ok(Table {
            question: self.request.questions[question].name.clone(),
            lines: lines.map(|(k, label)| Line { label: label.clone(), is_net: k >= n_answers }).collect(),
            cells: cells.map(|place| by_column[place].clone()).collect(),
            bases,
            comparisons,
        })
    }
}

fn column_base(base: &Base) -> ColumnBase {
    ColumnBase {
        n: base.n,
        sum_w: base.sum_w,
        n_eff: if base.n == 0 { 0.0 } else { base.kish_n_eff() },
        n_psus: base.n_psus,
        mark: SmallBase::of(base.n as u64, base.n_psus.map(|n| n as u64)),
    }
}
