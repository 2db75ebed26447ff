//! The incomplete beta function ratio, both tails, for any pair of shapes.
//!
//! # Definition
//! `I_x(a, b) = 1/B(a, b) ∫₀ˣ t^(a−1) (1−t)^(b−1) dt`, `y = 1 − x`, `λ = a y − b x = a − (a + b) x`. The density with
//! respect to `ln(x/y)` is
//! `D = x^a y^b / B(a, b) = √(ab / 2π(a+b)) exp(a ln(x/x₀) + b ln(y/y₀) + δ(a+b) − δ(a) − δ(b))`,
//! `x₀ = a/(a+b)`, `x/x₀ = 1 − λ/a`, `y/y₀ = 1 + λ/b`, δ the error of Stirling's formula.
//!
//! The caller gives λ beside x and y: at large shapes it holds what x has lost in rounding.
//!
//! # References
//! DLMF 8.17.7–8.17.8. Didonato and Morris (1992), "Algorithm 708", ACM TOMS 18(3), section 3 (continued fraction).

use super::quadrature::tail_integral;
use super::special::{LN_SQRT_2PI, ln_1p_minus, ln_gamma_1p, ln_gamma_increment, stirling_error};
use super::tails::{Tail, Tails};

/// From this size of the smaller shape on tails come from quadrature.
const LARGE: f64 = 400.0;

/// Up to this shape the power series takes few terms.
const SMALL: f64 = 40.0;

/// How far `(a + b) x` may go for the series in x: the upper tail is above about 1e-3 there. Not at all for shapes near 0,
/// where the upper tail is small everywhere.
fn reach(a: f64) -> f64 {
    if a < 0.3 { 0.0 } else { a + 2.0 * a.sqrt() + 2.0 }
}

/// A point of the unit interval, with `y = 1 − x` and `λ = a y − b x` known to full precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    pub lambda: f64,
}

/// What depends on the shapes only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BetaTail {
    a: f64,
    b: f64,
    /// `½ ln(ab/(a+b)) − ½ ln 2π + δ(a+b) − δ(a) − δ(b)`.
    ln_scale: f64,
}

impl BetaTail {
    pub fn new(a: f64, b: f64) -> BetaTail {
        let (small, large) = if a < b { (a, b) } else { (b, a) };
        let harmonic = small / (1.0 + small / large);
        let ln_scale =
            0.5 * libm::log(harmonic) - LN_SQRT_2PI + stirling_error(a + b) - stirling_error(a) - stirling_error(b);
        BetaTail { a, b, ln_scale }
    }

    pub fn shapes(&self) -> (f64, f64) {
        (self.a, self.b)
    }

    /// The point with odds `x/y = odds`.
    pub fn point_of_odds(&self, odds: f64) -> Point {
        let y = 1.0 / (1.0 + odds);
        let x = if odds > 1e300 { 1.0 } else { odds * y };
        let lambda = if odds > 1e300 { -self.b } else { (self.a - self.b * odds) * y };
        Point { x, y, lambda }
    }

    /// Logarithm of the density with respect to the log odds.
    pub fn ln_density(&self, point: Point) -> f64 {
        let (a, b) = (self.a, self.b);
        let Point { x, y, lambda } = point;
        let part = |shape: f64, share: f64, change: f64| {
            // change = share / expected share − 1.
            if change < -0.5 {
                shape * libm::log(share * (1.0 + (a + b - shape) / shape)) - shape * change
            } else {
                shape * ln_1p_minus(change)
            }
        };
        part(a, x, -lambda / a) + part(b, y, lambda / b) + self.ln_scale
    }

