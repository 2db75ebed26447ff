//! From tokens to a tree.

use super::lex::Token;
use super::{Problem, Span};

/// Brackets and `not` inside each other at most.
const DEEPEST: usize = 64;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of them hold.
    And(Vec<Condition>),
    /// One of them holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A column compared with a value.
    Compare { column: Named, sign: &'static str, value: Value },
    /// A column among values.
    In { column: Named, values: Vec<Value> },
    /// A column without a value.
    Missing { column: Named },
}

/// A column and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub name: String,
    pub span: Span,
}

/// A value, as a number where it is one, and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    pub text: String,
    pub number: Option<f64>,
    pub span: Span,
}

/// Reads a whole expression; `length` is its number of characters.
pub fn parse(tokens: &[(Token, Span)], length: usize) -> Result<Condition, Problem> {
    let mut parser = Parser { tokens, at: 0, length, depth: 0 };
    let condition = parser.any_of()?;
    match parser.peek() {
        None => Ok(condition),
        Some(_) => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    tokens: &'a [(Token, Span)],
    at: usize,
    length: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or((self.length, 1), |(_, span)| *span)
    }

    /// Takes a sign or a word of the language, if it comes next.
    fn take(&mut self, word: &str) -> bool {
        let is_next = match self.peek() {
            Some(Token::Sign(sign)) => *sign == word,
            Some(Token::Word(text)) => text.eq_ignore_ascii_case(word),
            _ => false,
        };
        self.at += usize::from(is_next);
        is_next
    }

    fn expected(&self, what: &str) -> Problem {
        let message = match self.peek() {
            None => format!("the condition ends where {what} should stand"),
            Some(_) => format!("expected {what} here"),
        };
        let hint = "such as: age >= 30 and region in ['north', 'south'] and not vote is missing; labels with spaces or \
                    signs stand in quotes";
        Problem::new(self.span(), message, hint)
    }

    fn any_of(&mut self) -> Result<Condition, Problem> {
        let mut parts = vec![self.all_of()?];
        while self.take("or") {
            parts.push(self.all_of()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Condition::Or(parts) })
    }

    fn all_of(&mut self) -> Result<Condition, Problem> {
        let mut parts = vec![self.one()?];
        while self.take("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Condition::And(parts) })
    }

    fn one(&mut self) -> Result<Condition, Problem> {
        if self.depth == DEEPEST {
            return Err(Problem::new(self.span(), "too many brackets inside each other", "write it flatter"));
        }
        self.depth += 1;
        let condition = if self.take("not") {
            Condition::Not(Box::new(self.one()?))
        } else if self.take("(") {
            let inner = self.any_of()?;
            if !self.take(")") {
                return Err(self.expected("`and`, `or` or `)`"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition, Problem> {
        let span = self.span();
        let name = match self.peek() {
            Some(Token::Word(name) | Token::Column(name)) => name.clone(),
            _ => return Err(self.expected("a column")),
        };
        self.at += 1;
        let column = Named { name, span };
        if self.take("is") {
            let is_not = self.take("not");
            if !self.take("missing") {
                return Err(self.expected("`missing`"));
            }
            return Ok(negated(Condition::Missing { column }, is_not));
        }
        let is_not = self.take("not");
        if self.take("in") {
            let values = self.list()?;
            return Ok(negated(Condition::In { column, values }, is_not));
        }
        match self.peek() {
            Some(Token::Sign(sign)) if !is_not && matches!(*sign, "==" | "!=" | "<" | "<=" | ">" | ">=") => {
                let sign = *sign;
                self.at += 1;
                Ok(Condition::Compare { column, sign, value: self.value()? })
            }
            _ => Err(self.expected("`==`, `!=`, `<`, `<=`, `>`, `>=`, `in [...]` or `is missing`")),
        }
    }

    fn list(&mut self) -> Result<Vec<Value>, Problem> {
        if !self.take("[") {
            return Err(self.expected("`[` and a list of values"));
        }
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        if self.take("]") { Ok(values) } else { Err(self.expected("`,` or `]`")) }
    }

    fn value(&mut self) -> Result<Value, Problem> {
        let span = self.span();
        let value = match self.peek() {
            Some(Token::Number(number, text)) => Value { text: text.clone(), number: Some(*number), span },
            Some(Token::Word(text) | Token::Text(text)) => Value { text: text.clone(), number: None, span },
            _ => return Err(self.expected("a number or a label")),
        };
        self.at += 1;
        Ok(value)
    }
}

fn negated(condition: Condition, is_not: bool) -> Condition {
    if is_not { Condition::Not(Box::new(condition)) } else { condition }
}

#[cfg(test)]
mod tests {
    use super::super::lex::tokens;
    use super::*;

    fn read(text: &str) -> Result<Condition, Problem> {
        parse(&tokens(text)?, text.chars().count())
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let Condition::Or(parts) = read("a == 1 or b > -2.5e3 and not c in ['x y', z]").unwrap() else { panic!() };
        assert_eq!(parts.len(), 2);
        assert!(matches!(&parts[1], Condition::And(inner) if matches!(inner[1], Condition::Not(_))));
    }

    #[test]
    fn problems_point_at_a_character() {
        for (text, start) in [
            ("age >", 5),
            ("age 3", 4),
            ("(a == 1", 7),
            ("a == 1 b == 2", 7),
            ("a == 18-29", 7),
            ("a == 'x", 5),
            ("a in x", 5),
            ("a ~ 2", 2),
            ("a is 3", 5),
            ("", 0),
            ("a == 2nd", 5),
        ] {
            assert_eq!(read(text).unwrap_err().span.0, start, "{text}");
        }
        assert!(read(&"(".repeat(1000)).is_err());
        assert!(read(&"not ".repeat(1000)).is_err());
    }
}
