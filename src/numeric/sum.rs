//! Sums that keep their digits, and weighted moments that can be merged.
//!
//! A plain loop loses a digit for every tenfold growth of the sum. [`Sum`] carries the lost part along (Neumaier's
//! variant of Kahan's method); [`pairwise`] adds halves to halves and is the faster choice for a slice at hand.
//! The order of additions is fixed by position, never by threads, so results are the same bits everywhere.
//!
//! # References
//! Neumaier (1974), ZAMM 54. Knuth (1998), *The Art of Computer Programming* 2, section 4.2.2, theorem B. Chan, Golub and
//! LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician 37(3). Higham (2002), *Accuracy
//! and Stability of Numerical Algorithms*, chapter 4.

/// A running sum with its rounding error beside it.
///
/// # Examples
/// ```
/// use opros::numeric::sum::Sum;
/// let sum: Sum = [1.0, 1e100, 1.0, -1e100].into_iter().collect();
/// assert_eq!(sum.value(), 2.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// The empty sum.
    pub const ZERO: Sum = Sum { total: 0.0, lost: 0.0 };

    /// Adds one number.
    #[inline]
    pub fn add(&mut self, value: f64) {
        // What rounding takes from the sum, exactly, without asking which of the two is larger (Knuth's TwoSum).
        let total = self.total + value;
        let of_value = total - self.total;
        self.lost += (self.total - (total - of_value)) + (value - of_value);
        self.total = total;
    }

    /// Adds another running sum.
    #[inline]
    pub fn merge(&mut self, other: Sum) {
        self.add(other.total);
        self.lost += other.lost;
    }

    /// The sum. Infinite terms give what plain addition gives.
    #[inline]
    pub fn value(self) -> f64 {
        if self.total.is_finite() { self.total + self.lost } else { self.total }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Sum {
        let mut sum = Sum::ZERO;
        for value in values {
            sum.add(value);
        }
        sum
    }
}

/// The compensated sum of a slice.
pub fn compensated(values: &[f64]) -> f64 {
    values.iter().copied().collect::<Sum>().value()
}

/// The compensated sum of products of two slices of the same length.
///
/// # Errors
/// Panics if the lengths differ: that is a mistake in the calling code.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "slices of different length");
    x.iter().zip(y).map(|(x, y)| x * y).collect::<Sum>().value()
}

/// The sum of a slice by halves; the error grows with the logarithm of the length.
pub fn pairwise(values: &[f64]) -> f64 {
    const BLOCK: usize = 128;
    if values.len() <= BLOCK {
        // Four lanes with a fixed order.
        let chunks = values.chunks_exact(4);
        let rest = chunks.remainder();
        let mut lanes = [0.0; 4];
        for chunk in chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane += value;
            }
        }
        let mut sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        for value in rest {
            sum += value;
        }
        return sum;
    }
    // The left part is a multiple of the block, so the tree depends on the length only.
    let middle = (values.len() / 2).next_multiple_of(BLOCK);
    pairwise(&values[..middle]) + pairwise(&values[middle..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_single() {
        assert_eq!(compensated(&[]), 0.0);
        assert_eq!(pairwise(&[]), 0.0);
        assert_eq!(compensated(&[3.5]), 3.5);
        assert_eq!(pairwise(&[3.5]), 3.5);
        assert_eq!(dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
    }

    #[test]
    fn cancelling_terms_leave_the_small_ones() {
        assert_eq!(compensated(&[1.0, 1e100, 1.0, -1e100]), 2.0);
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let values: Vec<f64> = (0..10_001).map(|i| 0.1 * f64::from(i) - 300.0).collect();
        let mut merged = Sum::ZERO;
        for part in values.chunks(97) {
            merged.merge(part.iter().copied().collect());
        }
        assert!((merged.value() - compensated(&values)).abs() < 1e-9);
    }

    #[test]
    fn pairwise_is_close_to_compensated() {
        for n in [1, 4, 127, 128, 129, 1000, 100_003] {
            let values: Vec<f64> = (0..n).map(|i| 0.1 + 1e-3 * f64::from(i % 17)).collect();
            let (a, b) = (pairwise(&values), compensated(&values));
            assert!((a - b).abs() <= 1e-14 * b, "{n}");
        }
    }

    #[test]
    fn infinity_stays_infinite() {
        assert_eq!(compensated(&[1.0, f64::INFINITY, 2.0]), f64::INFINITY);
        assert!(compensated(&[f64::NEG_INFINITY, f64::INFINITY]).is_nan());
    }
}
