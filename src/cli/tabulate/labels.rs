//! What the command line says about labels of a column: nets, and their order.

use crate::analysis::banner::Net;
use crate::cli::data::columns::{Reading, unusable};
use crate::design::{Codes, MISSING};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::Result;

/// A list of labels of a column, as it stands on the command line.
pub struct Labels<'a> {
    flag: &'static str,
    text: &'a str,
    column: &'a str,
    of: Vec<&'a str>,
}

impl<'a> Labels<'a> {
    /// Reads `COLUMN: A | B`.
    ///
    /// # Errors
    ///
    /// `E41` for anything else.
    pub fn parse(flag: &'static str, text: &'a str) -> Result<Self> {
        let found = text.split_once(':').and_then(|(column, of)| Self::of(flag, text, column, of));
        found.ok_or_else(|| malformed(flag, text, "COLUMN: A | B", "--order 'age: under 30 | 30 to 59 | 60 and over'"))
    }

    fn of(flag: &'static str, text: &'a str, column: &'a str, of: &'a str) -> Option<Self> {
        let of: Vec<&str> = of.split('|').map(str::trim).collect();
        of.iter().all(|label| !label.is_empty()).then(|| Labels { flag, text, column: column.trim(), of })
    }

    /// Is it about this column?
    pub fn is_about(&self, column: &str) -> bool {
        self.column == column
    }

    /// The column must be one of those that are tabulated.
    ///
    /// # Errors
    ///
    /// `E41` with the closest one.
    pub fn check_column(&self, names: &[&str]) -> Result<()> {
        if names.contains(&self.column) {
            return Ok(());
        }
        let hint = match did_you_mean(self.column, names.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("tabulated are: {}", names.join(", ")),
        };
        let message =
            format!("`{}` is about `{}`, which is neither in `--rows` nor in `--cols`", self.text, self.column);
        Err(unusable("E41", self.flag, message, &hint))
    }

    /// The labels must be labels of the column.
    pub fn check_labels(&self, codes: &Codes, reading: &mut Reading<'_>) {
        let labels = || codes.labels().iter().map(String::as_str);
        for label in self.of.iter().filter(|label| labels().all(|known| known != **label)) {
            let place = Place::file(reading.file().name()).column(self.column);
            let problem = Diagnostic::error("E41", place, format!("`{}` has no label `{label}`", self.column));
            reading.problem(match did_you_mean(label, labels()) {
                Some(close) => problem.hint(format!("did you mean `{close}`?")),
                None => problem.hint(format!("labels: {}", labels().collect::<Vec<_>>().join(", "))),
            });
        }
    }

    /// The column with these labels first.
    pub fn first(&self, codes: &Codes) -> Codes {
        let place = |label: &String| self.of.iter().position(|own| own == label).unwrap_or(self.of.len());
        let mut order: Vec<usize> = (0..codes.n_labels()).collect();
        order.sort_by_key(|k| place(&codes.labels()[*k]));
        let mut rank = vec![MISSING; order.len()];
        order.iter().zip(0..).for_each(|(old, new)| rank[*old] = new);
        let recoded = codes.codes().iter().map(|code| rank.get(*code as usize).copied().unwrap_or(MISSING));
        Codes::from_codes(recoded.collect(), order.iter().map(|k| codes.labels()[*k].clone()).collect())
    }
}

/// A net as it stands on the command line.
pub struct WrittenNet<'a> {
    label: &'a str,
    pub labels: Labels<'a>,
}

impl<'a> WrittenNet<'a> {
    /// Reads `COLUMN: LABEL = A | B`.
    ///
    /// # Errors
    ///
    /// `E41` for anything else.
    pub fn parse(text: &'a str) -> Result<Self> {
        let parts = text.split_once(':').and_then(|(column, rest)| rest.split_once('=').map(|(l, of)| (column, l, of)));
        let found = parts.and_then(|(column, label, of)| {
            let labels = Labels::of("--net", text, column, of)?;
            Some(WrittenNet { label: label.trim(), labels })
        });
        found.filter(|net| !net.label.is_empty()).ok_or_else(|| {
            malformed("--net", text, "COLUMN: LABEL = A | B", "--net 'trust: Any trust = fully | rather'")
        })
    }

    /// The name of the net.
    pub fn label(&self) -> &str {
        self.label
    }

    /// The net of the labels that occur.
    pub fn among(&self, labels: &[String]) -> Net {
        let occurs = |label: &&str| labels.iter().any(|known| known == label);
        let of = self.labels.of.iter().copied().filter(occurs).map(ToOwned::to_owned).collect();
        Net { label: self.label.to_owned(), of }
    }
}

fn malformed(flag: &str, text: &str, form: &str, example: &str) -> crate::error::Error {
    unusable("E41", flag, format!("`{text}` is not of the form {form}"), &format!("write, for example, {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nets_are_read_around_their_signs() {
        let net = WrittenNet::parse("trust: Any: trust = fully | rather").unwrap();
        assert_eq!((net.labels.column, net.label, net.labels.of), ("trust", "Any: trust", vec!["fully", "rather"]));
        for text in ["trust", "trust: x", "trust: = a", "trust: x = a |"] {
            assert!(WrittenNet::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn named_labels_come_first() {
        let codes = Codes::from_optional(&[Some("a"), Some("b"), None, Some("c")]);
        let ordered = Labels::parse("--order", "x: c | b").unwrap().first(&codes);
        assert_eq!(
            (ordered.labels(), ordered.codes()),
            (&["c", "b", "a"].map(String::from)[..], &[2, 1, MISSING, 0][..])
        );
    }
}
