//! The assumed sample behind a printed share, and the uncertainty that follows from it.

use super::collapse::Printed;
use crate::analysis::interval::{self, Interval};
use crate::analysis::result::{Figures, Flag, Unit};
use crate::analysis::work::pollster_name;
use crate::study::definition::{Assumption, Definition, Question, QuestionKind};
use crate::study::{PublishedTopline, Span, decimal_year};

/// Where a declared design effect comes from, as printed beside it.
pub(in crate::analysis) const DECLARED: &str = "declared";

/// The sample of a published poll: size and declared design effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::analysis) struct Sample {
    /// Respondents.
    pub n: u64,
    /// Is the number assumed, because the source prints none?
    pub is_n_assumed: bool,
    /// Declared design effect against simple random sampling.
    pub deff: f64,
}

impl Sample {
    /// The sample of a poll, from what the source prints and the study declares for the pollster and time.
    ///
    /// # Errors
    ///
    /// Why there is none: no number interviewed, or no design effect. Neither is ever filled silently.
    pub fn of(definition: &Definition, topline: &PublishedTopline) -> Result<Self, String> {
        let assumption = assumption(definition, &topline.pollster, topline.field);
        let n = topline.n.or_else(|| assumption.and_then(|assumption| assumption.n));
        let year = topline.field.mid_year().floor();
        let pollster = pollster_name(&definition.pollster, &topline.pollster);
        match (n, assumption) {
            (None | Some(0), _) => {
                Err(format!("the source gives no number interviewed and none is declared for {pollster} in {year}"))
            }
            (_, None) => Err(format!("no design effect is declared for {pollster} in {year}")),
            (Some(n), Some(assumption)) => {
                Ok(Sample { n: u64::from(n), is_n_assumed: topline.n.is_none(), deff: assumption.deff })
            }
        }
    }

    /// The same sample with the design effect of a group of it.
    ///
    /// # Definition
    ///
    /// A group that cuts across the clusters is thinner in each: 1 + (deff − 1)·n_g/n. A group by settlement or
    /// region consists of whole clusters and keeps deff.
    ///
    /// # References
    ///
    /// Kish (1965), *Survey Sampling*, section 5.4; Kish and Frankel (1974), JRSS B 36.
    pub fn group(self, n_group: u64, is_across_clusters: bool) -> Self {
        let deff = if is_across_clusters && n_group < self.n {
            1.0 + (self.deff - 1.0) * n_group as f64 / self.n as f64
        } else {
            self.deff
        };
        Sample { n: n_group, is_n_assumed: false, deff }
    }

    /// Size of a simple random sample that says as much.
    pub fn n_eff(self) -> f64 {
        self.n as f64 / self.deff
    }

    /// Variance of a share: deff·p(1 − p)/n.
    pub fn variance(self, p: f64) -> f64 {
        p * (1.0 - p) / self.n_eff()
    }

    /// Marks of numbers that rest on the sample.
    pub fn flags(self) -> impl Iterator<Item = Flag> {
        std::iter::once(Flag::DeffDeclared).chain(self.is_n_assumed.then_some(Flag::NAssumed))
    }
}

/// What is declared for a pollster at the middle of a poll's field time; the first entry that holds.
fn assumption<'d>(definition: &'d Definition, pollster: &str, field: Span) -> Option<&'d Assumption> {
    let middle = field.mid_year();
    let pollster = definition.pollster.iter().find(|candidate| candidate.id == pollster)?;
    pollster.assume.iter().find(|assumption| {
        assumption.from.is_none_or(|from| decimal_year(from.first_day()) <= middle)
            && assumption.until.is_none_or(|until| middle <= decimal_year(until.last_day()))
    })
}

/// Unit of the printed values of a question.
pub(in crate::analysis) fn unit_of(question: &Question) -> Unit {
    if question.kind == QuestionKind::Net { Unit::ShareDifference } else { Unit::Share }
}

/// Estimate and uncertainty of a printed value, as its unit asks for.
pub(in crate::analysis) fn value_figures(unit: Unit, printed: &Printed, sample: Sample) -> Figures {
    if unit == Unit::ShareDifference { net_figures(printed, sample) } else { share_figures(printed, sample) }
}

/// Estimate, standard error and interval of a printed share.
///
/// # Definition
///
/// se² = deff·p(1 − p)/n + rounding variance (k/12 squared printed units for k printed parts); interval by
/// [`interval::share`] with n_eff = p(1 − p)/se², or n/deff where p is 0 or 1 and that fraction says nothing.
fn share_figures(printed: &Printed, sample: Sample) -> Figures {
    let p = printed.share.clamp(0.0, 1.0);
    let variance = sample.variance(p) + printed.rounding_variance;
    let n_eff = if p <= 0.0 || p >= 1.0 { sample.n_eff() } else { p * (1.0 - p) / variance };
    let interval = interval::share(p, sample.n as f64, n_eff);
    Figures { n_eff: Some(n_eff), ..figures(p, variance, interval, sample) }
}

