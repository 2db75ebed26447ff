//! Tails of sums of independent gamma-like variables by an integral in the complex plane.
//!
//! The tail is `1/(2πi) ∫ exp(K(s) − s x)/s ds` along any path that crosses the real axis between 0 and the first pole of
//! the moment generating function. Through the saddlepoint the integrand never swings above its value on the axis, so even
//! a tail of 1e-200 keeps its digits, which Imhof's and Davies' integrals along the imaginary axis cannot do. The path is a hyperbola
//! that opens to the right, where `exp(−s x)` dies; in its natural parameter the trapezoidal rule converges exponentially.
//!
//! # Definition
//! `K(s) = −½ Σ df ln(1 − 2 w s)`; path `s(u) = c + σ (sin(α + iu) − sin α)`, c the saddlepoint.
//!
//! # References
//! Imhof (1961), Biometrika 48, for the quadratic form. Weideman and Trefethen (2007), "Parabolic and hyperbolic contours
//! for computing the Bromwich integral", Math. Comp. 76, for the path.

use std::f64::consts::PI;

/// `P(Σ w χ²(df) > x)`.
pub(super) fn sum_upper_tail(terms: &[(f64, f64)], x: f64) -> f64 {
    let ends = support(terms);
    if x <= ends.0 {
        return 1.0;
    }
    if x >= ends.1 {
        return 0.0;
    }
    if x > mean(terms) { tail(terms, x) } else { 1.0 - opposite(terms, x) }
}

/// `P(Σ w χ²(df) ≤ x)`.
pub(super) fn sum_lower_tail(terms: &[(f64, f64)], x: f64) -> f64 {
    let ends = support(terms);
    if x <= ends.0 {
        return 0.0;
    }
    if x >= ends.1 {
        return 1.0;
    }
    if x > mean(terms) { 1.0 - tail(terms, x) } else { opposite(terms, x) }
}

fn mean(terms: &[(f64, f64)]) -> f64 {
    terms.iter().map(|(w, df)| w * df).sum()
}

fn support(terms: &[(f64, f64)]) -> (f64, f64) {
    let low = if terms.iter().all(|(w, _)| *w > 0.0) { 0.0 } else { f64::NEG_INFINITY };
    let high = if terms.iter().all(|(w, _)| *w < 0.0) { 0.0 } else { f64::INFINITY };
    (low, high)
}

/// The lower tail, as the upper tail of the negated sum.
fn opposite(terms: &[(f64, f64)], x: f64) -> f64 {
    let negated: Vec<(f64, f64)> = terms.iter().map(|(w, df)| (-w, *df)).collect();
    tail(&negated, -x)
}

/// The upper tail above the mean.
fn tail(terms: &[(f64, f64)], x: f64) -> f64 {
    // Scaled so that the largest weight is 1.
    let largest = terms.iter().fold(0.0_f64, |max, (w, _)| max.max(w.abs()));
    let terms: Vec<(f64, f64)> = terms.iter().map(|(w, df)| (w / largest, *df)).collect();
    let x = x / largest;
    let right = terms.iter().filter(|(w, _)| *w > 0.0).map(|(w, _)| 0.5 / w).fold(f64::INFINITY, f64::min);

    // Minimum of K(s) − s x − ln s on (0, right).
    let slope = |s: f64| terms.iter().map(|(w, df)| df * w / (1.0 - 2.0 * s * w)).sum::<f64>() - x - 1.0 / s;
    let (mut low, mut high) = (0.0, right);
    if high == f64::INFINITY {
        high = 1.0;
        while slope(high) < 0.0 && high < 1e300 {
            low = high;
            high *= 4.0;
        }
    }
    for _ in 0..2000 {
        let middle = if low > 0.0 && high > 4.0 * low { (low * high).sqrt() } else { 0.5 * (low + high) };
        if slope(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
        if high - low <= 1e-6 * (right - high).min(low) {
            break;
        }
    }
    let c = 0.5 * (low + high);
    let curvature = 2.0
        * terms.iter().map(|(w, df)| df * (w / (1.0 - 2.0 * c * w)) * (w / (1.0 - 2.0 * c * w))).sum::<f64>()
        + 1.0 / (c * c);
    let width = 1.0 / curvature.sqrt();

    // The path bends towards the side where exp(−s x) falls; not at all for x = 0, where only K gives decay.
    let alpha: f64 = if x > 0.0 {
        0.5
    } else if x < 0.0 {
        -0.5
    } else {
        0.0
    };
    let room_right = (right - c) / (1.0 - libm::sin(alpha));
    let room_left = c / (1.0 + libm::sin(alpha));
    let sigma = room_right.min(room_left).min(3.0 * width);
    let (sin, cos) = (libm::sin(alpha), libm::cos(alpha));

    // Logarithm of the integrand at c, taken out.
    let base = -0.5 * terms.iter().map(|(w, df)| df * libm::log1p(-2.0 * c * w)).sum::<f64>() - c * x - libm::log(c);
    let integrand = |u: f64| {
        let (sinh, cosh) = (libm::sinh(u), libm::cosh(u));
        // cosh u − 1 without cancellation.
        let half = libm::sinh(0.5 * u);
        let re_step = sigma * sin * 2.0 * half * half;
        let (re, im) = (c + re_step, sigma * cos * sinh);
        let mut ln_size = -re_step * x;
        let mut angle = -im * x;
        for (w, df) in &terms {
            let (a, b) = (1.0 - 2.0 * w * re, -2.0 * w * im);
            let start = 1.0 - 2.0 * w * c;
            let ratio = (a / start, b / start);
            let bump = 2.0 * (ratio.0 - 1.0) + (ratio.0 - 1.0) * (ratio.0 - 1.0) + ratio.1 * ratio.1;
            ln_size -= 0.25 * df * libm::log1p(bump);
            angle -= 0.5 * df * libm::atan2(ratio.1, ratio.0);
        }
        // 1/s beside 1/c.
        let (p, q) = (re / c, im / c);
        ln_size -= 0.5 * libm::log1p(2.0 * (p - 1.0) + (p - 1.0) * (p - 1.0) + q * q);
        angle -= libm::atan2(q, p);
        // ds/du = σ (sin α sinh u + i cos α cosh u); the imaginary part of the product with it is wanted.
        let size = libm::exp(ln_size);
        let (d_re, d_im) = (sigma * sin * sinh, sigma * cos * cosh);
        (size * (libm::cos(angle) * d_im + libm::sin(angle) * d_re), size * (d_re.abs() + d_im.abs()))
    };

    // Trapezoidal rule on u ≥ 0 (the other half is the mirror image), halving the step until nothing changes.
    let sum_of = |first: f64, step: f64| {
        let (mut sum, mut u) = (0.0, first);
        let mut n_small = 0;
        while n_small < 3 && u < 700.0 {
            let (value, size) = integrand(u);
            sum += value;
            n_small = if size <= 1e-19 * sigma { n_small + 1 } else { 0 };
            u += step;
        }
        sum
    };
    let mut step = 0.25;
    let mut sum = 0.5 * integrand(0.0).0 + sum_of(step, step);
    for _ in 0..10 {
        let finer = 0.5 * (sum + sum_of(0.5 * step, step));
        // `finer` is in units of the old step; compare like with like.
        let change = (finer - sum).abs();
        sum = finer * 2.0;
        step *= 0.5;
        if change <= 1e-13 * finer.abs() {
            break;
        }
    }
    libm::exp(base) * sum * step / PI
}
