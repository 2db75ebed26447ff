//! Age groups as printed: `18-24`, `25–39`, `60+`, `under 30`, `55 and over`.

use std::fmt;

/// First and last age of a group; none where it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AgeBand {
    pub from: Option<u32>,
    pub to: Option<u32>,
}

/// Words and signs of groups that are open above.
const ABOVE: &[&str] = &["+", "over", "older", "above", "more", "up", ">", "≥"];
/// Words and signs of groups that are open below.
const BELOW: &[&str] = &["under", "below", "younger", "less", "<", "≤"];
/// Nobody is older; larger numbers are no ages.
const OLDEST: u32 = 130;

impl AgeBand {
    /// The ages that a label names; none where it names none, or more than two numbers.
    pub fn parse(label: &str) -> Option<Self> {
        let label = label.to_lowercase();
        let numbers: Vec<u32> = label
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse().ok().filter(|age| *age <= OLDEST))
            .collect::<Option<_>>()?;
        let has = |words: &[&str]| words.iter().any(|word| label.contains(word));
        let band = match numbers[..] {
            [from, to] if from <= to => AgeBand { from: Some(from), to: Some(to) },
            // "under 30" ends before thirty; "30 or younger" and "≤ 30" with it.
            [to] if has(BELOW) && (label.contains("younger") || label.contains('≤') || label.contains("or less")) => {
                AgeBand { from: None, to: Some(to) }
            }
            [to] if has(BELOW) => AgeBand { from: None, to: Some(to.checked_sub(1)?) },
            [from] if label.contains('>') => AgeBand { from: Some(from + 1), to: None },
            [from] if has(ABOVE) => AgeBand { from: Some(from), to: None },
            [age] => AgeBand { from: Some(age), to: Some(age) },
            _ => return None,
        };
        Some(band)
    }

    /// The years of birth of people of these ages in a year, right to one year: `1964–1975`.
    pub fn born(self, year: i32) -> String {
        let born = |age: u32| year.saturating_sub_unsigned(age);
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("{}–{}", born(to), born(from)),
            (Some(from), None) => format!("until {}", born(from)),
            (None, Some(to)) => format!("since {}", born(to)),
            (None, None) => String::new(),
        }
    }
}

impl fmt::Display for AgeBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => write!(f, "{from}"),
            (Some(from), Some(to)) => write!(f, "{from}–{to}"),
            (Some(from), None) => write!(f, "{from}+"),
            (None, Some(to)) => write!(f, "–{to}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_groups_are_read() {
        let read = |label| AgeBand::parse(label).map(|band| (band.from, band.to));
        for label in ["18-24", "18–24", "18 to 24 years", "aged 18—24"] {
            assert_eq!(read(label), Some((Some(18), Some(24))), "{label}");
        }
        for label in ["60+", "60 and over", "60 or older", "60 years and more"] {
            assert_eq!(read(label), Some((Some(60), None)), "{label}");
        }
        assert_eq!(read("under 30"), Some((None, Some(29))));
        assert_eq!(read("30 or younger"), Some((None, Some(30))));
        assert_eq!(read("> 65"), Some((Some(66), None)));
        assert_eq!(read("44"), Some((Some(44), Some(44))));
        for label in ["", "all", "elderly", "24-18", "18-24-30", "1964-1970"] {
            assert_eq!(read(label), None, "{label}");
        }
    }

    #[test]
    fn years_of_birth_follow() {
        let band = AgeBand { from: Some(45), to: Some(54) };
        assert_eq!((band.born(2014).as_str(), band.to_string().as_str()), ("1960–1969", "45–54"));
        assert_eq!(AgeBand { from: Some(60), to: None }.born(2020), "until 1960");
        assert_eq!(AgeBand { from: None, to: Some(29) }.born(2020), "since 1991");
    }
}
