//! The truth of a condition for every row: each label is judged once, rows look it up; numbers are judged one by one.

use super::Problem;
use super::parse::{Condition, Named, Value};
use crate::design::MISSING;
use crate::diagnostic::did_you_mean;
use crate::ingest::table::parse_number;
use crate::rows::Column;

/// What is known of a column before its rows are read.
pub enum Known {
    /// Its labels, in the order of their codes.
    Labels(Vec<String>),
    /// It holds numbers.
    Numbers,
}

/// A condition that was judged as far as it can be without the rows.
#[derive(Debug)]
pub enum Rule {
    /// One decisive part decides, unknown ones do not: `or` where it is true, `and` where it is false.
    Together { parts: Vec<Rule>, decisive: bool },
    /// It does not hold.
    Not(Box<Rule>),
    /// The truth of each label of a column, and of rows without one.
    Labels { column: usize, of_label: Vec<bool>, of_missing: Option<bool> },
    /// A test of the numbers of a column, and the truth of rows without one.
    Numbers { column: usize, test: Test, of_missing: Option<bool> },
}

/// A test of a number.
#[derive(Debug)]
pub enum Test {
    /// Compared with a bound.
    Order(&'static str, f64),
    /// One of some numbers, or none of them.
    Among(Vec<f64>, bool),
    /// Any number: false, as it is not missing.
    Never,
}

impl Test {
    fn holds(&self, number: f64) -> bool {
        match self {
            Test::Order("<", bound) => number < *bound,
            Test::Order("<=", bound) => number <= *bound,
            Test::Order(">", bound) => number > *bound,
            Test::Order(_, bound) => number >= *bound,
            Test::Among(numbers, is_among) => numbers.contains(&number) == *is_among,
            Test::Never => false,
        }
    }
}

impl Rule {
    /// True, false or unknown, row by row; `columns` are those of the binding, in its order.
    pub fn truth(&self, columns: &[&Column], n_rows: usize) -> Vec<Option<bool>> {
        match self {
            Rule::Together { parts, decisive } => {
                let mut truth = vec![Some(!decisive); n_rows];
                for part in parts {
                    for (row, other) in truth.iter_mut().zip(part.truth(columns, n_rows)) {
                        *row = match (*row, other) {
                            (Some(a), _) if a == *decisive => Some(a),
                            (_, Some(b)) if b == *decisive => Some(b),
                            (None, _) | (_, None) => None,
                            _ => Some(!decisive),
                        };
                    }
                }
                truth
            }
            Rule::Not(inner) => inner.truth(columns, n_rows).into_iter().map(|row| row.map(|truth| !truth)).collect(),
            Rule::Labels { column, of_label, of_missing } => {
                let truth = |code: &u32| if *code == MISSING { *of_missing } else { Some(of_label[*code as usize]) };
                columns[*column].codes().iter().map(truth).collect()
            }
            Rule::Numbers { column, test, of_missing } => {
                let truth = |x: &f64| if x.is_nan() { *of_missing } else { Some(test.holds(*x)) };
                columns[*column].numbers().iter().map(truth).collect()
            }
        }
    }
}

/// Judges a condition; `know` tells what is known of a column, or what is wrong with its name.
pub struct Binder<'a> {
    /// Looks a column up.
    pub know: &'a mut dyn FnMut(&Named) -> Result<Known, Problem>,
    /// The columns met so far.
    pub columns: Vec<(String, Known)>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Binder<'_> {
    /// The rule of a condition; nothing where there are problems.
    pub fn bind(&mut self, condition: &Condition) -> Option<Rule> {
        match condition {
            Condition::And(parts) => self.together(parts, false),
            Condition::Or(parts) => self.together(parts, true),
            Condition::Not(inner) => self.bind(inner).map(|inner| Rule::Not(Box::new(inner))),
            Condition::Missing { column } => {
                let of_missing = Some(true);
                Some(match self.column(column)? {
                    (column, Known::Labels(labels)) => {
                        Rule::Labels { column, of_label: vec![false; labels.len()], of_missing }
                    }
                    (column, Known::Numbers) => Rule::Numbers { column, test: Test::Never, of_missing },
                })
            }
            Condition::In { column, values } => self.among(column, values, true),
            Condition::Compare { column, sign: sign @ ("==" | "!="), value } => {
                self.among(column, std::slice::from_ref(value), *sign == "==")
            }
            Condition::Compare { column, sign, value } => self.ordered(column, sign, value),
        }
    }

