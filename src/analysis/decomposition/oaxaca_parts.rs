//! The formulas of the parts, on numbers that carry their derivatives.

use super::oaxaca::{Model, PartKind, Reference};
use super::predictors::Layout;
use crate::numeric::dual::Dual;

/// What the parts are made of. Sides: 0 the first group, 1 the second.
pub(super) struct Ingredients {
    /// Mean of each column of the detail, by group.
    pub means: [Vec<Dual>; 2],
    /// Coefficients of the detail, by group; the third are the reference (those of the second group in a threefold split).
    pub coefficients: [Vec<Dual>; 3],
    /// Mean prediction of a group (first index) at coefficients (second index).
    pub predictions: [[Dual; 3]; 2],
}

/// The kinds of parts in order.
pub(super) fn kinds(reference: Reference) -> &'static [PartKind] {
    match reference {
        Reference::Threefold => &[PartKind::Endowments, PartKind::Coefficients, PartKind::Interaction],
        // One half of the unexplained part is no part then: a group's distance from itself.
        Reference::First | Reference::Second => &[PartKind::Explained, PartKind::Unexplained],
        _ => &[PartKind::Explained, PartKind::Unexplained, PartKind::UnexplainedFirst, PartKind::UnexplainedSecond],
    }
}

/// Means of the groups, gap, then each part: total, terms, columns.
pub(super) fn outputs(with: &Ingredients, layout: &Layout<'_>, model: Model, reference: Reference) -> Vec<Dual> {
    let mean = |side: usize| with.predictions[side][side].clone();
    let mut all = vec![mean(0), mean(1), mean(0).minus(&mean(1))];
    let first = coefficients_part(with, 0, [0, 2], model);
    let second = coefficients_part(with, 1, [2, 1], model);
    for kind in kinds(reference) {
        let (total, columns) = match kind {
            PartKind::Explained | PartKind::Endowments => composition_part(with, 2, model),
            PartKind::Unexplained if reference == Reference::First => second.clone(),
            PartKind::Unexplained if reference == Reference::Second => first.clone(),
            PartKind::Unexplained => {
                let columns = first.1.iter().zip(&second.1).map(|(a, b)| a.plus(b)).collect();
                (first.0.plus(&second.0), columns)
            }
            PartKind::UnexplainedFirst => first.clone(),
            PartKind::UnexplainedSecond => second.clone(),
            PartKind::Coefficients => coefficients_part(with, 1, [0, 1], model),
            PartKind::Interaction => interaction_part(with, model),
        };
        let of_term = |t: usize| Dual::sum(layout.columns.iter().zip(&columns).filter(|(c, _)| c.1 == t).map(|c| c.1));
        let terms: Vec<Dual> = (0..layout.terms.len()).map(of_term).collect();
        all.push(total);
        all.extend(terms);
        all.extend(columns);
    }
    all
}

/// The composition of the groups at some coefficients.
fn composition_part(with: &Ingredients, at: usize, model: Model) -> (Dual, Vec<Dual>) {
    let [first, second] = &with.means;
    let columns = first.iter().zip(second).zip(&with.coefficients[at]);
    let linear = columns.map(|((a, b), beta)| a.minus(b).times(beta)).collect();
    weighted(with.predictions[0][at].minus(&with.predictions[1][at]), linear, model)
}

/// Two sets of coefficients at the composition of a group.
fn coefficients_part(with: &Ingredients, side: usize, at: [usize; 2], model: Model) -> (Dual, Vec<Dual>) {
    let betas = with.coefficients[at[0]].iter().zip(&with.coefficients[at[1]]);
    let linear = with.means[side].iter().zip(betas).map(|(x, (a, b))| x.times(&a.minus(b))).collect();
    weighted(with.predictions[side][at[0]].minus(&with.predictions[side][at[1]]), linear, model)
}

fn interaction_part(with: &Ingredients, model: Model) -> (Dual, Vec<Dual>) {
    let [first, second] = &with.means;
    let betas = with.coefficients[0].iter().zip(&with.coefficients[1]);
    let columns = first.iter().zip(second).zip(betas);
    let linear = columns.map(|((a, b), (own, other))| a.minus(b).times(&own.minus(other))).collect();
    let [of_first, of_second] = &with.predictions;
    let total = of_first[0].minus(&of_first[1]).minus(&of_second[0]).plus(&of_second[1]);
    weighted(total, linear, model)
}

/// A total with its detail: the linear parts, scaled so that they add up to it.
fn weighted(total: Dual, linear: Vec<Dual>, model: Model) -> (Dual, Vec<Dual>) {
    if model == Model::Linear {
        return (total, linear);
    }
    let factor = total.over(&Dual::sum(&linear));
    let columns = linear.iter().map(|part| part.times(&factor)).collect();
    (total, columns)
}
