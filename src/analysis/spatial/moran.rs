//! How alike neighbours are.

use crate::numeric::stream::Stream;

/// Moran's I with its test by permutation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moran {
    /// Above the expectation where neighbours are alike, below where they differ.
    pub i: f64,
    /// −1/(n − 1), the mean where values do not depend on place.
    pub expected: f64,
    /// Part of the orders, the observed one among them, whose I is at least as far from the expectation.
    pub p_value: f64,
}

/// Moran's I of values with row-standardised neighbours; none for fewer than three values, no spread, or no neighbours.
///
/// Of residuals of a regression the test by permutation is approximate, since they add up to zero and lean on the predictors.
///
/// # Definition
/// With z the deviations from the mean and w_ij = 1/k_i for the k_i neighbours of i: I = (n/m) Σ w_ij z_i z_j / Σ z_i², m the
/// places that have neighbours.
///
/// # References
/// Moran (1950), Biometrika 37; Cliff and Ord (1981), *Spatial Processes*, chapters 1 and 2.
pub fn moran(values: &[f64], neighbours: &[Vec<usize>], permutations: usize, stream: &mut Stream) -> Option<Moran> {
    let n = values.len();
    if n < 3 || neighbours.len() != n || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let mut z: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let squares: f64 = z.iter().map(|z| z * z).sum();
    let placed = neighbours.iter().filter(|own| !own.is_empty()).count() as f64;
    let scale = z.iter().map(|z| z.abs()).fold(0.0, f64::max);
    if placed == 0.0 || squares <= 1e-24 * scale.max(mean.abs()).powi(2) * n as f64 {
        return None;
    }
    let statistic = |z: &[f64]| {
        let lag = |own: &Vec<usize>| own.iter().map(|&j| z[j]).sum::<f64>() / own.len().max(1) as f64;
        let product: f64 = z.iter().zip(neighbours).map(|(z, own)| z * lag(own)).sum();
        n as f64 / placed * product / squares
    };
    let (i, expected) = (statistic(&z), -1.0 / (n as f64 - 1.0));
    let distance = (i - expected).abs();
    let mut as_far = 1_usize;
    for _ in 0..permutations {
        stream.shuffle(&mut z);
        // A hair, so that the same order with other roundings counts as equal.
        as_far += usize::from((statistic(&z) - expected).abs() >= distance - 1e-12);
    }
    Some(Moran { i, expected, p_value: as_far as f64 / (permutations + 1) as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring of places, each with the two beside it.
    fn ring(n: usize) -> Vec<Vec<usize>> {
        (0..n).map(|i| vec![(i + n - 1) % n, (i + 1) % n]).collect()
    }

    #[test]
    fn by_hand() {
        // 1, 2, 3, 4 on a ring: z = −1.5, −0.5, 0.5, 1.5, squares 5; the lags are 0.5, −0.5, 0.5, −0.5.
        let mut stream = Stream::named(1, "moran");
        let found = moran(&[1.0, 2.0, 3.0, 4.0], &ring(4), 99, &mut stream).unwrap();
        assert!((found.i - (-0.75 + 0.25 + 0.25 - 0.75) / 5.0).abs() < 1e-12, "{}", found.i);
        assert!((found.expected + 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn alike_neighbours_are_found_and_noise_is_not() {
        let mut stream = Stream::named(2, "moran");
        let wave: Vec<f64> = (0..30).map(|i| libm::sin(f64::from(i) / 30.0 * std::f64::consts::TAU)).collect();
        let found = moran(&wave, &ring(30), 999, &mut stream).unwrap();
        assert!(found.i > 0.9 && found.p_value == 0.001, "{found:?}");
        // Of 200 samples of noise about a twentieth is below 0.05: Monte Carlo error 0.0154, three of them allowed.
        let below = (0..200)
            .filter(|_| {
                let noise: Vec<f64> = (0..30).map(|_| stream.normal()).collect();
                moran(&noise, &ring(30), 199, &mut stream).unwrap().p_value <= 0.05
            })
            .count() as f64
            / 200.0;
        assert!((below - 0.05).abs() < 3.0 * 0.0154, "{below}");
    }

    #[test]
    fn no_spread_and_no_neighbours_have_no_answer() {
        let mut stream = Stream::named(3, "moran");
        assert_eq!(moran(&[2.0; 5], &ring(5), 9, &mut stream), None);
        assert_eq!(moran(&[1.0, 2.0, 3.0], &vec![Vec::new(); 3], 9, &mut stream), None);
        assert_eq!(moran(&[1.0, f64::NAN, 3.0], &ring(3), 9, &mut stream), None);
    }
}
