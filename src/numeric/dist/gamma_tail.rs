//! The incomplete gamma function ratio, both tails, for any shape.
//!
//! # Definition
//! `P(a, x) = 1/Γ(a) ∫₀ˣ t^(a−1) e^(−t) dt`, `Q = 1 − P`. The density with respect to `ln x` is
//! `D = x^a e^(−x) / Γ(a) = √(a/2π) exp(a (ln(x/a) − x/a + 1) − δ(a))`, δ the error of Stirling's formula.
//!
//! # References
//! DLMF 8.7.1, 8.9.2 and 8.11.4. Didonato and Morris (1986), "Computation of the incomplete gamma function ratios
//! and their inverse", ACM TOMS 12(4).

use super::quadrature::tail_integral;
use super::special::{LN_SQRT_2PI, ln_1p_minus, ln_gamma_1p, stirling_error};
use super::tails::{Tail, Tails};

/// From this shape on tails come from quadrature.
const LARGE: f64 = 400.0;

/// What depends on the shape only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GammaTail {
    a: f64,
    /// `½ ln a − ½ ln 2π − δ(a)`.
    ln_scale: f64,
}

impl GammaTail {
    pub fn new(a: f64) -> GammaTail {
        GammaTail { a, ln_scale: 0.5 * libm::log(a) - LN_SQRT_2PI - stirling_error(a) }
    }

    pub fn shape(&self) -> f64 {
        self.a
    }

    /// Logarithm of the density with respect to `ln x`.
    pub fn ln_density(&self, x: f64) -> f64 {
        let a = self.a;
        let ratio = x / a;
        let exponent = if ratio < 0.5 { a * libm::log(ratio) + (a - x) } else { a * ln_1p_minus((x - a) / a) };
        exponent + self.ln_scale
    }

    /// Both tails at `x`.
    pub fn at(&self, x: f64) -> Tails {
        let a = self.a;
        if x <= 0.0 {
            return Tails::all_above();
        }
        if x == f64::INFINITY {
            return Tails::all_below();
        }
        let slope = a - x;
        if a < 0.3 && x < 2.0 {
            return self.small_shape(x);
        }
        let ln_density = self.ln_density(x);
        // The series is the cheaper way, also a little beyond the mean: the upper tail is above about 1e-3 there.
        let reach = if (0.3..LARGE).contains(&a) { 2.0 * a.sqrt() + 2.0 } else { 0.0 };
        let direct = if x <= a + reach { Tail::Lower } else { Tail::Upper };
        let mills = match (direct, a >= LARGE) {
            (Tail::Lower, true) => {
                tail_integral(a - 1.0 - x, a - 1.0, |s| (a - 1.0) * ln_1p_minus(-s) - (a - 1.0 - x) * s)
            }
            (Tail::Upper, true) => {
                tail_integral(x - a + 1.0, a - 1.0, |s| (a - 1.0) * ln_1p_minus(s) - (x - a + 1.0) * s)
            }
            (Tail::Lower, false) => lower_series(a, x),
            (Tail::Upper, false) => upper_fraction(a, x),
        };
        Tails::from_direct(direct, ln_density, mills, slope)
    }

    /// Shapes near 0: nearly all mass lies below any x, so the upper tail is formed without 1 − P.
    fn small_shape(&self, x: f64) -> Tails {
        let a = self.a;
        // P = x^a / Γ(1 + a) · (1 + a Σ (−x)^n / (n! (a + n))).
        let (mut term, mut sum) = (1.0_f64, 0.0_f64);
        for n in 1..60 {
            let n = f64::from(n);
            term *= -x / n;
            let part = term / (a + n);
            sum += part;
            if part.abs() < 1e-17 * sum.abs() {
                break;
            }
        }
        let correction = libm::log1p(a * sum);
        let ln_lower = a * libm::log(x) - ln_gamma_1p(a) + correction;
        let ln_density = self.ln_density(x);
        Tails {
            lower: libm::exp(ln_lower),
            upper: -libm::expm1(ln_lower),
            ln_density,
            slope: a - x,
            direct: Tail::Lower,
            mills: libm::exp(ln_lower - ln_density),
        }
    }
}

/// `P/D = 1/a · Σ xⁿ / ((a + 1) … (a + n))`.
fn lower_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, a);
    while term > 1e-17 * sum {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    sum / a
}

/// `Q/D` by Legendre's continued fraction (modified Lentz).
fn upper_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for n in 1..5000 {
        let n = f64::from(n);
        let numerator = -n * (n - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        h *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    h
}
