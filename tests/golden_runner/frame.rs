//! Formulas evaluated on a data set.

use opros::design::{Codes, MISSING};
use opros::estimate::Variable;

use crate::data::{Column, Dataset};
use crate::formula::{Expr, parse};

/// A term of a formula, evaluated.
pub enum Term {
    Numbers {
        name: String,
        values: Vec<f64>,
    },
    /// Levels in order; a factor stands for the indicators of its levels, named variable + level.
    Factor {
        name: String,
        codes: Codes,
    },
}

impl Term {
    /// The variables that the term stands for in a list of variables.
    pub fn variables(&self) -> Vec<Variable<'static>> {
        match self {
            Self::Numbers { name, values } => vec![Variable::owned(name.clone(), values.clone())],
            Self::Factor { name, codes } => {
                let levels = codes.labels().iter().enumerate();
                levels.map(|(k, level)| Variable::indicator(format!("{name}{level}"), codes, k as u32)).collect()
            }
        }
    }

    /// A 0/1 variable: a logical condition is 1 where it is true.
    pub fn zero_one(&self) -> Result<Variable<'static>, String> {
        match self {
            Self::Numbers { name, values } => Ok(Variable::owned(name.clone(), values.clone())),
            Self::Factor { name, codes } if codes.n_labels() <= 2 => {
                let level = codes.labels().iter().position(|l| l == "TRUE").unwrap_or(1);
                Ok(Variable::indicator(name.clone(), codes, level as u32))
            }
            Self::Factor { name, .. } => Err(format!("{name} is not a 0/1 variable")),
        }
    }

    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Numbers { values, .. } => values[row].is_nan(),
            Self::Factor { codes, .. } => codes.codes()[row] == MISSING,
        }
    }

    /// A factor with the levels that occur in some of its first rows only.
    pub fn with_levels_of(self, rows: &[bool]) -> Self {
        let Self::Factor { name, codes } = self else { return self };
        let occurs = |k: usize| codes.codes().iter().zip(rows).any(|(c, r)| *r && *c as usize == k);
        let kept: Vec<usize> = (0..codes.n_labels()).filter(|k| occurs(*k)).collect();
        let code = |c: &u32| kept.iter().position(|k| *k == *c as usize).map_or(MISSING, |k| k as u32);
        let renamed = codes.codes().iter().map(code).collect();
        let labels = kept.iter().map(|k| codes.labels()[*k].clone()).collect();
        Self::Factor { name, codes: Codes::from_codes(renamed, labels) }
    }

    /// The columns of a model matrix: all levels of a factor but the first, or all.
    pub fn model_columns(&self, keep_first: bool) -> Vec<(String, Vec<f64>)> {
        let skip = usize::from(matches!(self, Self::Factor { .. }) && !keep_first);
        self.variables().iter().skip(skip).map(|v| (v.name().to_string(), v.values().to_vec())).collect()
    }
}

/// The variables that a formula lists; factors stand for all their levels.
pub fn variables(data: &Dataset, formula: &str) -> Result<Vec<Variable<'static>>, String> {
    Ok(terms(data, formula)?.iter().flat_map(Term::variables).collect())
}

/// The terms that a formula lists.
pub fn terms(data: &Dataset, formula: &str) -> Result<Vec<Term>, String> {
    let parsed = parse(formula)?;
    parsed.terms().0.into_iter().map(|term| evaluate(data, term)).collect()
}

/// The names of the columns that a formula lists.
pub fn names(formula: &str) -> Result<Vec<String>, String> {
    Ok(parse(formula)?.terms().0.into_iter().map(Expr::print).collect())
}

/// The model matrix of a formula, with treatment contrasts.
pub fn model_matrix(data: &Dataset, formula: &str) -> Result<Vec<(String, Vec<f64>)>, String> {
    let parsed = parse(formula)?;
    let (terms, has_intercept) = parsed.terms();
    let mut columns = Vec::new();
    if has_intercept {
        columns.push(("(Intercept)".to_string(), vec![1.0; data.n_rows]));
    }
    let mut needs_all_levels = !has_intercept;
    let mut later = Vec::new();
    for term in terms {
        match term {
            Expr::Binary(op, left, right) if op == ":" => later.push((left, right)),
            Expr::Binary(op, left, right) if op == "*" => {
                columns.extend(main_effect(data, left, &mut needs_all_levels)?);
                columns.extend(main_effect(data, right, &mut needs_all_levels)?);
                later.push((left, right));
            }
            term => columns.extend(main_effect(data, term, &mut needs_all_levels)?),
        }
    }
    let main = main_terms(&parsed);
    for (left, right) in later {
        let (left, right) = ordered(&parsed, left, right);
        let (has_left, has_right) = (main.contains(&left.print()), main.contains(&right.print()));
        let (left, right) =
            (evaluate(data, left)?.model_columns(!has_right), evaluate(data, right)?.model_columns(!has_left));
        for (name_b, b) in &right {
            for (name_a, a) in &left {
                let product = a.iter().zip(b).map(|(x, y)| x * y).collect();
                columns.push((format!("{name_a}:{name_b}"), product));
            }
        }
    }
    Ok(columns)
}

