//! Arithmetic on estimates, with its gradient.

use crate::formula::Expr;

/// A value and its derivatives by the estimates.
#[derive(Clone)]
pub struct Dual {
    pub value: f64,
    pub gradient: Vec<f64>,
}

impl Dual {
    fn constant(value: f64, n: usize) -> Self {
        Self { value, gradient: vec![0.0; n] }
    }

    fn map(&self, value: f64, slope: f64) -> Self {
        Self { value, gradient: self.gradient.iter().map(|g| g * slope).collect() }
    }

    fn join(&self, other: &Self, value: f64, own: f64, others: f64) -> Self {
        let pairs = self.gradient.iter().zip(&other.gradient);
        Self { value, gradient: pairs.map(|(a, b)| own * a + others * b).collect() }
    }
}

/// Evaluates an expression in the names of the estimates.
pub fn evaluate(expr: &Expr, names: &[String], values: &[f64]) -> Result<Dual, String> {
    let n = names.len();
    let of = |inner: &Expr| evaluate(inner, names, values);
    match expr {
        Expr::Number(value) => Ok(Dual::constant(*value, n)),
        Expr::Name(name) => {
            let i = names.iter().position(|known| known == name).ok_or_else(|| format!("no estimate {name}"))?;
            let mut dual = Dual::constant(values[i], n);
            dual.gradient[i] = 1.0;
            Ok(dual)
        }
        Expr::Minus(inner) => of(inner).map(|a| a.map(-a.value, -1.0)),
        Expr::Call(function, arguments) => {
            let a = of(arguments.first().ok_or("a function without argument")?)?;
            match function.as_str() {
                "log" => Ok(a.map(a.value.ln(), 1.0 / a.value)),
                "exp" => Ok(a.map(a.value.exp(), a.value.exp())),
                "sqrt" => Ok(a.map(a.value.sqrt(), 0.5 / a.value.sqrt())),
                other => Err(format!("unsupported function {other}")),
            }
        }
        Expr::Binary(op, left, right) => {
            let (a, b) = (of(left)?, of(right)?);
            let (x, y) = (a.value, b.value);
            match op.as_str() {
                "+" => Ok(a.join(&b, x + y, 1.0, 1.0)),
                "-" => Ok(a.join(&b, x - y, 1.0, -1.0)),
                "*" => Ok(a.join(&b, x * y, y, x)),
                "/" => Ok(a.join(&b, x / y, 1.0 / y, -x / (y * y))),
                "^" => Ok(a.map(x.powf(y), y * x.powf(y - 1.0))),
                other => Err(format!("unsupported operator {other}")),
            }
        }
        Expr::Text(_) | Expr::Tilde(_) => Err(format!("not arithmetic: {}", expr.print())),
    }
}
