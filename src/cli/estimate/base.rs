//! What is said above and below a table: design, weights, base, method, and marks of small bases.

use super::args::{CiName, DegfName, MissingName, SmallBases};
use super::groups::Groups;
use super::request::Request;
use super::run::Row;
use crate::analysis::SmallBase;
use crate::cli::survey::Survey;
use crate::design::SurveyDesign;
use crate::estimate::QuantileRule;
use crate::estimate::pass::RowTotals;

/// How the numbers of a row are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As they are.
    None,
    /// With a star: n of 50 to 99.
    Star,
    /// In brackets: n of 30 to 49, or members in fewer than 8 sampling units.
    Brackets,
    /// Not at all: n below 30.
    Suppressed,
}

impl Mark {
    /// The mark of a row by the rule set.
    pub fn of(row: &Row, rules: SmallBases) -> Self {
        let e = &row.estimate;
        let small = SmallBase::of_estimate(e);
        match small.filter(|_| rules == SmallBases::Poll && e.value.is_some()) {
            None => Mark::None,
            Some(SmallBase::Suppressed) => Mark::Suppressed,
            Some(SmallBase::Bracketed) => Mark::Brackets,
            Some(SmallBase::Starred) => Mark::Star,
        }
    }

    /// What the mark means.
    pub fn meaning(self) -> &'static str {
        match self {
            Mark::None => "",
            Mark::Star => "* base of 50 to 99",
            Mark::Brackets => "[ ] base of 30 to 49, or fewer than 8 sampling units with members",
            Mark::Suppressed => {
                "– base below 30, not shown (csv and json carry the numbers; `--small-bases none` shows them)"
            }
        }
    }
}

/// The sample behind a table.
pub struct Sample<'a> {
    /// Its design.
    pub design: &'a SurveyDesign,
    /// Its rows.
    pub rows: RowTotals,
    /// Its weights in words.
    pub weights: &'a str,
    /// Was the treatment of lonely units asked for?
    pub is_lonely_chosen: bool,
}

/// Design, weights, base and method in words.
pub fn notes(request: &Request<'_>, sample: &Sample<'_>, groups: &Groups) -> Vec<(&'static str, String)> {
    let (what, design) = (request.what, sample.design);
    let mut notes = vec![("Design", sample.in_words())];
    notes.push(("Weights", format!("{}, sum {}", sample.weights, super::people::quantity(sample.rows.sum_w, 0))));
    let mut base = match &what.condition {
        Some(condition) => format!("rows with {condition}; the whole design stays in the variance"),
        None => "all rows".to_owned(),
    };
    base.push_str(match what.missing {
        MissingName::Refuse => "; rows without a value make their group not estimable",
        MissingName::Exclude => "; rows with a value, for each variable by itself",
        MissingName::Keep => "; rows without a value stay in it, as another answer or as 0",
    });
    let n_zero = sample.rows.n_zero;
    if n_zero > 0 {
        base.push_str(&format!("; {n_zero} rows of weight 0 are outside"));
    }
    for (variable, n) in groups.variables.iter().zip(&groups.n_unlabelled).filter(|(_, n)| **n > 0) {
        base.push_str(&format!("; {n} rows without `{variable}` are in no group"));
    }
    notes.push(("Base", base));
    notes.push(("Method", method(request, design)));
    notes
}

impl<'a> Sample<'a> {
    /// The sample of rows in memory.
    pub fn of(survey: &'a Survey) -> Self {
        let design = &survey.design;
        let rows = RowTotals {
            n_rows: design.n_rows(),
            n_zero: design.weights().iter().filter(|w| **w == 0.0).count(),
            sum_w: design.weights().iter().sum(),
            look_like_counts: design.weights_look_like_counts(),
        };
        Sample { design, rows, weights: &survey.weights, is_lonely_chosen: survey.is_lonely_chosen }
    }

    /// The sample and its design in words.
    pub fn in_words(&self) -> String {
        sample_of(self.design, self.rows.n_rows, self.is_lonely_chosen)
    }
}

/// The sample and its design in words.
pub fn sample(design: &SurveyDesign, is_lonely_chosen: bool) -> String {
    sample_of(design, design.n_rows(), is_lonely_chosen)
}

fn sample_of(design: &SurveyDesign, n_rows: usize, is_lonely_chosen: bool) -> String {
    let mut text = design.describe(n_rows);
    if design.replicates().is_none() && !design.has_lonely_strata() {
        let chosen = if is_lonely_chosen { "" } else { " (default)" };
        text.push_str(&format!("; lonely PSUs: {}{chosen}, none met", design.lonely_psu()));
    }
    text
}

fn method(request: &Request<'_>, design: &SurveyDesign) -> String {
    let what = request.what;
    let variance = if design.replicates().is_some() {
        "replicates"
    } else if design.adjustments().is_empty() {
        "linearization"
    } else {
        "linearization of the residuals of the adjusted weights"
    };
    let degf = match what.degf {
        DegfName::Domain => "t with the degrees of freedom of each group",
        DegfName::Design => "t with the degrees of freedom of the design",
        DegfName::Inf => "normal limits",
    };
    let mut text = format!("{} % intervals, {degf}; {variance}", super::people::percent(what.level));
    if !(what.proportion.is_empty() && what.cdf.is_empty()) {
        text.push_str(match what.ci {
            None | Some(CiName::Rule) => "; proportions: logit, or Korn–Graubard where few cases are expected",
            Some(CiName::Wald) => "; proportions: Wald",
            Some(CiName::Logit) => "; proportions: logit",
            Some(CiName::Likelihood) => "; proportions: likelihood",
            Some(CiName::Arcsine) => "; proportions: arcsine",
            Some(CiName::KornGraubard) => "; proportions: Korn–Graubard",
            Some(CiName::Wilson) => "; proportions: Wilson",
        });
    }
    if !what.quantile.is_empty() {
        text.push_str(&format!("; quantiles: {}", request.quantile_ci.label()));
        if request.quantile_rule == QuantileRule::ShahVaish {
            text.push_str(
                ", by Shah and Vaish's rule as in R: its limits need not lie around the quantile, nor quantiles rise with \
                 their share; other rules have neither fault",
            );
        }
    }
    if !request.contrasts.is_empty() {
        text.push_str("; contrasts: linearization of the expression, with the covariances of its results");
    }
    text.push_str(&format!("; deff against {}", crate::estimate::DeffReference::from(what.deff)));
    text
}
