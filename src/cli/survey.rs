//! A file with its sampling design, as the commands on anybody's data read it.

use std::path::Path;

use super::data::columns::DataFile;
use super::data::design::{DesignArgs, DesignFile, Known, build, is_unweighted};
use super::terminal::Terminal;
use super::weight::sidecar;
use crate::design::SurveyDesign;
use crate::error::Result;

/// Respondents and how they were drawn.
pub struct Survey {
    pub file: DataFile,
    pub design: SurveyDesign,
    /// The weights in words.
    pub weights: String,
    /// Whether the treatment of lonely units was chosen by name.
    pub is_lonely_chosen: bool,
}

impl Survey {
    /// Reads a file and the columns of its design; what is odd about the weights is said, not refused.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, the design, or the record of its weights.
    pub fn read(path: &Path, args: &DesignArgs, terminal: Terminal) -> Result<Self> {
        let spec = args.spec()?;
        let file = DataFile::read(path, spec.missing.list(), &spec.format()?)?;
        Self::of(file, args, &spec, terminal)
    }

    /// Reads the columns of the design of a file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the design, or the record of its weights.
    pub fn of(file: DataFile, args: &DesignArgs, spec: &DesignFile, terminal: Terminal) -> Result<Self> {
        let (design, weights) = match sidecar::replay(args, spec, &file, Known::Variance)? {
            Some(replayed) => (replayed.design, replayed.words),
            None => {
                note_of_record(&file, spec, terminal);
                note_of_no_weights(spec, terminal);
                (build(spec, &file, Known::Variance)?, words(spec))
            }
        };
        let n = design.weights().iter().filter(|w| **w > 0.0).count();
        note_of_counts(spec, design.weights_look_like_counts(), n, design.weights().iter().sum(), terminal);
        Ok(Survey { file, design, weights, is_lonely_chosen: spec.lonely_psu.is_some() })
    }
}

/// The weights of a design in words.
pub fn words(spec: &DesignFile) -> String {
    let derived = || match (spec.probabilities.is_empty(), spec.sampling_fraction.is_empty()) {
        _ if is_unweighted(spec) => "none, every row counts 1",
        (false, _) => "from the inclusion probabilities",
        (true, false) => "from the sampling fractions",
        (true, true) => "from the population sizes",
    };
    spec.weight.clone().unwrap_or_else(|| derived().to_owned())
}

/// Says that there are no weights, where nobody said so.
pub fn note_of_no_weights(spec: &DesignFile, terminal: Terminal) {
    if is_unweighted(spec) {
        terminal.message("note: no weights: every row counts 1 (`--weight COLUMN` names a column of weights)");
    }
}

/// Says that there is a record about the weight, where it is used without.
pub fn note_of_record(file: &DataFile, spec: &DesignFile, terminal: Terminal) {
    if let Some(note) = spec.weight.as_deref().and_then(|weight| sidecar::unused(Path::new(file.name()), weight)) {
        terminal.message(&note);
    }
}

/// Says that weights look like counts of identical rows.
pub fn note_of_counts(spec: &DesignFile, look_like_counts: bool, n: usize, sum: f64, terminal: Terminal) {
    let Some(weight) = spec.weight.as_deref().filter(|_| look_like_counts) else { return };
    terminal.message(&format!(
        "note: the weights `{weight}` are whole numbers that add up to {sum} in {n} rows. If each row stands for that many \
         respondents with the same answers, they are counts, not sampling weights: repeat the rows before, or the standard \
         errors are those of {n} respondents"
    ));
}
