//! What stands below the tables: design, weights, base, method, letters, marks.

use super::args::{AdjustName, MissingLine, TabulateArgs};
use super::read::Columns;
use crate::analysis::SmallBase;
use crate::analysis::banner::{Banner, TEST};
use crate::cli::estimate::{CiName, DegfName, Sample, SmallBases, percent, quantity};
use crate::design::SurveyDesign;
use crate::estimate::DeffReference;

/// A note with its name.
pub type Note = (&'static str, String);

/// All notes.
pub fn notes(args: &TabulateArgs, sample: &Sample<'_>, columns: &Columns, banner: &Banner) -> Vec<Note> {
    let mut notes = vec![
        ("Design", sample.in_words()),
        ("Weights", format!("{}, sum {}", sample.weights, quantity(sample.rows.sum_w, 0))),
        ("Base", base(args, sample, columns)),
        ("Method", method(args, sample.design)),
    ];
    if args.tests.letters {
        notes.push(("Letters", letters(args)));
    }
    if args.tests.rest {
        notes.push(("Arrows", arrows(args)));
    }
    if let Some(marks) = marks(args, banner) {
        notes.push(("Marks", marks));
    }
    if let Some(reasons) = reasons(banner) {
        notes.push(("n/e", reasons));
    }
    notes
}

fn base(args: &TabulateArgs, sample: &Sample<'_>, columns: &Columns) -> String {
    let mut base = match &args.what.condition {
        Some(condition) => format!("rows with {condition}; the whole design stays in the variance"),
        None => "all rows".to_owned(),
    };
    base.push_str(match args.what.missing {
        MissingLine::Show => "; rows without an answer are in it and have their own line",
        MissingLine::Exclude => "; rows with an answer, for each question by itself",
    });
    let n_zero = sample.rows.n_zero;
    if n_zero > 0 {
        base.push_str(&format!("; {n_zero} rows of weight 0 are outside"));
    }
    for (name, n) in columns.unlabelled() {
        base.push_str(&format!("; {} rows without `{name}` are in the total only", quantity(n as f64, 0)));
    }
    base.push_str("; effective base: (Σw)²/Σw²");
    base
}

fn method(args: &TabulateArgs, design: &SurveyDesign) -> String {
    let variance = if design.replicates().is_some() {
        "replicates"
    } else if design.adjustments().is_empty() {
        "linearization"
    } else {
        "linearization of the residuals of the adjusted weights"
    };
    let degf = match args.what.degf {
        DegfName::Domain => "t with the degrees of freedom of each column",
        DegfName::Design => "t with the degrees of freedom of the design",
        DegfName::Inf => "normal limits",
    };
    let interval = match args.what.ci {
        None | Some(CiName::Rule) => "logit, or Korn–Graubard where few cases are expected",
        Some(CiName::Wald) => "Wald",
        Some(CiName::Logit) => "logit",
        Some(CiName::Likelihood) => "likelihood",
        Some(CiName::Arcsine) => "arcsine",
        Some(CiName::KornGraubard) => "Korn–Graubard",
        Some(CiName::Wilson) => "Wilson",
    };
    let level = percent(args.what.level);
    let deff = DeffReference::from(args.what.deff);
    format!("column percentages; {level} % intervals: {interval}, {degf}; {variance}; deff against {deff}")
}

fn letters(args: &TabulateArgs) -> String {
    let level = match args.tests.alpha.as_slice() {
        [lax, strict] => format!("small letters p < {lax}, capitals p < {strict}"),
        levels => format!("p < {}", levels.first().copied().unwrap_or_default()),
    };
    format!(
        "the share is higher than that in the columns of the same span that the letters name ({level}); {TEST}, {}; not \
         compared: bases below 30, columns that overlap, shares of 0 or 100 %",
        adjusted(args.tests.adjust_p, "all pairs of a line within a span")
    )
}

fn arrows(args: &TabulateArgs) -> String {
    let level = match args.tests.alpha.as_slice() {
        [lax, strict] => format!("one arrow p < {lax}, two p < {strict}"),
        levels => format!("p < {}", levels.first().copied().unwrap_or_default()),
    };
    let family = adjusted(args.tests.adjust_p, "all columns of a line within a span");
    format!("the share is higher (↑) or lower (↓) than in the rest of the span ({level}); {TEST}, {family}")
}

fn adjusted(name: AdjustName, family: &str) -> String {
    match name {
        AdjustName::None => "p-values not adjusted for the number of comparisons".to_owned(),
        name => format!("p-values adjusted by {} for {family}", name.word()),
    }
}

fn marks(args: &TabulateArgs, banner: &Banner) -> Option<String> {
    let has = |mark| banner.tables.iter().flat_map(|t| &t.bases).any(|base| base.mark == Some(mark));
    let meanings = [
        (
            SmallBase::Suppressed,
            "– base below 30, not shown (csv and json carry the numbers; `--small-bases none` shows them)",
        ),
        (SmallBase::Bracketed, "[ ] base of 30 to 49, or fewer than 8 sampling units with members"),
        (SmallBase::Starred, "* base of 50 to 99"),
    ];
    let found: Vec<&str> = meanings.into_iter().filter(|(mark, _)| has(*mark)).map(|(_, text)| text).collect();
    (args.output.small_bases == SmallBases::Poll && !found.is_empty()).then(|| found.join("; "))
}

/// Why some cells have no share.
fn reasons(banner: &Banner) -> Option<String> {
    let mut reasons: Vec<String> = Vec::new();
    let absent = banner.tables.iter().flat_map(|t| &t.cells).filter(|cell| cell.value.is_none());
    for reason in absent.filter_map(|cell| cell.reason) {
        let reason = reason.to_string();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (!reasons.is_empty()).then(|| format!("not estimable: {}", reasons.join("; ")))
}
