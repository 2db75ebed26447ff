//! Which tick labels there is room for.

use super::TICK;
use crate::chart::spec::Tick;

/// White space between two labels.
const GAP: f64 = 7.0;

/// The labels to print on a horizontal axis: each, or every second, third … so that none touch.
pub(super) fn printed(ticks: &[Tick], x: impl Fn(f64) -> f64) -> Vec<(f64, &str)> {
    let places: Vec<(f64, &str)> = ticks.iter().map(|tick| (x(tick.at), tick.label.as_str())).collect();
    let every = |n: usize| places.iter().copied().step_by(n).collect::<Vec<_>>();
    let is_free = |labels: &[(f64, &str)]| {
        labels.windows(2).all(|pair| {
            let half = (TICK.width(pair[0].1) + TICK.width(pair[1].1)) / 2.0;
            pair[1].0 - pair[0].0 >= half + GAP
        })
    };
    (1..=places.len()).map(every).find(|labels| is_free(labels)).unwrap_or_default()
}
