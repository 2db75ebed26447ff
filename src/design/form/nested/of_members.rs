//! Sums of squares and products where only units with members of a domain have scores: all others have the score 0, and of a
//! stratum they are added at once.

use rayon::prelude::*;

use super::Level;
use crate::design::form::MemberScores;
use crate::numeric::matrix::Matrix;

/// The strata that a domain reaches; empty between two domains.
struct Reached {
    /// By stratum, the sums of the scores, then their means.
    means: Vec<f64>,
    /// By stratum, weights of the units without members.
    others: Vec<f64>,
    n_members: Vec<f64>,
    strata: Vec<usize>,
}

impl Level {
    /// The weighted squares around stratum means by column.
    pub(super) fn squares_of_members(&self, scores: &MemberScores) -> Vec<f64> {
        let mut variances = vec![0.0; scores.n_columns()];
        let all_weights = self.weights_of_strata();
        let of_domain = |reached: &mut Reached, (domain, variances): (usize, &mut [f64])| {
            self.for_each_rest(scores, domain, reached, &all_weights, |weight, rests| {
                for (variance, rest) in variances.iter_mut().zip(rests) {
                    *variance += weight * rest * rest;
                }
            });
        };
        let empty = || Reached::none(&all_weights, scores.width());
        variances.par_chunks_mut(scores.width().max(1)).enumerate().for_each_init(empty, of_domain);
        variances
    }

    /// The weighted products around stratum means of some columns, row by row; none unless all are columns of one domain.
    pub(super) fn products_of_members(&self, scores: &MemberScores, columns: &[usize]) -> Option<Vec<f64>> {
        let width = scores.width();
        let domain = columns.first()? / width;
        if columns.iter().any(|column| column / width != domain) {
            return None;
        }
        let n = scores.index().n_members(domain) + self.strata.len();
        let (mut rests, mut weights) = (Vec::with_capacity(n * columns.len()), Vec::with_capacity(n));
        let places: Vec<usize> = columns.iter().map(|column| column % width).collect();
        let are_all = places.iter().copied().eq(0..width);
        let all_weights = self.weights_of_strata();
        let mut reached = Reached::none(&all_weights, width);
        self.for_each_rest(scores, domain, &mut reached, &all_weights, |weight, all| {
            weights.push(weight);
            if are_all {
                rests.extend_from_slice(all);
            } else {
                rests.extend(places.iter().map(|place| all[*place]));
            }
        });
        Some(Matrix::from_vec(weights.len(), columns.len(), rests).cross_product(Some(&weights)).into_vec())
    }

    fn weight(&self, unit: usize) -> f64 {
        let root = self.root(unit, self.stratum_of_unit[unit] as usize);
        root * root
    }

    /// By stratum the weights of all units.
    fn weights_of_strata(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.strata.len()];
        for (unit, &h) in self.stratum_of_unit.iter().enumerate() {
            weights[h as usize] += self.weight(unit);
        }
        weights
    }

    /// Shows what the columns of each unit of a domain differ from their stratum means, with the unit's weight; and of each
    /// stratum with units without members the means themselves, with the weight of those units.
    fn for_each_rest(
        &self,
        scores: &MemberScores,
        domain: usize,
        reached: &mut Reached,
        all_weights: &[f64],
        mut show: impl FnMut(f64, &[f64]),
    ) {
        let (index, width) = (scores.index(), scores.width());
        for (pair, unit) in index.members(domain) {
            let h = self.stratum_of_unit[unit] as usize;
            if reached.n_members[h] == 0.0 {
                reached.strata.push(h);
            }
            reached.n_members[h] += 1.0;
            reached.others[h] -= self.weight(unit);
            let sums = &mut reached.means[h * width..(h + 1) * width];
            sums.iter_mut().zip(scores.of_pair(pair)).for_each(|(sum, t)| *sum += t);
        }
        for &h in &reached.strata {
            reached.means[h * width..(h + 1) * width].iter_mut().for_each(|sum| *sum /= self.strata[h].n);
        }
        let mut rests = vec![0.0; width];
        for (pair, unit) in index.members(domain) {
            let means = &reached.means[self.stratum_of_unit[unit] as usize * width..][..width];
            for ((rest, t), mean) in rests.iter_mut().zip(scores.of_pair(pair)).zip(means) {
                *rest = t - mean;
            }
            show(self.weight(unit), &rests);
        }
        for h in reached.strata.drain(..) {
            let means = &mut reached.means[h * width..(h + 1) * width];
            if reached.n_members[h] < self.strata[h].n {
                show(reached.others[h].max(0.0), means);
            }
            means.fill(0.0);
            (reached.others[h], reached.n_members[h]) = (all_weights[h], 0.0);
        }
    }
}

impl Reached {
    fn none(all_weights: &[f64], width: usize) -> Self {
        let n_strata = all_weights.len();
        Self {
            means: vec![0.0; n_strata * width],
            others: all_weights.to_vec(),
            n_members: vec![0.0; n_strata],
            strata: Vec::new(),
        }
    }
}
