//! Expressions over named estimates, such as `mean(income)[north] / mean(income)[south]`, with their derivatives.

use crate::numeric::dual::Dual;

/// An expression over estimates.
///
/// # Definition
///
/// Numbers, `+ - * /`, brackets, `log`, `exp`, `sqrt`, and references `statistic(variable)`, `statistic(variable, answer)`, each with
/// an optional group `[label]` or `[label, label]`. Names that hold signs of the language stand in quotes or backticks.
///
/// # Examples
///
/// ```
/// use opros::estimate::Expression;
///
/// let odds = Expression::parse("log(proportion(vote, yes) / (1 - proportion(vote, yes)))")?;
/// assert_eq!(odds.references().len(), 1);
/// // The log odds of one half, and their slope 1/(p (1 − p)).
/// let found = odds.evaluate(&[0.5]);
/// assert_eq!((found.value, found.gradient[0]), (0.0, 4.0));
/// # Ok::<(), opros::estimate::ExpressionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    root: Node,
    references: Vec<Reference>,
}

/// An estimate by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The statistic, such as `mean`.
    pub statistic: String,
    /// The variable.
    pub variable: String,
    /// The answer of a share.
    pub answer: Option<String>,
    /// The labels of the group; none where no group is named.
    pub group: Vec<String>,
}

/// A text that is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {}", .at + 1)]
pub struct ExpressionError {
    /// What is wrong.
    pub message: String,
    /// Where, in characters from 0.
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Reference(usize),
    Negative(Box<Node>),
    Binary(char, Box<[Node; 2]>),
    Call(Function, Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Log,
    Exp,
    Sqrt,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What is no expression, with the place; one without any estimate.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut parser =
            Parser { chars: text.chars().collect(), at: 0, depth: 0, n_operators: 0, references: Vec::new() };
        let root = parser.sum()?;
        if parser.peek().is_some() {
            return Err(parser.problem("an operator is missing"));
        }
        if parser.references.is_empty() {
            parser.at = 0;
            return Err(parser.problem("no estimate is named"));
        }
        Ok(Self { root, references: parser.references })
    }

    /// The estimates that it names, each once, in the order in which they first stand.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The value and the derivatives by the references, at their values; not finite where the expression has no value.
    pub fn evaluate(&self, values: &[f64]) -> Dual {
        self.root.evaluate(values)
    }
}

impl Node {
    fn evaluate(&self, values: &[f64]) -> Dual {
        match self {
            Node::Number(number) => Dual::constant(*number),
            Node::Reference(index) => Dual::parameter(values[*index], *index, values.len()),
            Node::Negative(inner) => inner.evaluate(values).scaled(-1.0),
            Node::Binary(sign, sides) => {
                let [a, b] = sides.each_ref().map(|side| side.evaluate(values));
                match sign {
                    '+' => a.plus(&b),
                    '-' => a.minus(&b),
                    '*' => a.times(&b),
                    _ => a.over(&b),
                }
            }
            Node::Call(Function::Log, inner) => inner.evaluate(values).log(),
            Node::Call(Function::Exp, inner) => inner.evaluate(values).exp(),
            Node::Call(Function::Sqrt, inner) => inner.evaluate(values).raised(0.5),
        }
    }
}

/// Brackets and signs that may stand within each other.
const DEEPEST: usize = 64;

/// Operators that an expression may have.
const LONGEST: usize = 500;

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    n_operators: usize,
    references: Vec<Reference>,
}

