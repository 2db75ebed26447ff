//! The kinds of evidence. Respondent files have a real design; published shares have an assumed one; official
//! results have no sampling error; counts and items are what somebody found. They never share an estimator.

use std::sync::Arc;

use super::{PartialDate, Span};

/// Where a value stands: data id and lines of its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Path of the file, relative to the project root.
    pub file: Arc<str>,
    /// Lines of the file, the header being line 1; ascending.
    pub lines: Vec<u64>,
}

impl Origin {
    /// One line of a file.
    pub fn line(file: &Arc<str>, line: u64) -> Self {
        Origin { file: Arc::clone(file), lines: vec![line] }
    }
}

/// The printed answers of one poll to one question, of everybody or of one group.
#[derive(Debug, Clone)]
pub struct PublishedTopline {
    /// Data id of the table.
    pub data: String,
    /// The poll's id; one id for one poll across all tables.
    pub poll: String,
    /// Pollster id.
    pub pollster: String,
    /// Question id.
    pub question: String,
    /// Universe id.
    pub universe: String,
    /// Field dates.
    pub field: Span,
    /// Are the dates known only to the month although the table prints a day?
    pub is_month_only: bool,
    /// Mode of interview as printed; empty where not given.
    pub mode: String,
    /// Number interviewed, where the source gives it.
    pub n: Option<u32>,
    /// The group, where the shares are of a group.
    pub group: Option<PublishedGroup>,
    /// What the source shows of the distribution.
    pub completeness: Completeness,
    /// What breaks the series where it changes: office, wording.
    pub segment: String,
    /// Answers in the order of the table.
    pub answers: Vec<PublishedShare>,
}

impl PublishedTopline {
    /// The printed share of an answer.
    pub fn answer(&self, id: &str) -> Option<&PublishedShare> {
        self.answers.iter().find(|share| share.answer == id)
    }

    /// Field dates as far as they are known: a day that stands for its month is none.
    pub fn known_field(&self) -> Span {
        match self.is_month_only {
            true => Span { start: self.field.start.month(), end: self.field.end.month() },
            false => self.field,
        }
    }
}

/// A subgroup of a published poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedGroup {
    /// What the groups differ in, such as `age`.
    pub variable: String,
    /// The group as printed.
    pub label: String,
    /// Respondents in the group, where the source gives it.
    pub n: Option<u32>,
}

/// What a source shows of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All answers.
    Complete,
    /// Some answers are missing.
    Partial,
    /// Several answers were allowed.
    Multiple,
    /// The table does not say.
    Unstated,
}

/// One printed share.
#[derive(Debug, Clone)]
pub struct PublishedShare {
    /// Answer id.
    pub answer: String,
    /// Share of the base, 0..=1; a difference of shares, −1..=1, for a net question.
    pub share: f64,
    /// Digits printed after the decimal mark of the percent.
    pub decimals: u8,
    /// Where it stands.
    pub origin: Origin,
}

/// A file of respondents: columns of equal length, all as printed, with dense codes.
#[derive(Debug, Clone)]
pub struct Microdata {
    /// Data id.
    pub data: String,
    /// Path of the file, relative to the project root.
    pub file: Arc<str>,
    /// Line of each row.
    pub lines: Vec<u64>,
    /// Columns in file order.
    pub columns: Vec<MicrodataColumn>,
}

impl Microdata {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&MicrodataColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }
}

/// A column of a respondent file.
#[derive(Debug, Clone)]
pub struct MicrodataColumn {
    /// Name.
    pub name: String,
    /// Values.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone)]
pub enum Values {
    /// Labels coded densely in byte order of the labels; an empty cell is the label "".
    Labels {
        /// Code of each row.
        codes: Vec<u32>,
        /// Label of each code.
        labels: Vec<String>,
    },
    /// Numbers; `NaN` for an empty cell.
    Numbers(Vec<f64>),
}

impl MicrodataColumn {
    /// The label of a row; empty for an empty cell or a number column.
    pub fn label(&self, row: usize) -> &str {
        match &self.values {
            Values::Labels { codes, labels } => labels.get(codes[row] as usize).map_or("", String::as_str),
            Values::Numbers(_) => "",
        }
    }

    /// The numbers, where the column holds numbers.
    pub fn numbers(&self) -> Option<&[f64]> {
        match &self.values {
            Values::Numbers(numbers) => Some(numbers),
            Values::Labels { .. } => None,
        }
    }
}

/// An official result: votes for one option in one place.
#[derive(Debug, Clone)]
pub struct OfficialResult {
    /// Data id.
    pub data: String,
    /// Election id.
    pub election: String,
    /// Day of the election.
    pub date: PartialDate,
    /// Place as printed.
    pub place: String,
    /// Party or candidate as printed.
    pub option: String,
    /// Votes for the option.
    pub votes: u64,
    /// Registered voters of the place; none where it has no register of its own.
    pub registered: Option<u64>,
    /// Ballots counted in the place.
    pub ballots: u64,
    /// Where it stands.
    pub origin: Origin,
}

/// A published count of things in a period, or a stock at its end.
#[derive(Debug, Clone)]
pub struct PublishedCount {
    /// Data id.
    pub data: String,
    /// Who counted, as printed.
    pub counter: String,
    /// First day of the period; none for a stock.
    pub start: Option<PartialDate>,
    /// Last day of the period, or day of the stock; none where the source has no date.
    pub end: Option<PartialDate>,
    /// Things added in the period.
    pub count: Option<u64>,
    /// Things standing at its end.
    pub stock: Option<u64>,
    /// Free remarks.
    pub note: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A list of items that somebody found, in file order.
#[derive(Debug, Clone)]
pub struct EventList {
    /// Data id.
    pub data: String,
    /// The items.
    pub items: Vec<EventItem>,
}

/// One item of a list.
#[derive(Debug, Clone)]
pub struct EventItem {
    /// Id.
    pub id: String,
    /// Date, where known.
    pub date: Option<PartialDate>,
    /// Place as printed; empty where not given.
    pub place: String,
    /// Codes of who acted.
    pub actors: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// Reference numbers by key.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Data id.
    pub data: String,
    /// Path of the file, relative to the project root.
    pub file: Arc<str>,
    /// Key as printed, number in units of one, line.
    pub entries: Vec<(String, f64, u64)>,
}
