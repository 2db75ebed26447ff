//! Domains as masks on the whole design, and the base of each.

use super::codes::{Codes, MISSING};
use super::survey_design::SurveyDesign;

/// A partition of the rows into domains; a row may lie in none. Rows are never dropped: the units of the design that
/// have no members in a domain stay in its variance with totals of 0.
#[derive(Clone, Debug)]
pub struct Domains {
    code_of_row: Vec<u32>,
    labels: Vec<String>,
}

impl Domains {
    /// All rows as one domain.
    pub fn whole(n_rows: usize) -> Self {
        Self { code_of_row: vec![0; n_rows], labels: vec!["all".to_string()] }
    }

    /// The rows where the mask is true as one domain.
    pub fn mask(label: impl Into<String>, mask: &[bool]) -> Self {
        Self { code_of_row: mask.iter().map(|&m| if m { 0 } else { MISSING }).collect(), labels: vec![label.into()] }
    }

    /// One domain a label; rows without a label lie in none.
    pub fn by(codes: &Codes) -> Self {
        Self { code_of_row: codes.codes().to_vec(), labels: codes.labels().to_vec() }
    }

    /// The same domains, restricted to the rows where the mask is true.
    pub fn within(mut self, mask: &[bool]) -> Self {
        for (code, &keep) in self.code_of_row.iter_mut().zip(mask) {
            if !keep {
                *code = MISSING;
            }
        }
        self
    }

    /// The domain of each row, [`MISSING`] for none.
    pub fn code_of_row(&self) -> &[u32] {
        &self.code_of_row
    }

    /// The name of each domain.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Number of domains.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True when there is no domain.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// A set of unit numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitSet(Vec<u64>);

impl UnitSet {
    /// An empty set for units `0..n`.
    pub fn new(n: usize) -> Self {
        Self(vec![0; n.div_ceil(64)])
    }

    /// Adds a unit.
    pub fn insert(&mut self, unit: usize) {
        self.0[unit / 64] |= 1 << (unit % 64);
    }

    /// Whether a unit is in the set.
    pub fn contains(&self, unit: usize) -> bool {
        self.0[unit / 64] >> (unit % 64) & 1 == 1
    }

    /// Adds the units of another set.
    pub fn union_with(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    /// Number of units in the set.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// True when no unit is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The units in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0
            .iter()
            .enumerate()
            .flat_map(|(i, &word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| i * 64 + bit))
    }
}

/// What stands behind an estimate: the rows with a positive weight in a domain (and with an answer, where the request
/// excludes missing ones), and the units that they lie in.
#[derive(Clone, Debug)]
pub struct Base {
    /// Rows, unweighted.
    pub n: usize,
    /// Sum of their weights.
    pub sum_w: f64,
    /// Sum of their squared weights.
    pub sum_w_squared: f64,
    /// Units of the last stage that counts with members.
    pub units: UnitSet,
    /// First-stage units with members; `None` where the design has replicate weights only.
    pub n_psus: Option<usize>,
    /// Degrees of freedom.
    pub degf: f64,
}

impl Base {
    /// The bases of a partition of the rows; code [`MISSING`] and weight 0 are outside.
    pub fn of_partition(design: &SurveyDesign, code_of_row: &[u32], n_domains: usize) -> Vec<Self> {
        let weights = design.weights();
        let n_units = design.n_units();
        let unit_of_row = design.unit_of_row();
        let mut bases =
            vec![
                Self { n: 0, sum_w: 0.0, sum_w_squared: 0.0, units: UnitSet::new(n_units), n_psus: None, degf: 0.0 };
                n_domains
            ];
        for (i, &code) in code_of_row.iter().enumerate() {
            let w = weights[i];
            if code == MISSING || w == 0.0 {
                continue;
            }
            let base = &mut bases[code as usize];
            base.n += 1;
            base.sum_w += w;
            base.sum_w_squared += w * w;
            base.units.insert(unit_of_row[i] as usize);
        }
        for (d, base) in bases.iter_mut().enumerate() {
            base.n_psus = design.n_psus_among(&base.units);
            base.degf = design.degf_of(&base.units, |i| code_of_row[i] == d as u32);
        }
        bases
    }

    /// The base of the rows that lie in at least one of several bases of one partition.
    pub fn union(design: &SurveyDesign, bases: &[&Self], is_member: impl Fn(usize) -> bool) -> Self {
        let mut units = UnitSet::new(design.n_units());
        let (mut n, mut sum_w, mut sum_w_squared) = (0, 0.0, 0.0);
        for base in bases {
            units.union_with(&base.units);
            n += base.n;
            sum_w += base.sum_w;
            sum_w_squared += base.sum_w_squared;
        }
        Self {
            n,
            sum_w,
            sum_w_squared,
            n_psus: design.n_psus_among(&units),
            degf: design.degf_of(&units, is_member),
            units,
        }
    }

    /// Kish's effective sample size (Σw)²/Σw².
    pub fn kish_n_eff(&self) -> f64 {
        self.sum_w * self.sum_w / self.sum_w_squared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_set_counts_and_lists_its_units() {
        let mut set = UnitSet::new(130);
        for unit in [0, 64, 129, 64] {
            set.insert(unit);
        }
        assert_eq!(set.len(), 3);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 64, 129]);
        assert!(set.contains(129) && !set.contains(1));
    }
}
