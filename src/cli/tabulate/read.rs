//! From names of columns to questions and spans.

use super::args::{MissingLine, WhatArgs};
use super::labels::{Labels, WrittenNet};
use crate::analysis::banner::{Net, Question, Request, Span};
use crate::cli::data::columns::{DataFile, Reading, note_of_alike};
use crate::cli::data::filter;
use crate::cli::survey::Survey;
use crate::design::{Codes, MISSING};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Result;

/// Most columns of a span, and most lines of a table.
const MAX_COLUMNS: usize = 200;
const MAX_LINES: usize = 1_000;
/// The line of rows without an answer.
const NO_ANSWER: &str = "(no answer)";

/// What is tabulated.
pub struct Columns {
    questions: Vec<Variable>,
    spans: Vec<Variable>,
    mask: Option<Vec<bool>>,
}

/// A column of the file, as it is tabulated.
pub struct Variable {
    name: String,
    /// By row; or by label of the file, where rows are not held.
    codes: Codes,
    nets: Vec<Net>,
    /// Rows that count and have no value.
    n_missing: usize,
    /// The code of these rows.
    of_missing: u32,
}

/// Where columns come from.
pub trait Source {
    /// A column, its labels in the order in which people count: a row each row, or a row each label.
    fn column(&mut self, name: &str, reading: &mut Reading<'_>) -> Codes;
    /// What is known of a column of this source.
    fn members(&self, name: &str) -> Members<'_>;
}

/// Which rows of a column count, or which of its labels occur in rows that do.
pub struct Members<'a> {
    pub is_in: &'a [bool],
    /// Rows that count and have no value, where the column does not say.
    pub n_missing: usize,
}

/// Columns in memory.
struct Held {
    is_in: Vec<bool>,
}

impl Source for Held {
    fn column(&mut self, name: &str, reading: &mut Reading<'_>) -> Codes {
        reading.answers(name)
    }

    fn members(&self, _: &str) -> Members<'_> {
        Members { is_in: &self.is_in, n_missing: 0 }
    }
}

impl Columns {
    /// Reads the columns of a file in memory; labels without a row that counts are left out.
    ///
    /// # Errors
    ///
    /// Unknown columns and labels, nets and conditions that cannot be understood, columns with too many labels.
    pub fn read(what: &WhatArgs, survey: &Survey) -> Result<Self> {
        let named = Named::of(what)?;
        let mask = what.condition.as_deref().map(|condition| filter::mask(condition, &survey.file)).transpose()?;
        let weights = survey.design.weights();
        let is_in: Vec<bool> =
            weights.iter().enumerate().map(|(i, w)| *w > 0.0 && mask.as_ref().is_none_or(|mask| mask[i])).collect();
        let (questions, spans) = named.variables(what, &survey.file, &mut Held { is_in })?;
        Ok(Columns { questions, spans, mask })
    }

    /// Columns of which only labels are held.
    pub fn of_labels((questions, spans): (Vec<Variable>, Vec<Variable>)) -> Self {
        Columns { questions, spans, mask: None }
    }

    /// Banner variables with rows that count and have no group.
    pub fn unlabelled(&self) -> impl Iterator<Item = (&str, usize)> {
        self.spans.iter().filter(|span| span.n_missing > 0).map(|span| (span.name.as_str(), span.n_missing))
    }

    /// The request of the library.
    pub fn request(&self) -> Request<'_> {
        Request {
            questions: self.questions.iter().map(Variable::question).collect(),
            spans: self.spans.iter().map(Variable::span).collect(),
            mask: self.mask.as_deref(),
        }
    }

    /// Notes on labels that look alike.
    pub fn alike(&self) -> impl Iterator<Item = String> {
        self.variables().filter_map(|variable| note_of_alike(&variable.name, variable.codes.labels()))
    }

    /// The questions, then the banner variables.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.questions.iter().chain(&self.spans)
    }
}

impl Variable {
    /// The new code of a label of the file, where rows are not held.
    pub fn recoded(&self, code: u32) -> u32 {
        self.codes.codes().get(code as usize).copied().unwrap_or(self.of_missing)
    }

    fn question(&self) -> Question<'_> {
        Question { name: self.name.clone(), answers: &self.codes, nets: self.nets.clone() }
    }

    fn span(&self) -> Span<'_> {
        Span { name: self.name.clone(), groups: &self.codes, nets: self.nets.clone() }
    }
}