/// Estimate and widest interval of a printed difference of two shares (positive minus negative).
///
/// # Definition
///
/// For shares a and b of one question the variance of d = a − b is deff·(a + b − d²)/n. Only d is printed; since
/// a + b ≤ 1, the variance is at most deff·(1 − d²)/n, and that is taken.
fn net_figures(printed: &Printed, sample: Sample) -> Figures {
    let d = printed.share.clamp(-1.0, 1.0);
    let variance = (1.0 - d * d) / sample.n_eff() + printed.rounding_variance;
    figures(d, variance, interval::symmetric(d, variance.sqrt(), None), sample)
}

fn figures(estimate: f64, variance: f64, interval: Option<Interval>, sample: Sample) -> Figures {
    Figures {
        estimate: Some(estimate),
        se: Some(variance.sqrt()),
        deff: Some(sample.deff),
        deff_reference: Some(DECLARED),
        n: Some(sample.n),
        ..Figures::default()
    }
    .limits(interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{pollster, topline};

    const SAMPLE: Sample = Sample { n: 1600, is_n_assumed: false, deff: 1.9 };

    fn printed(share: f64, parts: u32) -> Printed {
        let rounding_variance = f64::from(parts) / 12.0 * 0.01 * 0.01;
        Printed { share, rounding_variance, origins: Vec::new(), note: None }
    }

    fn close(got: Option<f64>, want: f64) {
        assert!((got.unwrap() - want).abs() < 1e-12, "got {got:?}, want {want}");
    }

    #[test]
    fn design_effect_and_rounding_add_to_the_variance() {
        // 1.9·0.4·0.6/1600 + 3/12·0.0001 = 0.000285 + 0.000025 = 0.00031.
        let figures = share_figures(&printed(0.4, 3), SAMPLE);
        close(figures.se, 0.00031_f64.sqrt());
        close(figures.n_eff, 0.24 / 0.00031);
        assert_eq!((figures.n, figures.degf, figures.deff_reference), (Some(1600), None, Some("declared")));
        assert_eq!(figures.ci_method, Some("logit"));
    }

    #[test]
    fn shares_at_the_ends_have_one_sided_room() {
        let none = share_figures(&printed(0.0, 1), SAMPLE);
        assert_eq!((none.ci_low, none.ci_method), (Some(0.0), Some("korn-graubard")));
        close(none.n_eff, 1600.0 / 1.9);
        let all = share_figures(&printed(1.0, 1), SAMPLE);
        close(all.ci_low, 1.0 - none.ci_high.unwrap());
        let rounded_up = share_figures(&printed(1.01, 5), SAMPLE);
        assert_eq!(rounded_up.estimate, Some(1.0));
    }

    #[test]
    fn samples_of_one_and_two_do_not_break() {
        for n in [1, 2] {
            let figures = share_figures(&printed(0.5, 1), Sample { n, is_n_assumed: false, deff: 1.0 });
            assert!(figures.ci_low.unwrap() < 0.5 && figures.ci_high.unwrap() > 0.5);
        }
    }

    #[test]
    fn a_net_value_takes_the_widest_variance() {
        let figures = net_figures(&printed(-0.2, 1), Sample { n: 960, is_n_assumed: false, deff: 1.0 });
        // (1 − 0.04)/960 = 0.001.
        close(figures.se, (0.001_f64 + 0.0001 / 12.0).sqrt());
    }

    #[test]
    fn groups_across_clusters_lose_less() {
        assert!((SAMPLE.group(400, true).deff - 1.225).abs() < 1e-12);
        assert_eq!(SAMPLE.group(400, false).deff, 1.9);
        assert_eq!(SAMPLE.group(1600, true).deff, 1.9);
    }

    #[test]
    fn nothing_is_filled_without_a_declaration() {
        let mut definition = Definition::default();
        let mut poll = topline("aster-2003", "mood", "2003-05-10", &[("good", 40.0)]);
        poll.n = Some(1600);
        assert!(Sample::of(&definition, &poll).unwrap_err().contains("no design effect is declared for aster"));
        definition.pollster = vec![pollster("aster", &[(Some("2000"), Some("2003"), Some(1500), 1.9)])];
        assert_eq!(Sample::of(&definition, &poll).unwrap(), SAMPLE);
        poll.n = None;
        let assumed = Sample::of(&definition, &poll).unwrap();
        assert_eq!((assumed.n, assumed.is_n_assumed), (1500, true));
        definition.pollster[0].assume[0].n = None;
        assert!(Sample::of(&definition, &poll).unwrap_err().contains("no number interviewed"));
        definition.pollster[0].assume[0].until = Some("2003-05-09".parse().unwrap());
        assert!(Sample::of(&definition, &poll).is_err());
    }
}
