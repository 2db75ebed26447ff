//! Who is whose neighbour.

/// Mean radius of the earth in kilometres.
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The distance of two places along the surface, in kilometres; latitude and longitude in degrees.
///
/// # Definition
/// 2R·asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)).
pub fn great_circle_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let radians = |degrees: f64| degrees * std::f64::consts::PI / 180.0;
    let half = |from: f64, to: f64| libm::sin(radians(to - from) / 2.0);
    let (north, east) = (half(a.0, b.0), half(a.1, b.1));
    let chord = north * north + libm::cos(radians(a.0)) * libm::cos(radians(b.0)) * east * east;
    2.0 * EARTH_RADIUS_KM * libm::asin(chord.clamp(0.0, 1.0).sqrt())
}

/// The k nearest others of each place, nearest first; by position among equals. All others where there are no more than k.
pub fn nearest(places: &[(f64, f64)], k: usize) -> Vec<Vec<usize>> {
    let others = |i: usize| {
        let mut others: Vec<(f64, usize)> =
            (0..places.len()).filter(|j| *j != i).map(|j| (great_circle_km(places[i], places[j]), j)).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        others.into_iter().take(k).map(|(_, j)| j).collect()
    };
    (0..places.len()).map(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_equator() {
        let quarter = std::f64::consts::PI * EARTH_RADIUS_KM / 2.0;
        assert!((great_circle_km((0.0, 0.0), (0.0, 90.0)) - quarter).abs() < 1e-9);
        assert!((great_circle_km((0.0, 10.0), (90.0, 77.0)) - quarter).abs() < 1e-9);
        // Longitudes may pass 180: 179° east and 181° east are two degrees apart.
        let two = great_circle_km((0.0, 0.0), (0.0, 2.0));
        assert!((great_circle_km((0.0, 179.0), (0.0, 181.0)) - two).abs() < 1e-9);
        assert!((great_circle_km((0.0, 179.0), (0.0, -179.0)) - two).abs() < 1e-9);
    }

    #[test]
    fn the_nearest_come_first() {
        let places = [(0.0, 0.0), (0.0, 1.0), (0.0, 3.0), (0.0, 10.0)];
        assert_eq!(nearest(&places, 2), [vec![1, 2], vec![0, 2], vec![1, 0], vec![2, 1]]);
        assert_eq!(nearest(&places, 9)[0], [1, 2, 3]);
    }
}
