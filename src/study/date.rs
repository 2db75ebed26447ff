//! Dates as sources print them: a day, a month, or only a year.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A date known to the day, the month or the year.
///
/// Ordered by its first possible day, the coarser date first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    first: Date,
    precision: Precision,
}

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Only the year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
}

impl PartialDate {
    /// A date known to the day.
    pub fn day(date: Date) -> Self {
        PartialDate { first: date, precision: Precision::Day }
    }

    /// How much of the date is known.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The first day that the date can mean.
    pub fn first_day(self) -> Date {
        self.first
    }

    /// The last day that the date can mean.
    pub fn last_day(self) -> Date {
        match self.precision {
            Precision::Day => self.first,
            Precision::Month => self.first.last_of_month(),
            Precision::Year => self.first.last_of_year(),
        }
    }

    /// The same date without its day.
    pub fn month(self) -> Self {
        match self.precision {
            Precision::Day => PartialDate { first: self.first.first_of_month(), precision: Precision::Month },
            Precision::Month | Precision::Year => self,
        }
    }

    /// The month that holds a time given as a year with decimals; none for a year outside 0 to 9999.
    pub fn month_of(time: f64) -> Option<Self> {
        let (year, share) = (libm::floor(time), time - libm::floor(time));
        let month = libm::floor(share * 12.0) + 1.0;
        if !(0.0..10_000.0).contains(&year) {
            return None;
        }
        format!("{year:04.0}-{month:02.0}").parse().ok()
    }

    /// The middle of the days that the date can mean, as a year with decimals.
    pub fn mid_year(self) -> f64 {
        (decimal_year(self.first) + decimal_year(self.last_day())) / 2.0
    }
}

/// A day as a year with decimals: noon of 1 January 2014 is 2014 + 0.5/365.
pub fn decimal_year(date: Date) -> f64 {
    f64::from(date.year()) + (f64::from(date.day_of_year()) - 0.5) / f64::from(date.days_in_year())
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.first;
        match self.precision {
            Precision::Year => write!(f, "{:04}", d.year()),
            Precision::Month => write!(f, "{:04}-{:02}", d.year(), d.month()),
            Precision::Day => write!(f, "{:04}-{:02}-{:02}", d.year(), d.month(), d.day()),
        }
    }
}

/// A text that is no date of the form `2014`, `2014-03` or `2014-03-18`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date of the form 2014, 2014-03 or 2014-03-18")]
pub struct NotADate(pub String);

impl FromStr for PartialDate {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let wrong = || NotADate(text.to_owned());
        let parts: Vec<&str> = text.split('-').collect();
        let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let precision = match widths.as_slice() {
            [4] => Precision::Year,
            [4, 2] => Precision::Month,
            [4, 2, 2] => Precision::Day,
            _ => return Err(wrong()),
        };
        if !parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit())) {
            return Err(wrong());
        }
        let number = |i: usize| parts.get(i).map_or(Ok(1), |part| part.parse::<i16>().map_err(|_| wrong()));
        let small = |i: usize| number(i).and_then(|v| i8::try_from(v).map_err(|_| wrong()));
        let first = Date::new(number(0)?, small(1)?, small(2)?).map_err(|_| wrong())?;
        Ok(PartialDate { first, precision })
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for PartialDate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PartialDate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$" })
    }
}

/// Field dates of a poll, or the period of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// First day, as far as known.
    pub start: PartialDate,
    /// Last day, as far as known.
    pub end: PartialDate,
}

impl Span {
    /// A span of one date.
    pub fn at(date: PartialDate) -> Self {
        Span { start: date, end: date }
    }

    /// The shortest span that holds both.
    pub fn hull(self, other: Span) -> Self {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The middle of the span, as a year with decimals.
    ///
    /// Where one end is known better than the other and lies inside it, the better one is taken.
    pub fn mid_year(self) -> f64 {
        if self.end.precision() > self.start.precision() {
            self.end.mid_year()
        } else if self.start.precision() > self.end.precision() {
            self.start.mid_year()
        } else {
            (decimal_year(self.start.first_day()) + decimal_year(self.end.last_day())) / 2.0
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end { write!(f, "{}", self.start) } else { write!(f, "{}/{}", self.start, self.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_three_precisions() {
        for (text, last) in [("2014", "2014-12-31"), ("2012-02", "2012-02-29"), ("2014-03-18", "2014-03-18")] {
            let date: PartialDate = text.parse().unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!(date.last_day().to_string(), last);
        }
    }

    #[test]
    fn the_month_of_a_time() {
        let month = |time: f64| PartialDate::month_of(time).map(|date| date.to_string());
        assert_eq!(month(2014.0).as_deref(), Some("2014-01"));
        assert_eq!(month(2013.999).as_deref(), Some("2013-12"));
        let march: PartialDate = "2014-03-18".parse().unwrap();
        assert_eq!(month(march.mid_year()).as_deref(), Some("2014-03"));
        assert_eq!((month(f64::NAN), month(-3.0)), (None, None));
    }

    #[test]
    fn refuses_impossible_days_and_other_forms() {
        for text in ["2025-02-30", "14-03-18", "2014-3", "18.03.2014", "", "2014-13", "-014"] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }
}
