//! Intervals for the difference of two proportions that hold in small samples, beside Newcombe's.

use super::error::{ProportionError, count, critical};

/// The interval of Agresti and Caffo: Wald's after one success and one failure were added to each sample.
///
/// # Definition
/// p̃ᵢ = (xᵢ + 1)/(nᵢ + 2); p̃₁ − p̃₂ ∓ z √(Σ p̃ᵢ(1 − p̃ᵢ)/(nᵢ + 2)).
///
/// # Errors
/// An `n` not above 0, a count outside 0..=n, `level` outside 0 to 1.
///
/// # References
/// Agresti and Caffo (2000), The American Statistician 54.
pub fn agresti_caffo(x1: f64, n1: f64, x2: f64, n2: f64, level: f64) -> Result<(f64, f64), ProportionError> {
    let ((x1, n1), (x2, n2)) = (count(x1, n1)?, count(x2, n2)?);
    let (p1, p2) = ((x1 + 1.0) / (n1 + 2.0), (x2 + 1.0) / (n2 + 2.0));
    let se = (p1 * (1.0 - p1) / (n1 + 2.0) + p2 * (1.0 - p2) / (n2 + 2.0)).sqrt();
    let half = critical(level)? * se;
    Ok(((p1 - p2 - half).max(-1.0), (p1 - p2 + half).min(1.0)))
}

/// The score interval of Miettinen and Nurminen: all differences that a score test does not reject.
///
/// # Definition
/// Limits δ of (p₁ − p₂ − δ)² = z² N/(N − 1) Σ p̂ᵢ(1 − p̂ᵢ)/nᵢ, N = n₁ + n₂, p̂ the likeliest shares with p̂₁ − p̂₂ = δ (the root of a
/// cubic in closed form); found by halving.
///
/// # Errors
/// As [`agresti_caffo`].
///
/// # Agreement
/// Newcombe (1998), table II, method 6, to the four decimals printed.
///
/// # References
/// Miettinen and Nurminen (1985), Statistics in Medicine 4, equations 8 to 10 and appendix 1.
pub fn score_difference(x1: f64, n1: f64, x2: f64, n2: f64, level: f64) -> Result<(f64, f64), ProportionError> {
    let ((x1, n1), (x2, n2)) = (count(x1, n1)?, count(x2, n2)?);
    let z = critical(level)?;
    let (p1, p2) = (x1 / n1, x2 / n2);
    let size = n1 + n2;
    let factor = if size > 1.0 { size / (size - 1.0) } else { 1.0 };
    let is_rejected = |delta: f64| {
        let (q1, q2) = likeliest(p1, p2, n2 / n1, delta);
        let variance = factor * (q1 * (1.0 - q1) / n1 + q2 * (1.0 - q2) / n2);
        let distance = p1 - p2 - delta;
        distance * distance > z * z * variance
    };
    // The estimate itself is never rejected; −1 and 1 are limits where they are not rejected either.
    let limit = |end: f64| {
        if !is_rejected(end) {
            return end;
        }
        let (mut inside, mut outside) = (p1 - p2, end);
        while (outside - inside).abs() > 1e-14 {
            let middle = 0.5 * (inside + outside);
            if middle == inside || middle == outside {
                break;
            }
            if is_rejected(middle) { outside = middle } else { inside = middle }
        }
        inside
    };
    Ok((limit(-1.0), limit(1.0)))
}

/// The likeliest two shares that are `delta` apart, `ratio` = n₂/n₁.
fn likeliest(p1: f64, p2: f64, ratio: f64, delta: f64) -> (f64, f64) {
    let a = 1.0 + ratio;
    let b = -(1.0 + ratio + p1 + ratio * p2 + delta * (ratio + 2.0));
    let c = delta * delta + delta * (2.0 * p1 + ratio + 1.0) + p1 + ratio * p2;
    let d = -p1 * delta * (1.0 + delta);
    let v = b * b * b / (27.0 * a * a * a) - b * c / (6.0 * a * a) + d / (2.0 * a);
    let u = (b * b / (9.0 * a * a) - c / (3.0 * a)).max(0.0).sqrt();
    let u = if v < 0.0 { -u } else { u };
    let cosine = if u == 0.0 { 0.0 } else { (v / (u * u * u)).clamp(-1.0, 1.0) };
    let w = (std::f64::consts::PI + libm::acos(cosine)) / 3.0;
    let q1 = (2.0 * u * libm::cos(w) - b / (3.0 * a)).clamp(delta.max(0.0), (1.0 + delta).min(1.0));
    (q1, (q1 - delta).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: (f64, f64), want: (f64, f64)) {
        assert!((got.0 - want.0).abs() < 5e-5 && (got.1 - want.1).abs() < 5e-5, "{got:?} {want:?}");
    }

    #[test]
    fn score_limits_are_those_that_newcombe_printed() {
        close(score_difference(56.0, 70.0, 48.0, 80.0, 0.95).unwrap(), (0.0528, 0.3382));
        close(score_difference(9.0, 10.0, 3.0, 10.0, 0.95).unwrap(), (0.1700, 0.8406));
        close(score_difference(10.0, 10.0, 0.0, 20.0, 0.95).unwrap(), (0.7156, 1.0));
        // By hand: p̂ = (1 ± δ)/2, so the limit is (1 − k)/(1 + k), k = z²/19.
        close(score_difference(10.0, 10.0, 0.0, 10.0, 0.95).unwrap(), (0.6636, 1.0));
    }

    #[test]
    fn score_limits_are_those_of_a_likelihood_that_was_maximised_numerically() {
        // Shares found by golden section instead of the cubic, in Python.
        close(score_difference(5.0, 56.0, 0.0, 29.0, 0.95).unwrap(), (-0.032597, 0.193331));
        close(score_difference(3.5, 41.2, 20.1, 60.3, 0.95).unwrap(), (-0.391758, -0.089062));
    }

    #[test]
    fn one_success_and_one_failure_more() {
        // (57/72 − 49/82) ∓ 1.96 √(57·15/72³ + 49·33/82³)
        let se = (57.0 * 15.0 / 72.0_f64.powi(3) + 49.0 * 33.0 / 82.0_f64.powi(3)).sqrt();
        let middle = 57.0 / 72.0 - 49.0 / 82.0;
        close(agresti_caffo(56.0, 70.0, 48.0, 80.0, 0.95).unwrap(), (middle - 1.959964 * se, middle + 1.959964 * se));
    }

    #[test]
    fn order_turns_the_sign_and_limits_are_never_rejected_inside() {
        for (x1, n1, x2, n2) in [(0.0, 15.0, 0.0, 20.0), (3.5, 41.2, 20.1, 60.3), (15.0, 15.0, 20.0, 20.0)] {
            let (low, high) = score_difference(x1, n1, x2, n2, 0.95).unwrap();
            let (l, h) = score_difference(x2, n2, x1, n1, 0.95).unwrap();
            assert!((low + h).abs() < 1e-9 && (high + l).abs() < 1e-9, "{low} {high} {l} {h}");
            assert!(low <= x1 / n1 - x2 / n2 && x1 / n1 - x2 / n2 <= high);
        }
        assert!(score_difference(3.0, 2.0, 1.0, 2.0, 0.95).is_err() && agresti_caffo(1.0, 2.0, 1.0, 2.0, 1.0).is_err());
    }
}
