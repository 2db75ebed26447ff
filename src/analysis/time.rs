//! Times of results, and lengths of periods in years.

use jiff::civil::Date;

use super::result::{Flag, ResultRecord};
use crate::study::{Precision, decimal_year};

/// First and last time that the date of a result can mean, as years with decimals: the whole month where the day is a stamp.
pub(super) fn possible_times(record: &ResultRecord) -> Option<(f64, f64)> {
    let when = record.when?;
    let (first, last) = (when.start.first_day(), when.end.last_day());
    let is_stamp = record.flags.contains(&Flag::DateCoarse) && when.end.precision() == Precision::Day;
    let (first, last) = if is_stamp { (first.first_of_month(), last.last_of_month()) } else { (first, last) };
    Some((decimal_year(first), decimal_year(last)))
}

/// Length of a period in years, first and last day included: every whole calendar year counts as 1.
///
/// # Definition
///
/// Days of each calendar year inside the period, over the days of that year, added up.
pub(super) fn years(first: Date, last: Date) -> f64 {
    if last < first {
        return 0.0;
    }
    let before = f64::from(first.year()) + (f64::from(first.day_of_year()) - 1.0) / f64::from(first.days_in_year());
    let after = f64::from(last.year()) + f64::from(last.day_of_year()) / f64::from(last.days_in_year());
    after - before
}

/// Does the period consist of whole calendar years?
pub(super) fn is_whole_years(first: Date, last: Date) -> bool {
    first == first.first_of_year() && last == last.last_of_year()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn whole_years_count_as_one_each() {
        assert_eq!(years(day("2019-01-01"), day("2019-12-31")), 1.0);
        assert_eq!(years(day("2000-01-01"), day("2009-12-31")), 10.0);
        assert!((years(day("2025-01-01"), day("2025-01-01")) - 1.0 / 365.0).abs() < 1e-12);
        assert_eq!(years(day("2025-02-01"), day("2025-01-01")), 0.0);
    }
}
