//! Domains as masks on the whole design, and the base of each.

use std::sync::Arc;

use super::codes::{Codes, MISSING};
use super::members::{Count, MembersByDomain};
use super::survey_design::SurveyDesign;

/// A partition of the rows into domains; a row may lie in none. Rows are never dropped: the units of the design that
/// have no members in a domain stay in its variance with totals of 0.
#[derive(Clone, Debug)]
pub struct Domains {
    code_of_row: Arc<Vec<u32>>,
    labels: Vec<String>,
}

impl Domains {
    /// All rows as one domain.
    pub fn whole(n_rows: usize) -> Self {
        Self { code_of_row: Arc::new(vec![0; n_rows]), labels: vec!["all".to_string()] }
    }

    /// The rows where the mask is true as one domain.
    pub fn mask(label: impl Into<String>, mask: &[bool]) -> Self {
        let code_of_row = Arc::new(mask.iter().map(|&m| if m { 0 } else { MISSING }).collect());
        Self { code_of_row, labels: vec![label.into()] }
    }

    /// One domain a label; rows without a label lie in none.
    pub fn by(codes: &Codes) -> Self {
        Self { code_of_row: codes.shared(), labels: codes.labels().to_vec() }
    }

    /// The same domains, restricted to the rows where the mask is true.
    pub fn within(mut self, mask: &[bool]) -> Self {
        for (code, &keep) in Arc::make_mut(&mut self.code_of_row).iter_mut().zip(mask) {
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

    /// The names of the domains, and the domain of each row.
    pub(crate) fn into_parts(self) -> (Vec<String>, Vec<u32>) {
        (self.labels, Arc::unwrap_or_clone(self.code_of_row))
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
        let (word, bit) = (&mut self.0[unit / 64], 1 << (unit % 64));
        // Most are there already, and what is not written need not be waited for by the next.
        if *word & bit == 0 {
            *word |= bit;
        }
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
    /// Units of the last stage that counts with members; not kept where rows are the units.
    pub units: UnitSet,
    /// Strata of the first stage with members, where rows are the units.
    strata: UnitSet,
    /// First-stage units with members; `None` where the design has replicate weights only.
    pub n_psus: Option<usize>,
    /// Degrees of freedom.
    pub degf: f64,
}

impl Base {
    fn empty(design: &SurveyDesign) -> Self {
        let (n_units, n_strata) = match design.row_units() {
            Some(rows) => (0, rows.n.len()),
            None => (design.n_units(), 0),
        };
        let (units, strata) = (UnitSet::new(n_units), UnitSet::new(n_strata));
        Self { n: 0, sum_w: 0.0, sum_w_squared: 0.0, units, strata, n_psus: None, degf: 0.0 }
    }

    /// The bases of a partition of the rows; code [`MISSING`] and weight 0 are outside. Degrees of freedom that are known
    /// already spare replicate designs the rank of their weights.
    pub fn of_partition(
        design: &SurveyDesign,
        code_of_row: &[u32],
        n_domains: usize,
        known_degf: Option<f64>,
    ) -> Vec<Self> {
        let rows = design.row_units();
        let (unit_of_row, n_units) =
            rows.as_ref().map_or_else(|| (design.unit_of_row(), design.n_units()), |r| (r.stratum_of_row, r.n.len()));
        let mut members = MembersByDomain::new(n_domains, n_units);
        members.add(design.weights(), unit_of_row, code_of_row);
        let base = |(Count { n, sum_w, sum_w_squared }, set)| {
            let empty = Base { n, sum_w, sum_w_squared, ..Self::empty(design) };
            if rows.is_some() { Base { strata: set, ..empty } } else { Base { units: set, ..empty } }
        };
        let mut bases: Vec<Self> = members.finish().map(base).collect();
        for (d, base) in bases.iter_mut().enumerate() {
            base.count(design, known_degf, |i| code_of_row[i] == d as u32);
        }
        bases
    }

    /// The base of the rows that lie in at least one of several bases of one partition.
    pub fn union(
        design: &SurveyDesign,
        bases: &[&Self],
        known_degf: Option<f64>,
        is_member: impl Fn(usize) -> bool,
    ) -> Self {
        let mut union = Self::empty(design);
        bases.iter().for_each(|base| union.add(base));
        union.count(design, known_degf, is_member);
        union
    }

    /// Adds the rows of another base, none of which is in this one.
    fn add(&mut self, other: &Self) {
        self.units.union_with(&other.units);
        self.strata.union_with(&other.strata);
        self.n += other.n;
        self.sum_w += other.sum_w;
        self.sum_w_squared += other.sum_w_squared;
    }

    /// A base whose units with members are known, for a design without replicate weights.
    pub(crate) fn from_units(design: &SurveyDesign, n: usize, sum_w: f64, sum_w_squared: f64, units: UnitSet) -> Self {
        let mut base = Self { n, sum_w, sum_w_squared, units, ..Self::empty(design) };
        base.count(design, None, |_| true);
        base
    }

    /// A base whose units with members and degrees of freedom are known, for a design with replicate weights.
    pub(crate) fn of_replicates(
        design: &SurveyDesign,
        (n, sum_w, sum_w_squared): (usize, f64, f64),
        units: UnitSet,
        degf: f64,
    ) -> Self {
        let n_psus = design.n_psus_among(&units);
        Self { n, sum_w, sum_w_squared, units, n_psus, degf, ..Self::empty(design) }
    }

    /// A base whose strata with members are known, for a design in which rows are the units.
    pub(crate) fn from_strata(
        design: &SurveyDesign,
        n: usize,
        sum_w: f64,
        sum_w_squared: f64,
        strata: UnitSet,
    ) -> Self {
        let mut base = Self { n, sum_w, sum_w_squared, strata, ..Self::empty(design) };
        base.count(design, None, |_| true);
        base
    }

    fn count(&mut self, design: &SurveyDesign, known_degf: Option<f64>, is_member: impl Fn(usize) -> bool) {
        if design.row_units().is_some() {
            self.n_psus = Some(self.n);
            self.degf = self.n as f64 - self.strata.len() as f64;
        } else {
            self.n_psus = design.n_psus_among(&self.units);
            self.degf = match (known_degf, design.replicates()) {
                (Some(known), Some(_)) => known,
                _ => design.degf_of(&self.units, is_member),
            };
        }
    }

    /// Strata of the first stage with members, where rows are the units.
    pub(super) fn strata(&self) -> &UnitSet {
        &self.strata
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
