//! Tails of large parameters by quadrature.
//!
//! A tail divided by the density at its edge is the integral of a smooth function that starts at 1 and falls to
//! nothing. At large parameters that function is close to a piece of a Gaussian curve, so 24 Gauss–Legendre nodes
//! give it to the last digits at a cost that does not grow with the parameters, where series and continued
//! fractions need a number of terms that grows with their square root.

#![allow(clippy::excessive_precision, reason = "nodes and weights are written as published")]

/// `∫₀^∞ exp(h(s)) ds` for concave `h` with `h(0) = 0`, slope `−slope` and curvature `−curvature` at 0.
///
/// `slope` may be slightly below 0 as long as it is small beside the root of `curvature`.
pub(super) fn tail_integral(slope: f64, curvature: f64, h: impl Fn(f64) -> f64) -> f64 {
    // Where slope·s + curvature·s²/2 reaches 38, exp(−38) = 3e-17; the margin covers the cubic term.
    const DEPTH: f64 = 38.0;
    let slope = slope.max(0.0);
    let end = 1.12 * 2.0 * DEPTH / (slope + (slope * slope + 2.0 * DEPTH * curvature).sqrt());
    let half = 0.5 * end;
    let mut sum = 0.0;
    for &(node, weight) in &NODES {
        sum += weight * (libm::exp(h(half * (1.0 - node))) + libm::exp(h(half * (1.0 + node))));
    }
    sum * half
}

/// Positive nodes and weights of the 24-point Gauss–Legendre rule on (−1, 1).
const NODES: [(f64, f64); 12] = [
    (0.064056892862605626085, 0.12793819534675215697),
    (0.19111886747361630916, 0.12583745634682829612),
    (0.31504267969616337439, 0.1216704729278033912),
    (0.43379350762604513849, 0.11550566805372560135),
    (0.54542147138883953566, 0.10744427011596563478),
    (0.64809365193697556925, 0.09761865210411388827),
    (0.74012419157855436424, 0.086190161531953275917),
    (0.82000198597390292195, 0.073346481411080305734),
    (0.88641552700440103421, 0.059298584915436780746),
    (0.93827455200273275852, 0.044277438817419806169),
    (0.9747285559713094982, 0.028531388628933663181),
    (0.99518721999702136018, 0.012341229799987199547),
];