    fn together(&mut self, parts: &[Condition], decisive: bool) -> Option<Rule> {
        // All parts are looked at, so that all problems are found.
        let parts: Vec<Option<Rule>> = parts.iter().map(|part| self.bind(part)).collect();
        Some(Rule::Together { parts: parts.into_iter().collect::<Option<_>>()?, decisive })
    }

    fn column(&mut self, column: &Named) -> Option<(usize, &Known)> {
        let at = match self.columns.iter().position(|(name, _)| *name == column.name) {
            Some(at) => at,
            None => match (self.know)(column) {
                Ok(known) => {
                    self.columns.push((column.name.clone(), known));
                    self.columns.len() - 1
                }
                Err(problem) => {
                    self.problems.push(problem);
                    return None;
                }
            },
        };
        self.columns.get(at).map(|(_, known)| (at, known))
    }

    fn among(&mut self, name: &Named, values: &[Value], is_among: bool) -> Option<Rule> {
        let (column, known) = self.column(name)?;
        let (rule, problems) = match known {
            Known::Labels(labels) => {
                let is_met = |label: &String| values.iter().any(|value| is_same(label, value)) == is_among;
                let of_label = labels.iter().map(is_met).collect();
                let problems: Vec<Problem> = values.iter().filter_map(|v| no_such_label(name, v, labels)).collect();
                (Rule::Labels { column, of_label, of_missing: None }, problems)
            }
            Known::Numbers => {
                let numbers = values.iter().filter_map(|value| value.number).collect();
                let no_number = values.iter().filter(|value| value.number.is_none());
                let problems: Vec<Problem> = no_number
                    .map(|value| {
                        let message = format!("no row of `{}` has the label `{}`", name.name, value.text);
                        Problem::new(value.span, message, "the column holds numbers")
                    })
                    .collect();
                (Rule::Numbers { column, test: Test::Among(numbers, is_among), of_missing: None }, problems)
            }
        };
        let is_fine = problems.is_empty();
        self.problems.extend(problems);
        is_fine.then_some(rule)
    }

    fn ordered(&mut self, name: &Named, sign: &'static str, value: &Value) -> Option<Rule> {
        let (column, known) = self.column(name)?;
        let Some(bound) = value.number else {
            let message = format!("`{sign}` needs a number after it");
            let hint = "labels are compared with `==`, `!=` and `in [...]`";
            self.problems.push(Problem::new(value.span, message, hint));
            return None;
        };
        let test = Test::Order(sign, bound);
        let Known::Labels(labels) = known else {
            return Some(Rule::Numbers { column, test, of_missing: None });
        };
        let numbers: Vec<Option<f64>> = labels.iter().map(|label| parse_number(label)).collect();
        if let Some(label) = labels.iter().zip(&numbers).find(|(_, number)| number.is_none()).map(|(label, _)| label) {
            let message = format!("`{}` holds texts such as `{label}`, so `{sign}` has no meaning", name.name);
            let hint =
                format!("if `{label}` means that there is no value, add `--na {label}`; otherwise use `in [...]`");
            self.problems.push(Problem::new(name.span, message, hint));
            return None;
        }
        let of_label = numbers.into_iter().map(|number| number.is_some_and(|number| test.holds(number))).collect();
        Some(Rule::Labels { column, of_label, of_missing: None })
    }
}

fn is_same(label: &str, value: &Value) -> bool {
    label == value.text || value.number.is_some_and(|number| parse_number(label) == Some(number))
}

/// A label that no row has is a slip, not an empty domain; of numbers any may be asked for.
fn no_such_label(column: &Named, value: &Value, labels: &[String]) -> Option<Problem> {
    if value.number.is_some() || labels.contains(&value.text) {
        return None;
    }
    let message = format!("no row of `{}` has the label `{}`", column.name, value.text);
    let hint = match did_you_mean(&value.text, labels.iter().map(String::as_str)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => {
            let listed: Vec<&str> = labels.iter().take(20).map(String::as_str).collect();
            format!("labels: {}", listed.join(", "))
        }
    };
    Some(Problem::new(value.span, message, hint))
}
