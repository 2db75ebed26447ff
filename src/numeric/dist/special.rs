//! Functions of one variable that the distributions share, each free of cancellation.
//!
//! `ln Γ` alone is not enough: a tail at a million degrees of freedom is the difference of terms near 1e7, so
//! six digits would be gone before the first step. The parts that cancel are therefore removed by hand and only
//! the small remainders are computed: [`ln_1p_minus`] and [`stirling_error`].
//!
//! # References
//! Didonato and Morris (1992), "Algorithm 708: significant digit computation of the incomplete beta function
//! ratios", ACM TOMS 18(3). Loader (2000), "Fast and accurate computation of binomial probabilities".

#![allow(clippy::excessive_precision, reason = "coefficients are written as published")]

pub(super) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_74;
const EULER_GAMMA: f64 = 0.577_215_664_901_532_86;

/// `ln(1 + x) − x` for `x > −1`, with full relative precision also near 0.
pub(super) fn ln_1p_minus(x: f64) -> f64 {
    if !(-0.4..=0.6).contains(&x) {
        return libm::log1p(x) - x;
    }
    // With r = x / (2 + x): ln(1 + x) = 2 (r + r³/3 + r⁵/5 + …) and x = 2r / (1 − r).
    let r = x / (2.0 + x);
    let s = r * r;
    // |r| ≤ 1/4, s ≤ 1/16. Fewer terms when r is small, the common case at large parameters.
    let series = if s < 0.004 {
        1.0 / 3.0 + s * (1.0 / 5.0 + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0 + s * (1.0 / 13.0)))))
    } else {
        const TERMS: [f64; 13] = [
            1.0 / 27.0,
            1.0 / 25.0,
            1.0 / 23.0,
            1.0 / 21.0,
            1.0 / 19.0,
            1.0 / 17.0,
            1.0 / 15.0,
            1.0 / 13.0,
            1.0 / 11.0,
            1.0 / 9.0,
            1.0 / 7.0,
            1.0 / 5.0,
            1.0 / 3.0,
        ];
        TERMS.iter().fold(0.0, |sum, term| sum * s + term)
    };
    r * (2.0 * s * series - x)
}

/// `ln Γ(1 + a)` for `−0.5 ≤ a ≤ 0.5`, with full relative precision near 0.
pub(super) fn ln_gamma_1p(a: f64) -> f64 {
    // ln Γ(1 + a) = −ln(1 + a) + (1 − γ) a + Σ (ζ(k) − 1)(−a)^k / k.
    const TERMS: [f64; 28] = [
        -6.422_964_563_838_100_022_1e-11,
        1.330_476_437_424_448_948_1e-10,
        -2.759_522_885_124_233_145_2e-10,
        5.731_367_241_678_862_013_0e-10,
        -1.192_140_140_586_091_207_4e-9,
        2.483_674_543_802_478_317_2e-9,
        -5.183_475_041_970_046_655_1e-9,
        1.083_865_921_489_695_409_1e-8,
        -2.271_109_460_894_316_491_0e-8,
        4.769_810_169_363_980_565_8e-8,
        -1.004_322_482_396_809_961_0e-7,
        2.120_718_480_555_466_586_9e-7,
        -4.492_469_198_764_566_043_3e-7,
        9.551_412_130_407_419_832_9e-7,
        -2.039_215_753_801_366_236_8e-6,
        4.374_866_789_907_487_804_2e-6,
        -9.439_488_275_268_395_904_0e-6,
        2.050_721_277_567_069_155_3e-5,
        -4.492_623_673_813_314_170_0e-5,
        9.945_751_278_180_853_371_5e-5,
        -2.231_547_584_535_793_797_6e-4,
        5.096_695_247_430_424_223_4e-4,
        -1.192_753_911_703_260_977_1e-3,
        2.890_510_330_741_523_285_8e-3,
        -7.385_551_028_673_985_266_3e-3,
        2.058_080_842_778_454_788_0e-2,
        -6.735_230_105_319_809_513_3e-2,
        3.224_670_334_241_132_182_4e-1,
    ];
    let series = TERMS.iter().fold(0.0, |sum, term| sum * a + term);
    a * (a * series + (1.0 - EULER_GAMMA)) - libm::log1p(a)
}

/// `ln Γ(a)` for `a > 0`.
pub(super) fn ln_gamma(a: f64) -> f64 {
    if a < 0.5 {
        ln_gamma_1p(a) - libm::log(a)
    } else if a < 1.5 {
        ln_gamma_1p(a - 1.0)
    } else {
        libm::lgamma(a)
    }
}

/// The error of Stirling's formula: `ln Γ(a) − ((a − ½) ln a − a + ½ ln 2π)`.
pub(super) fn stirling_error(a: f64) -> f64 {
    if a < 10.0 {
        return ln_gamma(a) - (a - 0.5) * libm::log(a) + a - LN_SQRT_2PI;
    }
    let s = 1.0 / (a * a);
    let series = 1.0 / 12.0
        + s * (-1.0 / 360.0
            + s * (1.0 / 1260.0
                + s * (-1.0 / 1680.0 + s * (1.0 / 1188.0 + s * (-691.0 / 360_360.0 + s * (1.0 / 156.0))))));
    series / a
}

/// `ln Γ(a + b) − ln Γ(b)` for `a` near 0, with full relative precision.
pub(super) fn ln_gamma_increment(a: f64, b: f64) -> f64 {
    let mut shifted = b;
    let mut product = 0.0;
    while shifted < 10.0 {
        product += libm::log1p(a / shifted);
        shifted += 1.0;
    }
    // Stirling at both ends; what is left of the logarithms is a ln b and terms of order a².
    let ratio = a / shifted;
    let main = a * libm::log(shifted) + (shifted + a - 0.5) * libm::log1p(ratio) - a;
    main + stirling_difference(a, shifted) - product
}

/// `stirling_error(b + a) − stirling_error(b)` for `b ≥ 10`, without cancellation when `a` is small.
fn stirling_difference(a: f64, b: f64) -> f64 {
    if a > 0.1 {
        return stirling_error(b + a) - stirling_error(b);
    }
    // 1/(b+a)^m − 1/b^m = b^−m (exp(−m ln(1 + a/b)) − 1).
    let step = libm::log1p(a / b);
    let s = 1.0 / (b * b);
    let term = |m: f64| libm::expm1(-m * step);
    (term(1.0) / 12.0
        + s * (-term(3.0) / 360.0
            + s * (term(5.0) / 1260.0
                + s * (-term(7.0) / 1680.0 + s * (term(9.0) / 1188.0 + s * (-term(11.0) * 691.0 / 360_360.0))))))
        / b
}

/// The exact rounding error of `a + b` beside the sum (Knuth).
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The exact rounding error of `a · b` beside the product (Dekker), for factors below 1e150.
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let split = |v: f64| {
        let c = 134_217_729.0 * v;
        let high = c - (c - v);
        (high, v - high)
    };
    let product = a * b;
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    (product, ((ah * bh - product) + ah * bl + al * bh) + al * bl)
}
