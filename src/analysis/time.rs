//! Lengths of periods in years.

use jiff::civil::Date;

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
