//! How much of a break could come from items of one time being easier to find than those of another?

use super::{Break, Counts};
use crate::analysis::items::{chance, periods};
use crate::analysis::result::{Figures, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::numeric::root::brent;
use crate::study::definition::{CountBreaksAnalysis, FindingChance};

/// The chances that a definition assumes, checked.
pub(super) struct Finding<'s> {
    assumed: &'s [FindingChance],
}

impl<'s> Finding<'s> {
    /// The assumed chances, or a problem.
    pub fn of(analysis: &'s CountBreaksAnalysis, work: &mut Work<'s>) -> Option<Self> {
        let is_sound = chance::are_sound(&analysis.id, &analysis.chance, &super::windows(analysis), work);
        is_sound.then_some(Finding { assumed: &analysis.chance })
    }

    /// What it would take to explain the break away, and the ratio under the assumed chances.
    ///
    /// # Definition
    ///
    /// Items that exist come at rates λ; an item of period t is found with chance cₜ. Then found items have the exposure Σ cₜ·time
    /// in place of time, and the exact interval holds for the ratio of λ. With a chance k times as high after the event as before,
    /// the ratio and its limits are divided by k: the lower limit is 1 at k = lower limit. With cₜ growing by the factor g a year,
    /// g solves lower limit(g) = 1.
    pub fn records(&self, counts: &Counts<'_>, found: &Break<'_>) -> Vec<ResultRecord> {
        let mut records = vec![
            counts.at(found, "tipping", Unit::Ratio).figures(tipping(counts, found)),
            counts.at(found, "tipping-per-year", Unit::Ratio).figures(tipping_per_year(counts, found)),
        ];
        for assumed in self.assumed {
            let chance = |period: usize| {
                let window = counts.windows[period];
                assumed.over(window.first, window.last).unwrap_or(1.0)
            };
            let name = format!("chance-{}", assumed.id);
            records.push(counts.at(found, &name, Unit::Ratio).figures(ratio(counts, found, chance)));
        }
        records
    }
}

/// Items and effective time after and before an event.
fn sides(counts: &Counts<'_>, found: &Break<'_>, chance: impl Fn(usize) -> f64) -> [(u64, f64); 2] {
    [found.at..found.until, found.from..found.at].map(|periods| {
        let time = periods.clone().map(|period| counts.exposure[period] * chance(period)).sum();
        (counts.sum(periods), time)
    })
}

fn ratio(counts: &Counts<'_>, found: &Break<'_>, chance: impl Fn(usize) -> f64) -> Figures {
    let [after, before] = sides(counts, found, chance);
    periods::ratio(after, before)
}

fn lower(counts: &Counts<'_>, found: &Break<'_>, chance: impl Fn(usize) -> f64) -> Option<f64> {
    ratio(counts, found, chance).ci_low
}

const NO_RISE: &str = "the lower limit of the ratio is not above 1: there is no clear rise to explain away";

fn tipping(counts: &Counts<'_>, found: &Break<'_>) -> Figures {
    match lower(counts, found, |_| 1.0).filter(|low| *low > 1.0) {
        Some(low) => Figures::without_interval(low, "the ratio of chances at which the lower limit of the ratio is 1"),
        None => Figures::not_estimable(NO_RISE),
    }
}

fn tipping_per_year(counts: &Counts<'_>, found: &Break<'_>) -> Figures {
    let middle = |period: usize| {
        let window = counts.windows[period];
        (crate::study::decimal_year(window.first) + crate::study::decimal_year(window.last)) / 2.0
    };
    let origin = middle(found.at);
    let at = |log_growth: f64| {
        let low = lower(counts, found, |period| libm::exp(log_growth * (middle(period) - origin)));
        libm::log(low.unwrap_or(0.0).max(1e-300))
    };
    if at(0.0) <= 0.0 {
        return Figures::not_estimable(NO_RISE);
    }
    // Growth by a factor of 1,000 a year explains everything away.
    match brent(at, 0.0, libm::log(1000.0), 1e-12) {
        Ok(root) => Figures::without_interval(
            libm::exp(root.x),
            "the yearly growth of the chance at which the lower limit of the ratio is 1",
        ),
        Err(error) => Figures::not_estimable(error.to_string()),
    }
}
