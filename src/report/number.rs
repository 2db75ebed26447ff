//! Numbers as files carry them: at most ten significant digits, a point, no thousands marks, in every language.

use serde_json::Number;

/// Digits that a committed number keeps.
const SIGNIFICANT_DIGITS: usize = 10;

/// Whole numbers up to here are exact as `f64` and are written without a decimal point.
const EXACT_LIMIT: f64 = 9_007_199_254_740_992.0;

/// The number as CSV and JSON files carry it; none for what is no number.
///
/// Rounded once to ten significant digits; whole numbers have no decimal point and zero has no sign, so the same
/// text stands in every format.
pub fn file_number(value: f64) -> Option<Number> {
    if !value.is_finite() {
        return None;
    }
    let rounded: f64 = format!("{value:.*e}", SIGNIFICANT_DIGITS - 1).parse().ok()?;
    if rounded.fract() == 0.0 && rounded.abs() < EXACT_LIMIT {
        // The bound above makes the conversion exact.
        return Some(Number::from(rounded as i64));
    }
    Number::from_f64(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        file_number(value).map_or_else(String::new, |number| number.to_string())
    }

    #[test]
    fn keeps_ten_significant_digits() {
        assert_eq!(text(1.0 / 3.0), "0.3333333333");
        assert_eq!(text(2.0 / 3.0 * 1e6), "666666.6667");
        assert_eq!(text(0.1 + 0.2), "0.3");
        assert_eq!(text(123_456_789_012.0), "123456789000");
    }

    #[test]
    fn whole_numbers_have_no_point_and_zero_no_sign() {
        assert_eq!(text(1600.0), "1600");
        assert_eq!(text(-0.0), "0");
        assert_eq!(text(-3.0), "-3");
    }

    #[test]
    fn what_is_no_number_is_empty() {
        assert_eq!(text(f64::NAN), "");
        assert_eq!(text(f64::INFINITY), "");
    }
}
