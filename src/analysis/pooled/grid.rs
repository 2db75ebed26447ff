//! Dates at which a level is given.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use crate::study::PartialDate;
use crate::study::definition::GridStep;

/// More steps than any report shows; a grid ends there.
const MOST: usize = 20_000;

/// The steps from the one that holds `first` to the one that holds `last`, and `further` ones behind it.
pub(super) fn dates(first: Date, last: Date, step: GridStep, further: u8) -> Vec<PartialDate> {
    let (start, span) = match step {
        GridStep::Day => (first, 1.day()),
        GridStep::Week => (monday_of(first), 1.week()),
        GridStep::Month => (first.first_of_month(), 1.month()),
        GridStep::Year => (first.first_of_year(), 1.year()),
    };
    let mut out = Vec::new();
    let mut n_further = 0;
    for date in start.series(span).take(MOST) {
        if date > last {
            n_further += 1;
            if n_further > usize::from(further) {
                break;
            }
        }
        let text = match step {
            GridStep::Day | GridStep::Week => date.to_string(),
            GridStep::Month => format!("{:04}-{:02}", date.year(), date.month()),
            GridStep::Year => format!("{:04}", date.year()),
        };
        out.extend(text.parse::<PartialDate>());
    }
    out
}

fn monday_of(date: Date) -> Date {
    let days = i64::from(date.weekday().since(Weekday::Monday));
    date.checked_sub(Span::new().days(days)).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(first: &str, last: &str, step: GridStep, further: u8) -> Vec<String> {
        let dates = dates(first.parse().unwrap(), last.parse().unwrap(), step, further);
        dates.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn steps_hold_both_ends_and_go_on_for_a_forecast() {
        assert_eq!(grid("2014-01-31", "2014-03-01", GridStep::Month, 0), ["2014-01", "2014-02", "2014-03"]);
        assert_eq!(grid("2014-12-31", "2015-01-01", GridStep::Year, 1), ["2014", "2015", "2016"]);
        // 5 March 2014 was a Wednesday.
        assert_eq!(grid("2014-03-05", "2014-03-10", GridStep::Week, 1), ["2014-03-03", "2014-03-10", "2014-03-17"]);
        assert_eq!(grid("2014-02-28", "2014-03-01", GridStep::Day, 0), ["2014-02-28", "2014-03-01"]);
        assert_eq!(grid("2014-03-01", "2014-03-01", GridStep::Day, 0).len(), 1);
    }
}