    /// Both tails at a point.
    pub fn at(&self, point: Point) -> Tails {
        if point.x <= 0.0 {
            return Tails::all_above();
        }
        if point.y <= 0.0 {
            return Tails::all_below();
        }
        let (a, b) = (self.a, self.b);
        let Point { x, y, lambda } = point;
        if a <= 1.0 && x <= 0.7 && b * x <= 1.5 {
            return self.small_first(point);
        }
        if b <= 1.0 && y <= 0.7 && a * y <= 1.5 {
            let mirror = BetaTail { a: b, b: a, ln_scale: self.ln_scale };
            return mirror.small_first(Point { x: y, y: x, lambda: -lambda }).reversed();
        }
        let ln_density = self.ln_density(point);
        // The series around the nearer end is the cheapest way, also a little beyond the mean: the other tail is still
        // a good part of one there.
        if a < SMALL && x < 0.7 && (a + b) * x < reach(a) {
            return Tails::from_direct(Tail::Lower, ln_density, lower_series(a, b, x), lambda);
        }
        if b < SMALL && y < 0.7 && (a + b) * y < reach(b) {
            return Tails::from_direct(Tail::Upper, ln_density, lower_series(b, a, y), lambda);
        }
        if lambda >= 0.0 {
            Tails::from_direct(Tail::Lower, ln_density, lower_over_density(a, b, x, y, lambda), lambda)
        } else {
            Tails::from_direct(Tail::Upper, ln_density, lower_over_density(b, a, y, x, -lambda), lambda)
        }
    }

    /// First shape up to 1, x small: the power series around x = 0, and the upper tail without 1 − I.
    fn small_first(&self, point: Point) -> Tails {
        let (a, b) = (self.a, self.b);
        let x = point.x;
        // I = x^a / (a B(a, b)) · (1 + a Σ (1−b)…(n−b) xⁿ / (n! (a + n))).
        let (mut term, mut sum) = (1.0_f64, 0.0_f64);
        for n in 1..500 {
            let n = f64::from(n);
            term *= (n - b) / n * x;
            let part = term / (a + n);
            sum += part;
            if part.abs() <= 1e-17 * sum.abs() {
                break;
            }
        }
        // 1/(a B(a, b)) = Γ(a + b) / (Γ(a + 1) Γ(b)).
        let ln_factor = if a <= 0.5 { -ln_gamma_1p(a) } else { -super::special::ln_gamma(1.0 + a) };
        let sum_of_logs = a * libm::log(x) + ln_factor + ln_gamma_increment(a, b) + libm::log1p(a * sum);
        let ln_lower = if sum_of_logs > 0.0 { 0.0 } else { sum_of_logs };
        let ln_density = self.ln_density(point);
        Tails {
            lower: libm::exp(ln_lower),
            upper: -libm::expm1(ln_lower),
            ln_density,
            slope: point.lambda,
            direct: Tail::Lower,
            mills: libm::exp(ln_lower - ln_density),
        }
    }
}

/// `I_x(a, b) / D` for x at or below the mean.
fn lower_over_density(a: f64, b: f64, x: f64, y: f64, lambda: f64) -> f64 {
    if a >= LARGE && b >= LARGE {
        let odds = x / y;
        let slope = (lambda - (y - x)) / y;
        let curvature = (a - 1.0) + (b - 1.0) * odds * odds;
        return tail_integral(slope, curvature, |s| {
            (a - 1.0) * ln_1p_minus(-s) + (b - 1.0) * ln_1p_minus(s * odds) - slope * s
        }) / y;
    }
    lower_fraction(a, b, x, y, lambda)
}

/// `1/a · Σ (a+b)ₙ / (a+1)ₙ xⁿ`; all terms are positive.
fn lower_series(a: f64, b: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, 0.0);
    while term > 1e-17 * sum {
        term *= (a + b + n) * x / (a + 1.0 + n);
        sum += term;
        n += 1.0;
    }
    sum / a
}

/// The continued fraction of Didonato and Morris (modified Lentz).
fn lower_fraction(a: f64, b: f64, x: f64, y: f64, lambda: f64) -> f64 {
    let beta = |n: f64| {
        n + n * (b - n) * x / (a + 2.0 * n - 1.0) + (a + n) / (a + 2.0 * n + 1.0) * (lambda + 1.0 + n * (1.0 + y))
    };
    let first = a / (a + 1.0) * (lambda + 1.0);
    let mut d = 1.0 / first;
    let mut c = 1e300;
    let mut h = d;
    for k in 1..20_000 {
        let n = f64::from(k);
        let q = x / (a + 2.0 * n - 1.0);
        let alpha = (a + n - 1.0) * (a + b + n - 1.0) * n * (b - n) * q * q;
        let b_n = beta(n);
        d = 1.0 / (alpha * d + b_n);
        c = b_n + alpha / c;
        let factor = c * d;
        h *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    h
}
