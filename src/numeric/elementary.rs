//! `exp` and `ln` of many numbers at once, with the bits that `libm` gives for each of them.
//!
//! The functions of `libm` branch on the size of a number, so that a processor takes one number after another. Here a tile of
//! numbers of ordinary size goes the one way that these take, without a branch and with the same operations in the same order;
//! a tile with any other number goes through `libm`.
//!
//! # References
//! The method is that of FreeBSD's `e_exp.c` and `e_log.c` (Sun Microsystems, 1993 and 2004), of which `libm` is a port: x = k ln 2 + r
//! with |r| at most ln 2 / 2, and a rational approximation in r; x = 2^k (1 + f) with 1 + f between √2/2 and √2, and one in f/(2 + f).

/// Numbers of a tile.
const TILE: usize = 16;
/// 1.5 · 2^52: a number that is added to it and taken from the sum again is rounded to a whole one.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Exponents of doubles are stored with this added, above [`FRACTION_BITS`] others.
const EXPONENT_BIAS: u64 = 1023;
const FRACTION_BITS: u32 = 52;

/// ln 2 in two parts, the first so short that its products with small whole numbers are exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// Replaces each number x by e^x.
///
/// # Examples
/// ```
/// let mut values = [0.0, 1.0];
/// opros::numeric::elementary::exp(&mut values);
/// assert_eq!(values[0], 1.0);
/// assert!((values[1] - std::f64::consts::E).abs() < 1e-15);
/// ```
pub fn exp(values: &mut [f64]) {
    // Results that are neither subnormal nor infinite, of numbers that still count beside 1.
    let is_ordinary = |x: f64| (x.abs() > 1e-8) & (x.abs() < 700.0);
    by_tile(values, is_ordinary, exp_of_ordinary, libm::exp);
}

/// Replaces each number by its natural logarithm.
pub fn ln(values: &mut [f64]) {
    let is_ordinary = |x: f64| (f64::MIN_POSITIVE..=f64::MAX).contains(&x);
    by_tile(values, is_ordinary, ln_of_ordinary, libm::log);
}

#[inline(always)]
fn by_tile(
    values: &mut [f64],
    is_ordinary: impl Fn(f64) -> bool,
    of_ordinary: impl Fn(f64) -> f64,
    of_any: impl Fn(f64) -> f64,
) {
    let (tiles, rest) = values.as_chunks_mut::<TILE>();
    for tile in tiles {
        if tile.iter().fold(true, |all, x| all & is_ordinary(*x)) {
            tile.iter_mut().for_each(|x| *x = of_ordinary(*x));
        } else {
            tile.iter_mut().for_each(|x| *x = of_any(*x));
        }
    }
    rest.iter_mut().for_each(|x| *x = of_any(*x));
}

#[inline(always)]
fn exp_of_ordinary(x: f64) -> f64 {
    const ONE_OVER_LN_2: f64 = f64::from_bits(0x3ff7_1547_652b_82fe);
    // Up to about ln 2 / 2, as `libm` compares it, k is 0.
    const REDUCED: f64 = f64::from_bits(0x3fd6_2e42_ffff_ffff);
    const P: [f64; 5] = [
        f64::from_bits(0x3fc5_5555_5555_553e),
        f64::from_bits(0xbf66_c16c_16be_bd93),
        f64::from_bits(0x3f11_566a_af25_de2c),
        f64::from_bits(0xbebb_bd41_c5d2_6bf1),
        f64::from_bits(0x3e66_3769_72be_a4d0),
    ];
    // x / ln 2 rounded to the nearest whole number, halves away from 0.
    let above = ONE_OVER_LN_2 * x.abs() + 0.5;
    let near = (above + ROUNDER) - ROUNDER;
    let whole = near - if near > above { 1.0 } else { 0.0 };
    let k = (if x.abs() > REDUCED { whole } else { 0.0 }).copysign(x);
    let (high, low) = (x - k * LN_2_HIGH, k * LN_2_LOW);
    let r = high - low;
    let rr = r * r;
    let c = r - rr * (P[0] + rr * (P[1] + rr * (P[2] + rr * (P[3] + rr * P[4]))));
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    // The last bits of k + ROUNDER are those of k.
    y * f64::from_bits((k + ROUNDER).to_bits().wrapping_add(EXPONENT_BIAS) << FRACTION_BITS)
}