impl Parser {
    fn problem(&self, message: &str) -> ExpressionError {
        ExpressionError { message: message.to_owned(), at: self.at }
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, sign: char) -> bool {
        let is_it = self.peek() == Some(sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, sign: char) -> Result<(), ExpressionError> {
        if self.take(sign) { Ok(()) } else { Err(self.problem(&format!("`{sign}` is missing"))) }
    }

    fn sum(&mut self) -> Result<Node, ExpressionError> {
        self.chain(&['+', '-'], Self::product)
    }

    fn product(&mut self) -> Result<Node, ExpressionError> {
        self.chain(&['*', '/'], Self::factor)
    }

    fn chain(
        &mut self,
        signs: &[char],
        part: fn(&mut Self) -> Result<Node, ExpressionError>,
    ) -> Result<Node, ExpressionError> {
        let mut found = part(self)?;
        while let Some(sign) = self.peek().filter(|sign| signs.contains(sign)) {
            self.n_operators += 1;
            if self.n_operators > LONGEST {
                return Err(self.problem("the expression is too long"));
            }
            self.at += 1;
            found = Node::Binary(sign, Box::new([found, part(self)?]));
        }
        Ok(found)
    }

    fn factor(&mut self) -> Result<Node, ExpressionError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.problem("too many brackets stand within each other"));
        }
        let found = match self.peek() {
            Some('-') => {
                self.at += 1;
                Node::Negative(Box::new(self.factor()?))
            }
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.expect(')')?;
                inner
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number()?,
            Some(c) if c.is_alphabetic() => self.named()?,
            Some(_) => return Err(self.problem("a number or an estimate such as `mean(x)` is missing")),
            None => return Err(self.problem("the expression ends too early")),
        };
        self.depth -= 1;
        Ok(found)
    }

    fn number(&mut self) -> Result<Node, ExpressionError> {
        let start = self.at;
        let is_part = |c: char, before: char| {
            c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E') || matches!(c, '+' | '-') && matches!(before, 'e' | 'E')
        };
        while self.chars.get(self.at).is_some_and(|c| is_part(*c, self.chars[self.at.max(start + 1) - 1])) {
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Node::Number(number)),
            _ => Err(ExpressionError { message: format!("`{text}` is not a number"), at: start }),
        }
    }

    /// A function of an expression, or a reference.
    fn named(&mut self) -> Result<Node, ExpressionError> {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
            self.at += 1;
        }
        let name: String = self.chars[start..self.at].iter().collect();
        if !self.take('(') {
            return Err(self.problem(&format!("`{name}` is no estimate; write `mean({name})`")));
        }
        let function = match name.as_str() {
            "log" => Some(Function::Log),
            "exp" => Some(Function::Exp),
            "sqrt" => Some(Function::Sqrt),
            _ => None,
        };
        if let Some(function) = function {
            let inner = self.sum()?;
            self.expect(')')?;
            return Ok(Node::Call(function, Box::new(inner)));
        }
        let variable = self.name(&[',', ')'])?;
        let answer = if self.take(',') { Some(self.name(&[')'])?) } else { None };
        self.expect(')')?;
        let mut group = Vec::new();
        if self.take('[') {
            group.push(self.name(&[',', ']'])?);
            while self.take(',') {
                group.push(self.name(&[',', ']'])?);
            }
            self.expect(']')?;
        }
        let reference = Reference { statistic: name, variable, answer, group };
        let known = self.references.iter().position(|own| *own == reference);
        Ok(Node::Reference(known.unwrap_or_else(|| {
            self.references.push(reference);
            self.references.len() - 1
        })))
    }

    /// A name up to one of some signs, or between quotation marks.
    fn name(&mut self, ends: &[char]) -> Result<String, ExpressionError> {
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"' | '`'));
        self.at += usize::from(quote.is_some());
        let start = self.at;
        let is_end = |c: &char| quote.map_or_else(|| ends.contains(c), |quote| *c == quote);
        while self.chars.get(self.at).is_some_and(|c| !is_end(c)) {
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        if let Some(quote) = quote {
            self.expect(quote)?;
            return Ok(text);
        }
        match text.trim() {
            "" => Err(ExpressionError { message: "a name is missing".to_owned(), at: start }),
            name => Ok(name.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_usual() {
        let value = |text: &str| Expression::parse(text).unwrap().evaluate(&[3.0, 2.0]).value;
        assert_eq!(value("mean(a) + mean(b) * 2"), 7.0);
        assert_eq!(value("(mean(a) + mean(b)) * 2"), 10.0);
        assert_eq!(value("mean(a) - mean(b) - 1"), 0.0);
        assert_eq!(value("mean(a) / mean(b) / 2"), 0.75);
        assert_eq!(value("-mean(a) + mean(b) - -1e-1"), -0.9);
        assert_eq!(value("sqrt(mean(a) * mean(a)) - mean(b)"), 1.0);
    }

    #[test]
    fn the_gradient_is_that_of_small_steps() {
        let expression = Expression::parse("log(mean(a)) * exp(mean(b)) / (mean(a) - mean(b))").unwrap();
        let found = expression.evaluate(&[3.0, 2.0]);
        let plain = |v: &[f64]| expression.evaluate(v).value;
        for (a, b) in found.gradient.iter().zip(crate::numeric::derivative::gradient(plain, &[3.0, 2.0])) {
            assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
    }

    #[test]
    fn references_have_names_answers_and_groups() {
        let found = Expression::parse("ratio(a.b/c)[x, 'y, z'] - proportion(`who (now)`, not sure)").unwrap();
        let own = |statistic: &str, variable: &str, answer: Option<&str>, group: &[&str]| Reference {
            statistic: statistic.to_owned(),
            variable: variable.to_owned(),
            answer: answer.map(str::to_owned),
            group: group.iter().map(|label| (*label).to_owned()).collect(),
        };
        let ratio = own("ratio", "a.b/c", None, &["x", "y, z"]);
        assert_eq!(found.references(), [ratio, own("proportion", "who (now)", Some("not sure"), &[])]);
    }

    #[test]
    fn what_is_no_expression_is_told_with_its_place() {
        for (text, message, at) in [
            ("", "the expression ends too early", 0),
            ("mean(x", "`)` is missing", 6),
            ("mean(x) mean(y)", "an operator is missing", 8),
            ("mean(x) +", "the expression ends too early", 9),
            ("income - 1", "`income` is no estimate; write `mean(income)`", 7),
            ("mean()", "a name is missing", 5),
            ("1 + 2", "no estimate is named", 0),
            ("1.2.3 * mean(x)", "`1.2.3` is not a number", 0),
            ("mean(x) * %", "a number or an estimate such as `mean(x)` is missing", 10),
        ] {
            let error = Expression::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.at), (message, at), "{text}");
        }
        assert!(Expression::parse(&"mean(x) + ".repeat(10_000)).unwrap_err().message.contains("too long"));
        assert!(Expression::parse(&"(".repeat(100_000)).unwrap_err().message.contains("too many brackets"));
    }
}