/// The terms of a formula that stand for themselves, those of products included.
pub fn main_terms(formula: &Expr) -> Vec<String> {
    let mut found = Vec::new();
    for term in formula.terms().0 {
        match term {
            Expr::Binary(op, ..) if op == ":" => {}
            Expr::Binary(op, left, right) if op == "*" => found.extend([left.print(), right.print()]),
            term => found.push(term.print()),
        }
    }
    found
}

/// The two factors of a product in the order in which the formula first has them. In the product a factor keeps all its levels
/// unless the other one stands in the formula alone.
pub fn ordered<'a>(formula: &Expr, left: &'a Expr, right: &'a Expr) -> (&'a Expr, &'a Expr) {
    let mut seen = Vec::new();
    for term in formula.terms().0 {
        match term {
            Expr::Binary(op, a, b) if op == ":" || op == "*" => seen.extend([a.print(), b.print()]),
            term => seen.push(term.print()),
        }
    }
    let place = |expr: &Expr| seen.iter().position(|name| *name == expr.print());
    if place(right) < place(left) { (right, left) } else { (left, right) }
}

fn main_effect(data: &Dataset, term: &Expr, needs_all_levels: &mut bool) -> Result<Vec<(String, Vec<f64>)>, String> {
    let term = evaluate(data, term)?;
    let keep_first = matches!(term, Term::Factor { .. }) && std::mem::take(needs_all_levels);
    Ok(term.model_columns(keep_first))
}

pub fn evaluate(data: &Dataset, term: &Expr) -> Result<Term, String> {
    let name = term.print();
    match term {
        Expr::Name(column) => match data.column(column)? {
            Column::Numbers(values) => Ok(Term::Numbers { name, values: values.clone() }),
            Column::Texts(labels) => Ok(Term::Factor { name, codes: Codes::from_optional(labels) }),
        },
        Expr::Call(function, arguments) => match (function.as_str(), arguments.as_slice()) {
            ("factor", [Expr::Name(column)]) => Ok(Term::Factor { name, codes: factor(data, column)? }),
            ("interaction", factors) => Ok(Term::Factor { name, codes: interaction(data, factors)? }),
            ("I", [Expr::Binary(op, left, right)]) if is_comparison(op) => {
                Ok(Term::Factor { name, codes: condition(data, op, left, right)? })
            }
            ("I", [inner]) => Ok(Term::Numbers { name, values: numbers(data, inner)? }),
            ("log", _) => Ok(Term::Numbers { name, values: numbers(data, term)? }),
            _ => Err(format!("unsupported function {function}")),
        },
        _ => Err(format!("unsupported term {name}")),
    }
}

/// A column as a factor; the levels of numbers are ordered by value.
pub fn factor(data: &Dataset, column: &str) -> Result<Codes, String> {
    match data.column(column)? {
        Column::Texts(labels) => Ok(Codes::from_optional(labels)),
        Column::Numbers(values) => {
            let mut levels: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            levels.sort_by(f64::total_cmp);
            levels.dedup();
            let code = |v: &f64| levels.iter().position(|l| l == v).map_or(MISSING, |i| i as u32);
            let codes = values.iter().map(code).collect();
            Ok(Codes::from_codes(codes, levels.iter().map(f64::to_string).collect()))
        }
    }
}

/// All combinations of levels, the first factor fastest, joined by dots.
fn interaction(data: &Dataset, factors: &[Expr]) -> Result<Codes, String> {
    let mut codes = vec![0; data.n_rows];
    let mut labels = vec![String::new()];
    for expr in factors {
        let Term::Factor { codes: next, .. } = (match expr {
            Expr::Name(column) => Term::Factor { name: column.clone(), codes: factor(data, column)? },
            other => evaluate(data, other)?,
        }) else {
            return Err("interaction of a number".to_string());
        };
        let width = labels.len() as u32;
        for (code, new) in codes.iter_mut().zip(next.codes()) {
            *code = if *code == MISSING || *new == MISSING { MISSING } else { *code + width * new };
        }
        let join = |a: &String, b: &String| if a.is_empty() { b.clone() } else { format!("{a}.{b}") };
        labels = next.labels().iter().flat_map(|b| labels.iter().map(move |a| join(a, b))).collect();
    }
    Ok(Codes::from_codes(codes, labels))
}

