//! Random numbers by name: every step has a stream of its own, so adding a step never changes another's numbers.
//!
//! A stream is ChaCha with 12 rounds, its key the BLAKE3 hash of the seed and the name. Everything drawn from it is
//! made of 64-bit words by rules stated here, so numbers are the same on every machine and for every version of the
//! libraries around it.
//!
//! # References
//! Lemire (2019), "Fast random integer generation in an interval", ACM TOMACS 29(1).

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::dist::Normal;

/// A named stream of random numbers.
///
/// # Examples
/// ```
/// use opros::numeric::stream::Stream;
/// let mut a = Stream::named(7, "bootstrap");
/// let mut b = Stream::named(7, "bootstrap");
/// assert_eq!(a.uniform(), b.uniform());
/// assert_ne!(a.uniform(), Stream::named(7, "permutation").uniform());
/// ```
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u8; 32],
    rng: ChaCha12Rng,
}

impl Stream {
    /// The stream of a seed and a name.
    pub fn named(seed: u64, name: &str) -> Stream {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"opros stream 1\0").update(&seed.to_le_bytes()).update(name.as_bytes());
        Stream::keyed(*hasher.finalize().as_bytes())
    }

    /// A stream below this one, for instance one per replicate. It does not depend on what was drawn here.
    pub fn child(&self, name: &str) -> Stream {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"opros child stream 1\0").update(&self.key).update(name.as_bytes());
        Stream::keyed(*hasher.finalize().as_bytes())
    }

    /// The `index`-th stream below this one.
    pub fn child_at(&self, index: u64) -> Stream {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"opros child stream by index 1\0").update(&self.key).update(&index.to_le_bytes());
        Stream::keyed(*hasher.finalize().as_bytes())
    }

    fn keyed(key: [u8; 32]) -> Stream {
        Stream { key, rng: ChaCha12Rng::from_seed(key) }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Uniform on `[0, 1)`, a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform on `(0, 1)`: never 0 or 1, so that logarithms and quantiles are finite.
    pub fn uniform_open(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// A whole number of `0..bound`, each equally likely.
    ///
    /// # Errors
    /// Panics if `bound` is 0: that is a mistake in the calling code.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "no whole number lies below 0");
        loop {
            if let Some(number) = below(self.bits(), bound) {
                return number;
            }
        }
    }

    /// An index of `0..len`.
    ///
    /// # Errors
    /// Panics if `len` is 0: that is a mistake in the calling code.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// Shows `count` indices of `0..len`, the same as as many calls of [`index`](Self::index) give: words are drawn in bulk.
    ///
    /// # Errors
    /// Panics if `len` is 0: that is a mistake in the calling code.
    pub fn indices(&mut self, len: usize, count: usize, mut show: impl FnMut(usize)) {
        let bound = len as u64;
        assert!(bound > 0, "no whole number lies below 0");
        let mut bytes = [0; 8 * 32];
        let mut missing = count;
        while missing > 0 {
            // A word that is not to be used leaves one index missing, for which the next round draws.
            let words = &mut bytes[..8 * missing.min(32)];
            self.rng.fill_bytes(words);
            for word in words.as_chunks::<8>().0 {
                if let Some(index) = below(u64::from_le_bytes(*word), bound) {
                    show(index as usize);
                    missing -= 1;
                }
            }
        }
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A standard normal number, the quantile of one uniform one.
    pub fn normal(&mut self) -> f64 {
        Normal::STANDARD.quantile(self.uniform_open())
    }

    /// An exponential number with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform_open())
    }

    /// Puts a slice into random order, every order equally likely (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.index(i + 1));
        }
    }

    /// `count` different indices of `0..len` in ascending order, every set equally likely.
    ///
    /// # Errors
    /// Panics if `count` is above `len`: that is a mistake in the calling code.
    pub fn sample(&mut self, len: usize, count: usize) -> Vec<usize> {
        assert!(count <= len, "cannot draw {count} of {len} without replacement");
        if count > len / 16 {
            // Selection sampling: one look at each index.
            let mut left = count;
            let mut chosen = Vec::with_capacity(count);
            for i in 0..len {
                if left == 0 {
                    break;
                }
                if self.index(len - i) < left {
                    chosen.push(i);
                    left -= 1;
                }
            }
            return chosen;
        }
        // Floyd: one draw per chosen index.
        let mut chosen = std::collections::BTreeSet::new();
        for top in len - count..len {
            let candidate = self.index(top + 1);
            if !chosen.insert(candidate) {
                chosen.insert(top);
            }
        }
        chosen.into_iter().collect()
    }
}