/// What the command line says about labels.
pub struct Named<'a> {
    nets: Vec<WrittenNet<'a>>,
    orders: Vec<Labels<'a>>,
}

impl<'a> Named<'a> {
    /// Reads nets and orders.
    ///
    /// # Errors
    ///
    /// Those that cannot be understood, or are about columns that are not tabulated.
    pub fn of(what: &'a WhatArgs) -> Result<Self> {
        let nets: Vec<WrittenNet<'_>> = what.net.iter().map(|text| WrittenNet::parse(text)).collect::<Result<_>>()?;
        let orders: Vec<Labels<'_>> =
            what.order.iter().map(|text| Labels::parse("--order", text)).collect::<Result<_>>()?;
        let names: Vec<&str> = what.rows.iter().chain(&what.cols).map(String::as_str).collect();
        nets.iter().map(|net| &net.labels).chain(&orders).try_for_each(|labels| labels.check_column(&names))?;
        Ok(Named { nets, orders })
    }

    /// The questions and the banner variables, with the labels that occur.
    ///
    /// # Errors
    ///
    /// Unknown columns and labels, columns with too many labels.
    pub fn variables(
        &self,
        what: &WhatArgs,
        file: &DataFile,
        source: &mut dyn Source,
    ) -> Result<(Vec<Variable>, Vec<Variable>)> {
        let mut reader = Reader { reading: file.reading(), named: self, source };
        let missing = (what.missing == MissingLine::Show).then_some(NO_ANSWER);
        let spans = what.cols.iter().map(|name| reader.variable(name, MAX_COLUMNS, None)).collect();
        let questions = what.rows.iter().map(|name| reader.variable(name, MAX_LINES, missing)).collect();
        reader.reading.finish()?;
        Ok((questions, spans))
    }
}

/// The columns of a request on their way.
struct Reader<'a> {
    reading: Reading<'a>,
    named: &'a Named<'a>,
    source: &'a mut dyn Source,
}

impl Reader<'_> {
    /// A column with the labels that occur, and `missing` as one more where rows have no value.
    fn variable(&mut self, name: &str, limit: usize, missing: Option<&str>) -> Variable {
        let mut all = self.source.column(name, &mut self.reading);
        for order in self.named.orders.iter().filter(|order| order.is_about(name)) {
            order.check_labels(&all, &mut self.reading);
            all = order.first(&all);
        }
        let (codes, nets) = (all.clone(), Vec::new());
        let mut variable = Variable { name: name.to_owned(), codes, nets, n_missing: 0, of_missing: MISSING };
        let members = self.source.members(name);
        if all.len() != members.is_in.len() {
            // It could not be read, which the reading says.
            return variable;
        }
        let own: Vec<&WrittenNet<'_>> = self.named.nets.iter().filter(|net| net.labels.is_about(name)).collect();
        for net in &own {
            net.labels.check_labels(&all, &mut self.reading);
        }
        (variable.codes, variable.n_missing) = all.among(members.is_in);
        variable.n_missing += members.n_missing;
        if let Some(label) = missing.filter(|_| variable.n_missing > 0) {
            variable.of_missing = variable.codes.n_labels() as u32;
            variable.codes = variable.codes.with_label_for_missing(label);
        }
        let n = variable.codes.n_labels();
        if n > limit {
            let problem = too_many(self.reading.file(), name, n, limit);
            self.reading.problem(problem);
        }
        for (k, net) in own.iter().enumerate() {
            let is_label = variable.codes.labels().iter().any(|label| label == net.label());
            if is_label || own[..k].iter().any(|earlier| earlier.label() == net.label()) {
                let place = Place::file(self.reading.file().name()).column(name);
                let message = format!("`{name}` has a label `{}` already, so a net needs another name", net.label());
                self.reading.problem(Diagnostic::error("E41", place, message).hint("rename the net in `--net`"));
            }
        }
        variable.nets = own.iter().map(|net| net.among(variable.codes.labels())).collect();
        variable
    }
}

/// A column with so many labels that they are no groups.
pub fn too_many(file: &DataFile, column: &str, n: usize, limit: usize) -> Diagnostic {
    let place = Place::file(file.name()).column(column);
    Diagnostic::error("E41", place, format!("`{column}` has too many different values for a table"))
        .observed(n.to_string())
        .expected(format!("{limit} or fewer"))
        .hint("name a column of groups; numbers are cut into classes first, identifiers are no groups")
}
