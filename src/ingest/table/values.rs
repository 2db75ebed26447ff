//! Numbers and dates in cells, and what is wrong with a text that is none.

use super::shown;
use crate::study::{PartialDate, Precision};

/// What is wrong with a value.
#[derive(Debug)]
pub struct ValueProblem {
    /// Code of the diagnostic.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What should stand there.
    pub expected: &'static str,
    /// The way out.
    pub hint: String,
}

/// A finite number in plain decimal or scientific notation with a decimal point.
pub fn parse_number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|value: &f64| is_plain && value.is_finite())
}

/// Why a text is no number, or no whole number; nothing where it is one.
pub fn number_problem(text: &str, is_whole: bool) -> Option<ValueProblem> {
    match parse_number(text) {
        Some(value) if is_whole && value.fract() != 0.0 => Some(ValueProblem {
            code: "E18",
            message: format!("`{}` is not a whole number", shown(text)),
            expected: "a whole number",
            hint: "correct the value, or declare the column as `number`".to_owned(),
        }),
        Some(_) => None,
        None => Some(ValueProblem {
            code: "E18",
            message: format!("`{}` is not a number", shown(text)),
            expected: if is_whole { "a whole number" } else { "a number with a decimal point" },
            hint: match decimal_comma(text) {
                Some(number) => format!("write {number}: the decimal mark is a point, or declare `decimalChar`"),
                None => "correct the value, leave the cell empty, or declare the text in `missingValues`".to_owned(),
            },
        }),
    }
}

/// The number with a decimal point, where only the comma or spaces keep it from being one.
pub fn decimal_comma(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.replacen(',', ".", 1).replace('\u{2212}', "-");
    parse_number(&plain).map(|_| plain)
}

/// Why a text is no date of a precision; nothing where it is one.
pub(super) fn date_problem(text: &str, precision: Precision) -> Option<ValueProblem> {
    if text.parse::<PartialDate>().is_ok_and(|date| date.precision() == precision) {
        return None;
    }
    let expected = match precision {
        Precision::Day => "a day of the calendar, such as 2014-03-18",
        Precision::Month => "a month, such as 2014-03",
        Precision::Year => "a year, such as 2014",
    };
    Some(partial_date_problem(text, expected))
}

/// What is wrong with a text that should be a date.
pub(crate) fn partial_date_problem(text: &str, expected: &'static str) -> ValueProblem {
    let reversed: Vec<&str> = text.split(['.', '/', '-']).collect();
    let hint = match reversed.as_slice() {
        [day, month, year] if year.len() == 4 => format!("write {year}-{month:0>2}-{day:0>2} if that is the day meant"),
        _ => "correct the date".to_owned(),
    };
    let what = if is_date_like(text) { "there is no such day" } else { "not a date" };
    ValueProblem { code: "E19", message: format!("`{}`: {what}", shown(text)), expected, hint }
}

/// Has the text the form of a day, whether the calendar has it or not?
pub(super) fn is_date_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_a_decimal_point_and_are_finite() {
        assert_eq!(["1", "-2.5", "1e3"].map(parse_number), [Some(1.0), Some(-2.5), Some(1000.0)]);
        for text in ["", "inf", "NaN", "1,5", "1 000", "0x10", "1e999", "."] {
            assert!(parse_number(text).is_none(), "{text}");
        }
        assert_eq!(number_problem("1.5", true).unwrap().code, "E18");
        assert!(number_problem("1 234,5", false).unwrap().hint.starts_with("write 1234.5"));
    }

    #[test]
    fn days_of_the_calendar() {
        assert!(date_problem("2024-02-29", Precision::Day).is_none());
        assert!(date_problem("2025-02-30", Precision::Day).unwrap().message.contains("no such day"));
        assert!(date_problem("18.3.2014", Precision::Day).unwrap().hint.contains("2014-03-18"));
        assert!(date_problem("2014-03", Precision::Day).is_some());
    }
}