/// The high word of bits · bound; none for the few low words that would favour some results.
fn below(bits: u64, bound: u64) -> Option<u64> {
    let product = u128::from(bits) * u128::from(bound);
    let low = product as u64;
    // The words refused are fewer than the bound, so the division that counts them is hardly ever needed.
    (low >= bound || low >= bound.wrapping_neg() % bound).then_some((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_never_change() {
        // Stored values: a change here changes every simulated number of every report.
        let mut stream = Stream::named(1, "test");
        assert_eq!([stream.bits(), stream.bits()], [8_866_771_422_100_203_859, 6_933_490_196_876_001_517]);
    }

    #[test]
    fn streams_differ_by_seed_name_and_child() {
        let first = |mut s: Stream| s.bits();
        let parent = Stream::named(1, "a");
        let all = [
            first(parent.clone()),
            first(Stream::named(2, "a")),
            first(Stream::named(1, "b")),
            first(parent.child("x")),
            first(parent.child("y")),
            first(parent.child_at(0)),
            first(parent.child_at(1)),
        ];
        for i in 0..all.len() {
            for j in 0..i {
                assert_ne!(all[i], all[j]);
            }
        }
    }

    #[test]
    fn a_child_does_not_depend_on_what_the_parent_drew() {
        let mut parent = Stream::named(1, "a");
        let before = parent.child("x").bits();
        parent.bits();
        assert_eq!(parent.child("x").bits(), before);
    }

    #[test]
    fn indices_in_bulk_are_those_one_by_one() {
        // Of the larger bound about half of all words are refused.
        for len in [24, (1_usize << 63) + 1] {
            let (mut one_by_one, mut bulk) = (Stream::named(4, "indices"), Stream::named(4, "indices"));
            let mut indices = Vec::new();
            bulk.indices(len, 100, |index| indices.push(index));
            assert_eq!(indices, (0..100).map(|_| one_by_one.index(len)).collect::<Vec<_>>());
            assert_eq!(bulk.bits(), one_by_one.bits());
        }
    }

    #[test]
    fn moments_of_uniform_and_normal_numbers() {
        // 20,000 draws: bounds are 5 standard errors.
        let mut stream = Stream::named(3, "moments");
        let n = 20_000;
        let u: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        let z: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let (u, z) = (crate::numeric::moments::Moments::of(&u), crate::numeric::moments::Moments::of(&z));
        assert!((u.mean - 0.5).abs() < 0.0103);
        assert!((u.population_variance().unwrap() - 1.0 / 12.0).abs() < 0.0027);
        assert!(z.mean.abs() < 0.036);
        assert!((z.population_variance().unwrap() - 1.0).abs() < 0.051);
    }

    #[test]
    fn whole_numbers_are_fair() {
        let mut stream = Stream::named(3, "fair");
        let mut counts = [0_u32; 7];
        (0..70_000).for_each(|_| counts[stream.index(7)] += 1);
        let chi: f64 = counts.iter().map(|c| (f64::from(*c) - 1e4) * (f64::from(*c) - 1e4) / 1e4).sum();
        assert!(chi < 22.5, "chi-squared on 6 degrees of freedom: {chi}");
        assert_eq!(stream.below(1), 0);
        assert!(stream.below(u64::MAX) < u64::MAX);
    }

    #[test]
    fn a_sample_has_different_members_in_order() {
        let mut stream = Stream::named(3, "sample");
        for (len, count) in [(0, 0), (5, 0), (5, 5), (1000, 10), (1000, 900)] {
            let sample = stream.sample(len, count);
            assert_eq!(sample.len(), count);
            assert!(sample.windows(2).all(|w| w[0] < w[1]));
            assert!(sample.iter().all(|i| *i < len));
        }
    }

    #[test]
    fn every_member_is_equally_likely() {
        for (len, count) in [(10, 4), (40, 2)] {
            let mut stream = Stream::named(9, "equal");
            let mut hits = vec![0.0; len];
            let rounds = 20_000;
            for _ in 0..rounds {
                for i in stream.sample(len, count) {
                    hits[i] += 1.0;
                }
            }
            let want = f64::from(rounds) * count as f64 / len as f64;
            for hit in hits {
                assert!((hit - want).abs() < 5.0 * want.sqrt());
            }
        }
    }

    #[test]
    fn a_shuffle_keeps_the_members() {
        let mut items: Vec<u32> = (0..50).collect();
        Stream::named(1, "shuffle").shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
        Stream::named(1, "empty").shuffle::<u8>(&mut []);
    }
}
