//! Which items surely lie in a period.

use crate::analysis::time::years;
use crate::study::definition::Period;
use crate::study::{EventItem, PartialDate, Span};
use jiff::civil::Date;

/// First and last day of a period as far as the list covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub first: Date,
    pub last: Date,
    /// Does the list end before the period does?
    pub is_cut: bool,
}

impl Window {
    /// The window of a named period.
    pub fn new(period: &Period, covered_until: Option<PartialDate>) -> Self {
        let end = period.end.last_day();
        let last = covered_until.map_or(end, |covered| end.min(covered.last_day()));
        Window { first: period.start.first_day(), last, is_cut: last < end }
    }

    /// The calendar year.
    pub fn year(year: i16, covered_until: Option<PartialDate>) -> Option<Self> {
        let first = Date::new(year, 1, 1).ok()?;
        let end = first.last_of_year();
        let last = covered_until.map_or(end, |covered| end.min(covered.last_day()));
        Some(Window { first, last, is_cut: last < end })
    }

    /// Length in years.
    pub fn exposure(self) -> f64 {
        years(self.first, self.last)
    }

    /// Do the two have a day in common?
    pub fn overlaps(self, other: Window) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Where a date lies: an item counts only where every day that its date can mean lies inside.
    ///
    /// A list holds only what was there when it ended, so where it cuts the window short, the days after its end are
    /// not among those that a date can mean.
    pub fn holds(self, date: PartialDate) -> Held {
        let first = date.first_day();
        let last = if self.is_cut && first <= self.last { date.last_day().min(self.last) } else { date.last_day() };
        if last < self.first || self.last < first {
            Held::Outside
        } else if self.first <= first && last <= self.last {
            Held::Inside
        } else {
            Held::Straddling
        }
    }

    /// The window as the span of its first and last day.
    pub fn span(self) -> Span {
        Span { start: PartialDate::day(self.first), end: PartialDate::day(self.last) }
    }

    /// Items inside, items that may lie inside or not.
    pub fn sort<'i>(self, items: impl IntoIterator<Item = &'i EventItem>) -> (Vec<&'i EventItem>, Vec<&'i EventItem>) {
        let mut inside = Vec::new();
        let mut straddling = Vec::new();
        for item in items {
            match item.date.map(|date| self.holds(date)) {
                Some(Held::Inside) => inside.push(item),
                Some(Held::Straddling) => straddling.push(item),
                Some(Held::Outside) | None => {}
            }
        }
        (inside, straddling)
    }
}

/// Where a date lies beside a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// All its days lie inside.
    Inside,
    /// None does.
    Outside,
    /// Some do.
    Straddling,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coarse_date_counts_only_where_all_its_days_lie_inside() {
        let window =
            Window { first: "2014-03-18".parse().unwrap(), last: "2022-02-23".parse().unwrap(), is_cut: false };
        let held = |date: &str| window.holds(date.parse().unwrap());
        assert_eq!(held("2014"), Held::Straddling);
        assert_eq!(held("2014-03"), Held::Straddling);
        assert_eq!(held("2022"), Held::Straddling);
        assert_eq!(held("2022-02"), Held::Straddling);
        assert_eq!(held("2014-04"), Held::Inside);
        assert_eq!(held("2014-03-18"), Held::Inside);
        assert_eq!(held("2022-02-24"), Held::Outside);
        assert_eq!(held("2013"), Held::Outside);
    }

    #[test]
    fn the_last_year_ends_where_the_list_does() {
        let window = Window::year(2025, Some("2025-06".parse().unwrap())).unwrap();
        assert!(window.is_cut);
        assert!((window.exposure() - 181.0 / 365.0).abs() < 1e-12);
        assert_eq!(window.holds("2025".parse().unwrap()), Held::Inside);
        assert_eq!(window.holds("2025-08".parse().unwrap()), Held::Outside);
        assert!(!Window::year(2024, Some("2025-06".parse().unwrap())).unwrap().is_cut);
    }
}
