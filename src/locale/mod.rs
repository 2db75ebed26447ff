//! How numbers, dates and fixed phrases look in a language.
//!
//! The one place where a proportion becomes a percent. Numbers are rounded once, here, by the standard formatter,
//! which rounds the exact binary value, a tie upwards, and so gives the same text on every machine.

mod phrases;

use jiff::civil::Date;

use crate::study::{PartialDate, Precision, Span};
use phrases::Phrases;

/// A language with its number and date forms.
#[derive(Debug, Clone)]
pub struct Locale {
    code: String,
    phrases: Phrases,
}

/// A language for which there are no phrases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no phrases for language `{0}`; available: {known}", known = phrases::LANGUAGES.join(", "))]
pub struct UnknownLanguage(pub String);

const MINUS: char = '\u{2212}';
const NO_BREAK_SPACE: char = '\u{a0}';

impl Locale {
    /// The locale of a language code such as `en`.
    ///
    /// # Errors
    ///
    /// Refuses a language without a phrase file under `src/locale`.
    pub fn new(code: &str) -> Result<Self, UnknownLanguage> {
        let phrases = Phrases::load(code).ok_or_else(|| UnknownLanguage(code.to_owned()))?;
        Ok(Locale { code: code.to_owned(), phrases })
    }

    /// The language code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// A fixed phrase by key; the key itself where the language lacks it.
    pub fn phrase<'a>(&'a self, key: &'a str) -> &'a str {
        self.phrases.get(key).unwrap_or(key)
    }

    /// A number with a fixed count of decimals, thousands apart, a true minus sign: `−1,234.5`.
    pub fn number(&self, value: f64, decimals: usize) -> String {
        let text = format!("{:.*}", decimals, off_the_tie(value.abs(), decimals));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let is_zero = text.bytes().all(|b| b == b'0' || b == b'.');
        let mut out = String::new();
        if value < 0.0 && !is_zero {
            out.push(MINUS);
        }
        out.push_str(&self.group_thousands(whole));
        if !fraction.is_empty() {
            out.push_str(self.phrase("decimal-mark"));
            out.push_str(fraction);
        }
        out
    }

    /// A proportion as percent: `46%`, `46,2 %` in languages that set a space.
    pub fn percent(&self, share: f64, decimals: usize) -> String {
        format!("{}{}", self.number(share * 100.0, decimals), self.phrase("percent-sign"))
    }

    /// A difference of proportions in percentage points, always signed: `+3.1 pp`.
    pub fn points(&self, difference: f64, decimals: usize) -> String {
        format!("{}{NO_BREAK_SPACE}{}", self.signed(difference * 100.0, decimals), self.phrase("percentage-points"))
    }

    /// A size of differences in percentage points, without sign.
    pub fn point_size(&self, size: f64, decimals: usize) -> String {
        format!("{}{NO_BREAK_SPACE}{}", self.number(size * 100.0, decimals), self.phrase("percentage-points"))
    }

    /// A number with its sign, plus included; zero has none.
    pub fn signed(&self, value: f64, decimals: usize) -> String {
        let text = self.number(value, decimals);
        let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
        if value > 0.0 && !is_zero { format!("+{text}") } else { text }
    }

    /// An interval of proportions: `43–49%`.
    pub fn percent_range(&self, low: f64, high: f64, decimals: usize) -> String {
        let low = self.number(low * 100.0, decimals);
        let high = self.number(high * 100.0, decimals);
        format!("{low}{dash}{high}{sign}", dash = range_dash(&low, &high), sign = self.phrase("percent-sign"))
    }

    /// A p value: two decimals, three below 0.1 or as many as asked for; below 0.001 only that.
    pub fn p_value(&self, p: f64, decimals: Option<usize>) -> String {
        match p < 0.001 {
            true => format!("< {}", self.number(0.001, 3)),
            false => self.number(p, decimals.unwrap_or(if p < 0.1 { 3 } else { 2 })),
        }
    }

    /// An interval of counts, rates or ratios: `1.2–4.8`.
    pub fn number_range(&self, low: f64, high: f64, decimals: usize) -> String {
        let (low, high) = (self.number(low, decimals), self.number(high, decimals));
        let dash = range_dash(&low, &high);
        if dash == "–" { format!("{low}{dash}{high}") } else { format!("{low} {} {high}", self.phrase("to")) }
    }

    /// An interval of differences in percentage points: `−1.0 to +7.2 pp`.
    pub fn points_range(&self, low: f64, high: f64, decimals: usize) -> String {
        let low = self.signed(low * 100.0, decimals);
        let high = self.signed(high * 100.0, decimals);
        format!(
            "{low} {to} {high}{NO_BREAK_SPACE}{unit}",
            to = self.phrase("to"),
            unit = self.phrase("percentage-points")
        )
    }

    /// An interval of sizes of differences: `0.0 to 12.6 pp`.
    pub fn point_size_range(&self, low: f64, high: f64, decimals: usize) -> String {
        let low = self.number(low * 100.0, decimals);
        format!("{low} {to} {high}", to = self.phrase("to"), high = self.point_size(high, decimals))
    }

    /// A date at its precision: `18 March 2014`, `March 2014`, `2014`.
    pub fn date(&self, date: PartialDate) -> String {
        let day = date.first_day();
        match date.precision() {
            Precision::Year => day.year().to_string(),
            Precision::Month => format!("{} {}", self.month(day), day.year()),
            Precision::Day => format!("{} {} {}", day.day(), self.month_of_day(day), day.year()),
        }
    }