#[inline(always)]
fn ln_of_ordinary(x: f64) -> f64 {
    const ROOT_HALF: u64 = 0x3fe6_a09e << 32;
    const FRACTION: u64 = (1 << FRACTION_BITS) - 1;
    const L: [f64; 7] = [
        f64::from_bits(0x3fe5_5555_5555_5593),
        f64::from_bits(0x3fd9_9999_9997_fa04),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fcc_71c5_1d8e_78af),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fc3_9a09_d078_c69f),
        f64::from_bits(0x3fc2_f112_df3e_5244),
    ];
    let shifted = x.to_bits().wrapping_add((EXPONENT_BIAS << FRACTION_BITS) - ROOT_HALF);
    let k = f64::from_bits(ROUNDER.to_bits() | (shifted >> FRACTION_BITS)) - (ROUNDER + EXPONENT_BIAS as f64);
    let f = f64::from_bits((shifted & FRACTION).wrapping_add(ROOT_HALF)) - 1.0;
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (L[1] + w * (L[3] + w * L[5]));
    let odd = z * (L[0] + w * (L[2] + w * (L[4] + w * L[6])));
    s * (half_square + (odd + even)) + k * LN_2_LOW - half_square + f + k * LN_2_HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    /// Many numbers give what they give one by one.
    fn assert_same_bits(numbers: &[f64], many: impl Fn(&mut [f64]), one: impl Fn(f64) -> f64) {
        let mut values = numbers.to_vec();
        many(&mut values);
        for (x, value) in numbers.iter().zip(values) {
            assert_eq!(value.to_bits(), one(*x).to_bits(), "{x:e} ({:x})", x.to_bits());
        }
    }

    #[test]
    fn many_exponentials_have_the_bits_of_single_ones() {
        let mut random = Stream::named(1, "exponentials");
        let wide = (0..20_000).map(|_| 1_398.0 * random.uniform() - 699.0).collect::<Vec<_>>();
        let narrow = (0..20_000).map(|_| 6.0 * random.uniform() - 3.0).collect::<Vec<_>>();
        // Around multiples of ln 2 / 2, where the reduction changes, and every size between the smallest and 1.
        let edges = (1..2_000).flat_map(|k| {
            let edge = 0.5 * f64::from(k) * std::f64::consts::LN_2;
            (0..16).map(move |step| f64::from_bits(edge.to_bits() - 8 + step) * if k % 3 == 0 { -1.0 } else { 1.0 })
        });
        let edges =
            edges.chain((0..4_096).map(|k| f64::from_bits(0x3fd6_2e42_fefa_3000 + (k << 5)))).collect::<Vec<_>>();
        let sizes = (0..1_600).map(|k| 1.37e-8 * libm::pow(1.013, f64::from(k))).collect::<Vec<_>>();
        for numbers in [wide, narrow, edges, sizes] {
            assert_same_bits(&numbers, exp, libm::exp);
        }
    }

    #[test]
    fn many_logarithms_have_the_bits_of_single_ones() {
        let mut random = Stream::named(1, "logarithms");
        let shares = (0..20_000).map(|_| random.uniform()).collect::<Vec<_>>();
        let sizes = (0..20_000).map(|k| libm::exp(0.07 * f64::from(k) - 700.0)).collect::<Vec<_>>();
        let near_1 = (0..20_000).map(|k| 1.0 + 1e-6 * f64::from(k - 10_000)).collect::<Vec<_>>();
        let near_edge = (0..4_096).map(|k| f64::from_bits((0x3fe6_a09d << 32) + (k << 21))).collect::<Vec<_>>();
        for numbers in [shares, sizes, near_1, near_edge] {
            assert_same_bits(&numbers, ln, libm::log);
        }
    }

    #[test]
    fn numbers_without_a_usual_answer_keep_theirs() {
        let odd = [0.0, -0.0, 1e-300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1_000.0, -1_000.0, 709.0, -745.0];
        let around = odd.into_iter().flat_map(|x| std::iter::repeat_n(0.3, TILE).chain([x])).collect::<Vec<_>>();
        assert_same_bits(&around, exp, libm::exp);
        assert_same_bits(&around, ln, libm::log);
    }
}
