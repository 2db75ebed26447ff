//! Degrees of freedom of a loess.

use super::local::{Operator, sum_of_products};
use super::loess_surface::hermite;

/// How the degrees of freedom are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// From the whole operator: cost grows with n² · span · n.
    Exact,
    /// By the formula that its authors fitted to exact values, from the trace of the operator.
    Approximate,
}

/// Traces of the operator L and of R = (I − L)(I − L)ᵀ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Traces {
    /// tr L.
    pub trace: f64,
    /// tr R.
    pub one_delta: f64,
    /// tr R².
    pub two_delta: f64,
}

/// Exact traces; row i of the operator belongs to point i of the sorted x.
pub(super) fn exact(mut rows: Vec<Operator>) -> Traces {
    let trace = diagonal(&rows);
    // Rows of I − L.
    for (i, row) in rows.iter_mut().enumerate() {
        for l in &mut row.value {
            *l = -*l;
        }
        reach_to(row, i);
        row.value[i - row.first] += 1.0;
    }
    let (mut one_delta, mut two_delta) = (0.0, 0.0);
    for (i, row) in rows.iter().enumerate() {
        let end = row.first + row.value.len();
        let own = sum_of_products(&row.value, &row.value);
        one_delta += own;
        // Windows move to the right with i: the first one without overlap ends the row.
        let mut beside = 0.0;
        for other in rows[i + 1..].iter().take_while(|other| other.first < end) {
            let from = other.first.max(row.first);
            let to = end.min(other.first + other.value.len()).max(from);
            let product = sum_of_products(
                &row.value[from - row.first..to - row.first],
                &other.value[from - other.first..to - other.first],
            );
            beside += product * product;
        }
        two_delta += own * own + 2.0 * beside;
    }
    Traces { trace, one_delta, two_delta }
}

/// tr L.
pub(super) fn diagonal(rows: &[Operator]) -> f64 {
    rows.iter().enumerate().filter_map(|(i, row)| row.value.get(i.checked_sub(row.first)?)).sum()
}

/// Widens a row by zeros to hold point `i`: more ties than neighbours can leave a point out of its own fit.
fn reach_to(row: &mut Operator, i: usize) {
    if i < row.first {
        row.value.splice(0..0, core::iter::repeat_n(0.0, row.first - i));
        row.first = i;
    }
    if row.value.len() <= i - row.first {
        row.value.resize(i - row.first + 1, 0.0);
    }
}

/// Approximate traces from tr L.
///
/// # Definition
/// δ = n − tr L · exp(c₁ z^{c₂} (1 − z)^{c₃} c₄), z = (√(k/tr L) − √(k/n))/(1 − √(k/n)), k coefficients of a local fit, c₁ to c₃ by
/// degree and δ, ln c₄ a curve of z.
///
/// # References
/// Cleveland and Grosse (1991), Statistics and Computing 1. The constants are those of the authors' program `dloess`, copyright ©
/// 1989, 1992 by AT&T: "Permission to use, copy, modify, and distribute this software for any purpose without fee is hereby granted,
/// provided that this entire notice is included in all copies of any software which is or includes a copy or modification of this
/// software and in all copies of the supporting documentation for such software. THIS SOFTWARE IS BEING PROVIDED "AS IS", WITHOUT ANY
/// EXPRESS OR IMPLIED WARRANTY. IN PARTICULAR, NEITHER THE AUTHORS NOR AT&T MAKE ANY REPRESENTATION OR WARRANTY OF ANY KIND CONCERNING
/// THE MERCHANTABILITY OF THIS SOFTWARE OR ITS FITNESS FOR ANY PARTICULAR PURPOSE."
pub(super) fn approximate(trace: f64, n: usize, degree: usize) -> Traces {
    // A constant is treated as a line, as R does.
    let (k, one, two) = match degree {
        0 | 1 => (2.0_f64, [0.297_162, 0.380_266, 0.588_604_3], [0.284_830_8, 0.225_451_2, 0.291_412_6]),
        _ => (3.0_f64, [0.161_176_1, 0.309_132_3, 0.440_102_3], [0.207_567, 0.282_257_4, 0.236_995_7]),
    };
    let n = n as f64;
    let corner = (k / n).sqrt();
    let z = (((k / trace).sqrt() - corner) / (1.0 - corner)).clamp(0.0, 1.0);
    let c4 = libm::exp(correction(z));
    let delta = |[c1, c2, c3]: [f64; 3]| n - trace * libm::exp(c1 * libm::pow(z, c2) * libm::pow(1.0 - z, c3) * c4);
    Traces { trace, one_delta: delta(one), two_delta: delta(two) }
}

/// ln c₄: vertices with value and slope, cubics between them.
fn correction(z: f64) -> f64 {
    const CURVE: [(f64, f64, f64); 10] = [
        (-0.005, -0.090_572, 4.4844),
        (0.1204, 0.095_807, -0.7978),
        (0.2017, 0.026_152, -0.7286),
        (0.2815, -0.031_926, -0.4457),
        (0.3705, -0.053_718, -0.3495),
        (0.4536, -0.064_17, 0.032_813),
        (0.5591, -0.058_387, 0.1611),
        (0.7132, -0.020_636, 0.335),
        (0.8751, 0.040_172, -0.041_032),
        (1.005, -0.010_856, -0.7736),
    ];
    let cell = CURVE[1..].partition_point(|(v, _, _)| *v < z).min(CURVE.len() - 2);
    let ((left, v, s), (right, w, t)) = (CURVE[cell], CURVE[cell + 1]);
    let [v0, s0, v1, s1] = hermite(z, left, right);
    v0 * v + s0 * s + v1 * w + s1 * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_one_parameter() {
        // L = 11ᵀ/n is a projection: tr L = 1, both traces of R are n − 1.
        let n = 6;
        let rows = (0..n).map(|_| Operator { first: 0, value: vec![1.0 / n as f64; n], slope: vec![0.0; n] }).collect();
        let traces = exact(rows);
        assert!((traces.trace - 1.0).abs() < 1e-14);
        assert!((traces.one_delta - 5.0).abs() < 1e-13 && (traces.two_delta - 5.0).abs() < 1e-13);
    }

    #[test]
    fn the_correction_passes_through_its_vertices() {
        assert!((correction(0.3705) + 0.053_718).abs() < 1e-15);
    }
}
