//! The subset of R's formula syntax that the cases use.

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(f64),
    Text(String),
    Name(String),
    Call(String, Vec<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    Minus(Box<Expr>),
    /// `~ right`, without a left side.
    Tilde(Box<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Name(String),
    Op(&'static str),
}

/// Operators from loose to tight.
const LEVELS: [&[&str]; 6] = [&["|"], &["~"], &["==", "!=", "<=", ">=", "<", ">"], &["+", "-"], &["*", "/"], &[":"]];
const OPERATORS: [&str; 19] =
    ["==", "!=", "<=", ">=", "-", "~", "+", "*", "/", ":", "^", "|", "(", ")", ",", "<", ">", "[", "]"];

pub fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let expr = parser.binary(0)?;
    if parser.at < parser.tokens.len() {
        return Err(format!("cannot read all of {text}"));
    }
    Ok(expr)
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first.is_ascii_digit() || first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            length = number_length(rest);
            found.push(Token::Number(rest[..length].parse().map_err(|_| format!("bad number in {text}"))?));
        } else if first.is_alphabetic() || first == '.' {
            length = rest.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')).unwrap_or(rest.len());
            found.push(Token::Name(rest[..length].to_string()));
        } else if first == '`' || first == '"' {
            let end = rest[1..].find(first).ok_or_else(|| format!("open quote in {text}"))?;
            let inner = rest[1..=end].to_string();
            found.push(if first == '`' { Token::Name(inner) } else { Token::Text(inner) });
            length = end + 2;
        } else {
            let op = OPERATORS.iter().find(|op| rest.starts_with(**op));
            let op = op.ok_or_else(|| format!("cannot read {rest}"))?;
            found.push(Token::Op(op));
            length = op.len();
        }
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn number_length(text: &str) -> usize {
    let digits = |s: &str| s.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(s.len());
    let mantissa = digits(text);
    let Some(exponent) = text[mantissa..].strip_prefix('e') else {
        return mantissa;
    };
    let sign = usize::from(exponent.starts_with('-'));
    mantissa + 1 + sign + digits(&exponent[sign..])
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Op(op)) => Some(op),
            _ => None,
        }
    }

    fn take(&mut self, op: &str) -> bool {
        let is_here = self.peek() == Some(op);
        self.at += usize::from(is_here);
        is_here
    }

    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        if level == 1 && self.take("~") {
            return Ok(Expr::Tilde(Box::new(self.binary(2)?)));
        }
        let mut left = self.binary(level + 1)?;
        while let Some(op) = self.peek().filter(|op| operators.contains(op)) {
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = Expr::Binary(op.to_string(), Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.take("-") {
            return Ok(Expr::Minus(Box::new(self.unary()?)));
        }
        let base = self.primary()?;
        if self.take("^") {
            let power = self.unary()?;
            return Ok(Expr::Binary("^".to_string(), Box::new(base), Box::new(power)));
        }
        Ok(base)
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("formula ends early")?;
        self.at += 1;
        match token {
            Token::Number(value) => Ok(Expr::Number(value)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Op("(") => {
                let inner = self.binary(0)?;
                self.close()?;
                Ok(inner)
            }
            Token::Name(name) if self.take("(") => {
                let mut arguments = vec![self.binary(2)?];
                while self.take(",") {
                    arguments.push(self.binary(2)?);
                }
                self.close()?;
                Ok(Expr::Call(name, arguments))
            }
            Token::Name(name) => Ok(Expr::Name(name)),
            Token::Op(op) => Err(format!("unexpected {op}")),
        }
    }

    fn close(&mut self) -> Result<(), String> {
        if self.take(")") { Ok(()) } else { Err("no closing parenthesis".to_string()) }
    }
}

impl Expr {
    /// The terms of the right side of a formula, and whether it keeps its intercept.
    pub fn terms(&self) -> (Vec<&Expr>, bool) {
        let mut found = (Vec::new(), true);
        let right = match self {
            Self::Tilde(right) => right,
            other => other,
        };
        right.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut (Vec<&'a Expr>, bool)) {
        match self {
            Self::Binary(op, left, right) if op == "+" => {
                left.collect(found);
                right.collect(found);
            }
            Self::Binary(op, left, right) if op == "-" && **right == Self::Number(1.0) => {
                left.collect(found);
                found.1 = false;
            }
            Self::Number(0.0) => found.1 = false,
            Self::Number(_) => {}
            term => found.0.push(term),
        }
    }

    /// The expression as R prints it.
    pub fn print(&self) -> String {
        match self {
            Self::Number(value) => value.to_string(),
            Self::Text(text) => format!("\"{text}\""),
            Self::Name(name) => name.clone(),
            Self::Call(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Self::print).collect();
                format!("{name}({})", arguments.join(", "))
            }
            Self::Binary(op, left, right) if op == "^" || op == ":" => format!("{}{op}{}", left.print(), right.print()),
            Self::Binary(op, left, right) => format!("{} {op} {}", left.print(), right.print()),
            Self::Minus(inner) => format!("-{}", inner.print()),
            Self::Tilde(right) => format!("~{}", right.print()),
        }
    }
}
