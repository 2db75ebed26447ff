//! A file with its sampling design, as the commands on anybody's data read it.

use std::path::Path;

use super::data::columns::DataFile;
use super::data::design::{DesignArgs, Known, build};
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
        let file = DataFile::read(path, spec.missing.list())?;
        let (design, weights) = match sidecar::replay(args, &spec, &file, Known::Variance)? {
            Some(replayed) => (replayed.design, replayed.words),
            None => {
                if let Some(note) = spec.weight.as_deref().and_then(|weight| sidecar::unused(path, weight)) {
                    terminal.message(&note);
                }
                let words = spec.weight.clone().unwrap_or_else(|| "from the population sizes".to_owned());
                (build(&spec, &file, Known::Variance)?, words)
            }
        };
        if let Some(weight) = spec.weight.as_deref().filter(|_| design.weights_look_like_counts()) {
            terminal.message(&counts_note(weight, &design));
        }
        Ok(Survey { file, design, weights, is_lonely_chosen: spec.lonely_psu.is_some() })
    }
}

fn counts_note(weight: &str, design: &SurveyDesign) -> String {
    let n = design.weights().iter().filter(|w| **w > 0.0).count();
    let sum: f64 = design.weights().iter().sum();
    format!(
        "note: the weights `{weight}` are whole numbers that add up to {sum} in {n} rows. If each row stands for that many \
         respondents with the same answers, they are counts, not sampling weights: repeat the rows before, or the standard \
         errors are those of {n} respondents"
    )
}