fn is_comparison(op: &str) -> bool {
    ["==", "!=", "<", ">", "<=", ">="].contains(&op)
}

fn condition(data: &Dataset, op: &str, left: &Expr, right: &Expr) -> Result<Codes, String> {
    let is_true: Vec<Option<bool>> = match (left, right) {
        (Expr::Name(column), Expr::Text(text)) => {
            let labels = data.labels(column)?;
            let holds = |label: &String| compare(op, label.as_str().cmp(text));
            labels.iter().map(|label| label.as_ref().map(holds)).collect()
        }
        _ => {
            let (a, b) = (numbers(data, left)?, numbers(data, right)?);
            a.iter().zip(&b).map(|(x, y)| x.partial_cmp(y).map(|order| compare(op, order))).collect()
        }
    };
    let codes = is_true.iter().map(|t| t.map_or(MISSING, u32::from)).collect();
    Ok(Codes::from_codes(codes, vec!["FALSE".to_string(), "TRUE".to_string()]))
}

/// Whether an order satisfies a comparison.
pub fn compare(op: &str, order: std::cmp::Ordering) -> bool {
    match op {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

pub fn numbers(data: &Dataset, expr: &Expr) -> Result<Vec<f64>, String> {
    let map = |inner: &Expr, f: fn(f64) -> f64| Ok(numbers(data, inner)?.into_iter().map(f).collect());
    match expr {
        Expr::Number(value) => Ok(vec![*value; data.n_rows]),
        Expr::Name(column) => data.numbers(column),
        Expr::Minus(inner) => map(inner, |v| -v),
        Expr::Call(function, arguments) => match (function.as_str(), arguments.as_slice()) {
            ("log", [inner]) => map(inner, f64::ln),
            ("exp", [inner]) => map(inner, f64::exp),
            ("sqrt", [inner]) => map(inner, f64::sqrt),
            ("I", [inner]) => numbers(data, inner),
            _ => Err(format!("unsupported function {function}")),
        },
        Expr::Binary(op, left, right) => {
            let (a, b) = (numbers(data, left)?, numbers(data, right)?);
            let apply = |(x, y): (&f64, &f64)| match op.as_str() {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                _ => x.powf(*y),
            };
            Ok(a.iter().zip(&b).map(apply).collect())
        }
        Expr::Text(_) | Expr::Tilde(_) => Err(format!("not a number: {}", expr.print())),
    }
}

/// Domains by the combinations of several columns, the first fastest; only combinations that occur where the mask is true.
pub struct Grouping {
    pub codes: Codes,
    /// The levels of each column, by domain.
    pub levels: Vec<Vec<(String, String)>>,
}

impl Grouping {
    pub fn new(data: &Dataset, columns: &[String], mask: &[bool]) -> Result<Self, String> {
        let factors: Result<Vec<Codes>, String> = columns.iter().map(|c| factor(data, c)).collect();
        let factors = factors?;
        let mut raw = vec![0u32; data.n_rows];
        let mut width = 1u32;
        for codes in &factors {
            for (code, new) in raw.iter_mut().zip(codes.codes()) {
                *code = if *code == MISSING || *new == MISSING { MISSING } else { *code + width * new };
            }
            width *= codes.n_labels() as u32;
        }
        let mut occurs = vec![false; width as usize];
        for (&code, &m) in raw.iter().zip(mask) {
            if m && code != MISSING {
                occurs[code as usize] = true;
            }
        }
        let kept: Vec<u32> = (0..width).filter(|&c| occurs[c as usize]).collect();
        let code = |c: &u32| kept.binary_search(c).map_or(MISSING, |i| i as u32);
        let codes: Vec<u32> = raw.iter().map(code).collect();
        let levels: Vec<Vec<(String, String)>> = kept
            .iter()
            .map(|&combination| {
                let mut rest = combination;
                let mut level = |(column, codes): (&String, &Codes)| {
                    let n = codes.n_labels() as u32;
                    let label = codes.labels()[(rest % n) as usize].clone();
                    rest /= n;
                    (column.clone(), label)
                };
                columns.iter().zip(&factors).map(&mut level).collect()
            })
            .collect();
        let labels = levels.iter().map(|l| l.iter().map(|p| p.1.as_str()).collect::<Vec<_>>().join(".")).collect();
        Ok(Self { codes: Codes::from_codes(codes, labels), levels })
    }

    pub fn domain(&self, index: usize) -> serde_json::Value {
        self.levels[index]
            .iter()
            .map(|(column, level)| (column.clone(), level.clone().into()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}