    /// A time, given as a year with decimals, by its month: `March 2014`.
    pub fn time(&self, time: f64) -> String {
        PartialDate::month_of(time).map_or_else(|| self.number(time, 1), |month| self.date(month))
    }

    /// An interval of times: `February 2014 – May 2014`.
    pub fn time_range(&self, low: f64, high: f64) -> String {
        format!("{} – {}", self.time(low), self.time(high))
    }

    /// Field dates, shortened where month or year agree: `18–21 March 2014`.
    pub fn span(&self, span: Span) -> String {
        let (a, b) = (span.start, span.end);
        if a == b {
            return self.date(a);
        }
        let (first, last) = (a.first_day(), b.first_day());
        let both_days = a.precision() == Precision::Day && b.precision() == Precision::Day;
        if both_days && (first.year(), first.month()) == (last.year(), last.month()) {
            return format!("{}–{} {} {}", first.day(), last.day(), self.month_of_day(last), last.year());
        }
        if both_days && first.year() == last.year() {
            let end = self.date(b);
            return format!("{} {} – {end}", first.day(), self.month_of_day(first));
        }
        // A start known less well than the end: the end is the latest that it can have been.
        let is_inside = a.last_day() >= last && first <= last;
        if b.precision() > a.precision() && is_inside {
            let end = match b.precision() {
                Precision::Day => format!("{} {}", last.day(), self.month_of_day(last)),
                _ => self.month(last).to_owned(),
            };
            return self.phrase("span-open").replace("{start}", &self.date(a)).replace("{end}", &end);
        }
        format!("{} – {}", self.date(a), self.date(b))
    }

    /// A time as [`Locale::span`] prints it, but whole years, written with all their days, as years: `2014 – 2021`.
    pub fn period(&self, when: Span) -> String {
        let (start, end) = (when.start.first_day(), when.end.last_day());
        if (start.month(), start.day(), end.month(), end.day()) != (1, 1, 12, 31) {
            return self.span(when);
        }
        let (first, last) = (start.year(), end.year());
        if first == last { first.to_string() } else { format!("{first} – {last}") }
    }

    /// Names of the months, January first.
    pub fn months(&self) -> &[String] {
        self.phrases.list("months")
    }

    /// Names of the months as they stand behind a day.
    pub fn months_of_day(&self) -> &[String] {
        self.phrases.list("months-of-day")
    }

    fn month(&self, date: Date) -> &str {
        self.months().get(month_index(date)).map_or("", String::as_str)
    }

    /// The month as it stands behind a day; in Russian the genitive.
    fn month_of_day(&self, date: Date) -> &str {
        self.months_of_day().get(month_index(date)).map_or("", String::as_str)
    }

    fn group_thousands(&self, digits: &str) -> String {
        let separator = self.phrase("thousands-mark");
        let smallest = if separator.contains(',') { 4 } else { 5 };
        if digits.len() < smallest {
            return digits.to_owned();
        }
        let mut out = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push_str(separator);
            }
            out.push(digit);
        }
        out
    }
}

/// A hair more where the value lies exactly between two printed ones, so that it rounds up as readers expect.
fn off_the_tie(value: f64, decimals: usize) -> f64 {
    // Every tie with so few decimals is printed in full here.
    let exact = format!("{value:.30}");
    let rest = exact.split_once('.').and_then(|(_, fraction)| fraction.get(decimals..)).unwrap_or("");
    let is_tie = rest.starts_with('5') && rest.bytes().skip(1).all(|digit| digit == b'0');
    if is_tie { value.next_up() } else { value }
}

fn month_index(date: Date) -> usize {
    usize::try_from(date.month() - 1).unwrap_or(0)
}

/// `43–49`, but `−3 – +4` is easier to read with spaces.
fn range_dash(low: &str, high: &str) -> &'static str {
    if low.starts_with(MINUS) || high.starts_with(MINUS) { " – " } else { "–" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_numbers() {
        let en = Locale::new("en").unwrap();
        assert_eq!(en.number(-1234.5, 1), "−1,234.5");
        assert_eq!(en.number(-0.04, 1), "0.0");
        assert_eq!(
            (en.number(3.25, 1), en.number(2.5, 0), en.number(2.4999, 0)),
            ("3.3".into(), "3".into(), "2".into())
        );
        assert_eq!(en.percent(0.4615, 1), "46.2%");
        assert_eq!(en.points(0.031, 1), "+3.1\u{a0}pp");
        assert_eq!(en.percent_range(0.43, 0.49, 0), "43–49%");
    }

    #[test]
    fn english_spans_are_shortened() {
        let en = Locale::new("en").unwrap();
        let span = |a: &str, b: &str| en.span(Span { start: a.parse().unwrap(), end: b.parse().unwrap() });
        assert_eq!(span("2014-03-18", "2014-03-21"), "18–21 March 2014");
        assert_eq!(span("2014-03-28", "2014-04-02"), "28 March – 2 April 2014");
        assert_eq!(span("2014", "2014"), "2014");
        assert_eq!(span("2014", "2014-03"), "2014 (to March)");
        assert_eq!(span("2013-03", "2013-03-05"), "March 2013 (to 5 March)");
        assert_eq!(span("2013", "2014-03"), "2013 – March 2014");
        assert_eq!(span("2010", "2014"), "2010 – 2014");
    }

    #[test]
    fn a_language_without_phrases_is_refused() {
        assert!(Locale::new("xx").unwrap_err().to_string().contains("en"));
    }
}
