//! Which cells of a Parquet file hold no value, beside the empty ones.

/// Texts that mean "no value". They are compared with cells as a CSV file would show them.
#[derive(Debug, Clone, Default)]
pub struct NoValue {
    texts: Vec<String>,
    integers: Vec<i64>,
    numbers: Vec<f64>,
}

impl NoValue {
    /// From the texts; the empty text always has no value.
    pub fn of(texts: &[String]) -> Self {
        let integers = texts.iter().filter_map(|text| text.parse().ok().filter(|n: &i64| n.to_string() == *text));
        let numbers = texts.iter().filter_map(|text| text.parse().ok().filter(|n: &f64| n.to_string() == *text));
        NoValue { integers: integers.collect(), numbers: numbers.collect(), texts: texts.to_vec() }
    }

    /// Does a text mean that there is no value?
    pub fn is_text(&self, text: &str) -> bool {
        text.is_empty() || self.texts.iter().any(|known| known == text)
    }

    /// Does a whole number?
    pub(super) fn is_integer(&self, value: i64) -> bool {
        value == i64::MIN || self.integers.contains(&value)
    }

    /// Is there a number that does, beside NaN?
    pub(super) fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Does a number? NaN always does.
    pub(super) fn is_number(&self, value: f64) -> bool {
        value.is_nan() || self.numbers.contains(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_they_are_written() {
        let none = NoValue::of(&["NA", "99", "1.50", "2.5"].map(str::to_owned));
        assert!(none.is_text("NA") && none.is_text("") && !none.is_text("no"));
        assert!(none.is_integer(99) && !none.is_integer(9));
        assert!(none.is_number(99.0) && none.is_number(2.5) && !none.is_number(1.5));
    }
}
