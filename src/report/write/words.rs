//! Cells as people read them.

use crate::analysis::result::Unit;
use crate::locale::Locale;
use crate::report::table::Cell;

/// The cell in a language: shares in percent, differences in percentage points, counts with thousands marks.
pub fn cell_words(cell: &Cell, locale: &Locale) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => locale.number(*count as f64, 0),
        Cell::Number(value) => plain(*value, locale),
        Cell::Quantity(value, unit) => quantity(*value, *unit, locale),
        Cell::Range(low, high, unit) => range(*low, *high, *unit, locale),
    }
}

fn quantity(value: f64, unit: Unit, locale: &Locale) -> String {
    match unit {
        Unit::Share => locale.percent(value, 1),
        Unit::ShareDifference | Unit::SharePerDecade => locale.points(value, 1),
        Unit::ShareSize => locale.point_size(value, 1),
        Unit::Count => locale.number(value, 0),
        Unit::PerYear => locale.phrase("unit-per-year").replace("{value}", &locale.number(value, 2)),
        Unit::PerMillion => locale.phrase("unit-per-million").replace("{value}", &locale.number(value, 2)),
        Unit::Ratio | Unit::Index => locale.number(value, 2),
        Unit::Year => locale.time(value),
    }
}

fn range(low: f64, high: f64, unit: Unit, locale: &Locale) -> String {
    match unit {
        Unit::Share => locale.percent_range(low, high, 1),
        Unit::ShareDifference | Unit::SharePerDecade => locale.points_range(low, high, 1),
        Unit::ShareSize => locale.point_size_range(low, high, 1),
        Unit::Count => format!("{}–{}", locale.number(low, 0), locale.number(high, 0)),
        Unit::Year => locale.time_range(low, high),
        Unit::PerYear | Unit::PerMillion | Unit::Ratio | Unit::Index => locale.number_range(low, high, 2),
    }
}

/// At most three decimals, none where the number is whole.
fn plain(value: f64, locale: &Locale) -> String {
    let decimals = (0..3).find(|&d| (value - round_to(value, d)).abs() < 5e-5).unwrap_or(3);
    locale.number(value, decimals)
}

fn round_to(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}
