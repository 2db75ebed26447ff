//! Do weights look like counts of identical rows?

/// What is seen of weights, piece after piece; those of 0 do not count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CountLook {
    first: Option<f64>,
    n: f64,
    sum: f64,
    has_fractions: bool,
    varies: bool,
}

impl CountLook {
    /// Looks at the next weights.
    pub fn at(mut self, weights: &[f64]) -> Self {
        for &w in weights.iter().filter(|w| **w > 0.0) {
            let first = *self.first.get_or_insert(w);
            self.n += 1.0;
            self.sum += w;
            self.has_fractions |= w.fract() != 0.0;
            self.varies |= w != first;
        }
        self
    }

    /// Whole numbers that differ and add up to twice the rows or more.
    pub fn is_counts(&self) -> bool {
        !self.has_fractions && self.varies && self.sum >= 2.0 * self.n
    }
}
