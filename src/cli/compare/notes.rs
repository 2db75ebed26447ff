//! What stands above a comparison: design, weights, base, method.

use super::args::CompareArgs;
use super::read::Columns;
use crate::cli::estimate::{DegfName, MissingName, percent, quantity, sample};
use crate::cli::survey::Survey;
use crate::cli::tabulate::AdjustName;

/// All notes.
pub fn notes(args: &CompareArgs, survey: &Survey, columns: &Columns) -> Vec<(&'static str, String)> {
    let sum: f64 = survey.design.weights().iter().sum();
    vec![
        ("Design", sample(&survey.design, survey.is_lonely_chosen)),
        ("Weights", format!("{}, sum {}", survey.weights, quantity(sum, 0))),
        ("Base", base(args, survey, columns)),
        ("Method", method(args)),
    ]
}

fn base(args: &CompareArgs, survey: &Survey, columns: &Columns) -> String {
    let mut base = match &args.what.condition {
        Some(condition) => format!("rows with {condition}; the whole design stays in the variance"),
        None => "all rows".to_owned(),
    };
    let n = quantity(columns.n_missing as f64, 0);
    base.push_str(&match (args.what.missing, columns.n_missing) {
        (_, 0) => String::new(),
        (MissingName::Exclude, _) => format!("; {n} rows without an outcome are outside"),
        (MissingName::Keep, _) => format!("; {n} rows without an outcome stay in it, as another answer or as 0"),
        (MissingName::Refuse, _) => format!("; {n} rows without an outcome make their group not estimable"),
    });
    if columns.n_ungrouped > 0 {
        let n = quantity(columns.n_ungrouped as f64, 0);
        base.push_str(&format!("; {n} rows without a group are in `all` only"));
    }
    let n_zero = survey.design.weights().iter().filter(|w| **w == 0.0).count();
    if n_zero > 0 {
        base.push_str(&format!("; {n_zero} rows of weight 0 are outside"));
    }
    base
}

fn method(args: &CompareArgs) -> String {
    let degf = match args.what.degf {
        DegfName::Domain => "t with the degrees of freedom of the groups",
        DegfName::Design => "t with the degrees of freedom of the design",
        DegfName::Inf => "normal limits",
    };
    let adjusted = match args.what.adjust_p {
        AdjustName::None => "p-values not adjusted".to_owned(),
        name => format!("adj. p by {} within each family: reference, pairs, rest", name.word()),
    };
    let levels = match args.what.alpha.as_slice() {
        [lax, strict] => format!("small letters and one arrow: adjusted p < {lax}, capitals and two: p < {strict}"),
        levels => format!("adjusted p < {}", levels.first().copied().unwrap_or_default()),
    };
    let mut text = format!(
        "{} % intervals, {degf}; differences and ratios with the covariance of both groups; {adjusted}; letters: higher than the \
         groups named, arrows: than all others ({levels})",
        percent(args.what.level)
    );
    if let Some(margin) = args.what.within {
        let level = percent(2.0 * args.what.level - 1.0);
        text.push_str(&format!("; equivalent: two one-sided tests within ±{margin}, the {level} % interval inside"));
    }
    text
}
