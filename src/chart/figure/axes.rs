//! Axes with round ticks, labelled in the reader's language.

use crate::analysis::result::Unit;
use crate::chart::spec::{Scale, Tick, TimeAxis, ValueAxis};
use crate::locale::Locale;
use crate::study::PartialDate;

/// What a value axis must hold.
pub(super) struct Need {
    /// Unit of the values.
    pub unit: Unit,
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// Must zero be on it, as for bars and for shares over time?
    pub has_zero: bool,
    /// Highest value set by the definition, in percent or units.
    pub max: Option<f64>,
    /// May values lie beyond it? Rows show such values with an arrow and in figures; a line over time cannot.
    pub may_clip: bool,
    /// Ticks aimed at.
    pub n_ticks: usize,
}

/// A linear axis that holds what it must, with round ends.
pub(super) fn linear(need: &Need, locale: &Locale) -> ValueAxis {
    let is_share = need.unit == Unit::Share;
    let (mut low, mut high) = need.range;
    if !low.is_finite() || !high.is_finite() {
        (low, high) = (0.0, 1.0);
    }
    if need.has_zero || need.unit != Unit::Share {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    if let Some(max) = need.max {
        let max = if is_percent(need.unit) { max / 100.0 } else { max };
        high = if need.may_clip { max } else { high.max(max) };
    }
    if high - low < 1e-9 {
        high = low + if is_percent(need.unit) { 0.1 } else { 1.0 };
    }
    let step = step(high - low, need.n_ticks);
    let from = floor_to(low, step);
    let mut until = if need.max.is_some() && need.may_clip { high } else { ceil_to(high, step) };
    if is_share {
        until = until.min(1.0);
    }
    let from = if is_share { from.max(0.0) } else { from };
    let ticks = ticks(from, until, step, need.unit, locale);
    let baseline = (from..=until).contains(&0.0).then_some(0.0);
    ValueAxis { unit: need.unit, scale: Scale::Linear, from, until, ticks, label: label(need.unit, locale), baseline }
}

/// A logarithmic axis for ratios and rates above zero.
pub(super) fn log(unit: Unit, range: (f64, f64), baseline: Option<f64>, locale: &Locale) -> ValueAxis {
    let low = baseline.map_or(range.0, |b| b.min(range.0)).max(1e-9);
    let high = baseline.map_or(range.1, |b| b.max(range.1)).max(low * 1.5);
    let mut values = Vec::new();
    let mut decade = libm::pow(10.0, libm::floor(libm::log10(low)));
    while decade <= high * 10.0 {
        values.extend([1.0, 2.0, 5.0].map(|digit| digit * decade));
        decade *= 10.0;
    }
    let from = values.iter().copied().rev().find(|v| *v <= low * (1.0 + 1e-9)).unwrap_or(low);
    let until = values.iter().copied().find(|v| *v >= high * (1.0 - 1e-9)).unwrap_or(high);
    let inside = values.into_iter().filter(|v| (from..=until).contains(v));
    let ticks = inside.map(|at| Tick { at, label: locale.number(at, decimals_of(at)) }).collect();
    ValueAxis { unit, scale: Scale::Log, from, until, ticks, label: label(unit, locale), baseline }
}

/// An axis of shares that grows to both sides of zero, labelled without sign.
pub(super) fn diverging(left: f64, right: f64, step: f64, locale: &Locale) -> ValueAxis {
    let (from, until) = (-ceil_to(left, step).min(1.0), ceil_to(right, step).min(1.0));
    let mut ticks = ticks(from, until, step, Unit::Share, locale);
    for tick in &mut ticks {
        tick.label = locale.percent(tick.at.abs(), 0);
    }
    ValueAxis { unit: Unit::Share, scale: Scale::Linear, from, until, ticks, label: String::new(), baseline: Some(0.0) }
}

/// A time axis over the given times, in years with decimals.
pub(super) fn time(low: f64, high: f64, locale: &Locale) -> TimeAxis {
    let span = high - low;
    if span > 2.5 {
        let pad = 0.02 * span;
        let step = step(span, 10).max(1.0);
        let mut at = ceil_to(low - pad, step);
        let mut ticks = Vec::new();
        while at <= high + pad {
            ticks.push(Tick { at, label: format!("{at:.0}") });
            at += step;
        }
        return TimeAxis { from: low - pad, until: high + pad, ticks };
    }
    // Short spans are labelled by month.
    let pad = (0.04 * span).max(0.1);
    let (from, until) = (low - pad, high + pad);
    let n_months = ((until - from) * 12.0).ceil().max(1.0);
    let every = [1.0, 2.0, 3.0, 6.0].into_iter().find(|every| n_months / every <= 8.0).unwrap_or(12.0);
    let mut month = (from * 12.0 / every).ceil() * every;
    let mut ticks = Vec::new();
    while month <= until * 12.0 {
        let (year, of_year) = ((month / 12.0).floor(), month.rem_euclid(12.0) + 1.0);
        if let Ok(date) = format!("{year:04.0}-{of_year:02.0}").parse::<PartialDate>() {
            ticks.push(Tick { at: month / 12.0, label: locale.date(date) });
        }
        month += every;
    }
    TimeAxis { from, until, ticks }
}

/// A time axis with a tick at every one of a few dates, such as elections.
pub(super) fn dates(times: &[(f64, String)]) -> TimeAxis {
    let low = times.iter().map(|(at, _)| *at).fold(f64::INFINITY, f64::min);
    let high = times.iter().map(|(at, _)| *at).fold(f64::NEG_INFINITY, f64::max);
    let pad = (0.03 * (high - low)).max(0.5);
    let ticks = times.iter().map(|(at, label)| Tick { at: *at, label: label.clone() }).collect();
    TimeAxis { from: low - pad, until: high + pad, ticks }
}

fn ticks(from: f64, until: f64, step: f64, unit: Unit, locale: &Locale) -> Vec<Tick> {
    let first = libm::ceil(from / step - 1e-9);
    let count = libm::floor(until / step + 1e-9) - first;
    let digits = decimals_of(if is_percent(unit) { step * 100.0 } else { step });
    let mut index = 0.0;
    let mut ticks = Vec::new();
    while index <= count {
        // Adding zero turns a negative zero into zero.
        let at = (first + index) * step + 0.0;
        let label = match unit {
            Unit::Share => locale.percent(at, digits),
            Unit::ShareDifference | Unit::SharePerDecade => locale.signed(at * 100.0, digits),
            Unit::ShareSize => locale.number(at * 100.0, digits),
            _ => locale.number(at, digits),
        };
        ticks.push(Tick { at, label });
        index += 1.0;
    }
    ticks
}

/// What the axis measures; a percent sign at every tick says it itself.
fn label(unit: Unit, locale: &Locale) -> String {
    let key = match unit {
        Unit::Share | Unit::Index => return String::new(),
        Unit::ShareDifference | Unit::ShareSize => "axis-points",
        Unit::SharePerDecade => "axis-points-per-decade",
        Unit::Count => "axis-count",
        Unit::PerYear => "axis-per-year",
        Unit::PerMillion => "axis-per-million",
        Unit::Ratio => "axis-ratio",
        Unit::Year => return String::new(),
    };
    locale.phrase(key).to_owned()
}

fn is_percent(unit: Unit) -> bool {
    matches!(unit, Unit::Share | Unit::ShareDifference | Unit::ShareSize | Unit::SharePerDecade)
}

/// A step for axes of shares that together are so long, with room for a label at each tick.
pub(super) fn share_step(span: f64) -> f64 {
    step(span.max(0.1), 17)
}

/// The smallest of 1, 2, 5 times a power of ten that gives no more than `count` steps.
fn step(span: f64, count: usize) -> f64 {
    let count = u32::try_from(count).map_or(5.0, f64::from);
    let power = libm::pow(10.0, libm::floor(libm::log10(span / count)));
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    steps.into_iter().find(|step| span / step <= count + 1e-9).unwrap_or(10.0 * power)
}

fn floor_to(value: f64, step: f64) -> f64 {
    libm::floor(value / step + 1e-9) * step
}

fn ceil_to(value: f64, step: f64) -> f64 {
    libm::ceil(value / step - 1e-9) * step
}

fn decimals_of(step: f64) -> usize {
    let is_whole = |digits: i32| {
        let shifted = step * libm::pow(10.0, f64::from(digits));
        (shifted - shifted.round()).abs() < 1e-6
    };
    (0..6).find(|digits| is_whole(*digits)).and_then(|digits| usize::try_from(digits).ok()).unwrap_or(2)
}
