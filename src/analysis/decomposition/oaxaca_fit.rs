//! The regressions behind a split, as a statistic of the weights.

use super::error::DecompositionError;
use super::oaxaca::{Model, PartKind, Reference};
use super::oaxaca_parts::{Ingredients, kinds, outputs};
use super::predictors::Layout;
use crate::estimate::Statistic;
use crate::model::{Equations, Family, Link};
use crate::numeric::dual::Dual;
use crate::numeric::matrix::Matrix;

impl Model {
    fn family(self) -> Family {
        match self {
            Self::Linear => Family::Gaussian,
            Self::Logit => Family::Binomial,
        }
    }

    fn link(self) -> Link {
        self.family().canonical_link()
    }
}

/// A group with its regression.
pub(super) struct Group {
    pub name: String,
    pub rows: Vec<usize>,
    detail: Matrix,
    equations: Equations,
}

impl Group {
    pub fn new(
        name: &str,
        rows: Vec<usize>,
        outcome: &[f64],
        layout: &Layout<'_>,
        model: Model,
    ) -> Result<Self, DecompositionError> {
        if let Some((variable, level)) = layout.level_without_rows(&rows) {
            return Err(DecompositionError::LevelWithoutRows { variable, level, group: name.to_owned() });
        }
        let response = rows.iter().map(|i| outcome[*i]).collect();
        let equations = Equations::new(layout.regression(&rows), response, model.family(), model.link())?;
        Ok(Self { name: name.to_owned(), detail: layout.detail(&rows), rows, equations })
    }
}

/// The regression of all rows.
struct Pooled {
    equations: Equations,
    /// Whether the last column says who is in the first group.
    has_group: bool,
}

/// A set of coefficients with the positions of their parameters and the score of each row.
struct Fitted {
    coefficients: Vec<f64>,
    start: usize,
    scores: Option<Matrix>,
}

/// A split as a statistic of the weights.
pub(super) struct Split<'a> {
    groups: [Group; 2],
    pooled: Option<Pooled>,
    layout: &'a Layout<'a>,
    model: Model,
    reference: Reference,
}

/// Parameters of the split with the derivative of each by the weight of each row of the two groups.
struct Parameters {
    outputs: Vec<Dual>,
    /// A row for each row of the first group, then of the second; a column a parameter.
    scores: Option<Matrix>,
}

impl<'a> Split<'a> {
    pub fn new(
        groups: [Group; 2],
        outcome: &[f64],
        layout: &'a Layout<'a>,
        model: Model,
        reference: Reference,
    ) -> Result<Self, DecompositionError> {
        let has_group = reference == Reference::PooledWithGroup;
        let pooled = match reference {
            Reference::Pooled | Reference::PooledWithGroup => {
                let rows: Vec<usize> = groups.iter().flat_map(|g| g.rows.iter().copied()).collect();
                let x = layout.regression(&rows);
                let (k, n_first) = (x.n_columns(), groups[0].rows.len());
                let x = Matrix::from_fn(rows.len(), k + usize::from(has_group), |i, j| match j < k {
                    true => x[(i, j)],
                    false => f64::from(u8::from(i < n_first)),
                });
                let response = rows.iter().map(|i| outcome[*i]).collect();
                Some(Pooled { equations: Equations::new(x, response, model.family(), model.link())?, has_group })
            }
            _ => None,
        };
        Ok(Self { groups, pooled, layout, model, reference })
    }

    /// The kinds of parts in order.
    pub fn kinds(&self) -> &'static [PartKind] {
        kinds(self.reference)
    }

    /// The rows of both groups.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.groups.iter().flat_map(|g| g.rows.iter().copied())
    }

    /// Refuses regressions without a finite, unique solution under the weights of the sample.
    pub fn check(&self, weights: &[f64]) -> Result<(), DecompositionError> {
        let names = |columns: Vec<usize>| -> String {
            let name = |j: &usize| {
                self.layout.fitted.get(*j).map_or_else(|| "the group".to_owned(), |name| format!("`{name}`"))
            };
            columns.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let groups = self.groups.iter().map(|g| (g.name.clone(), &g.equations, self.pick(&g.rows, weights)));
        let all: Vec<usize> = self.rows().collect();
        let pooled =
            self.pooled.iter().map(|p| ("both groups together".to_owned(), &p.equations, self.pick(&all, weights)));
        for (group, equations, weights) in groups.chain(pooled) {
            let collinear = equations.collinear(&weights);
            if !collinear.is_empty() {
                return Err(DecompositionError::Collinear { group, columns: names(collinear) });
            }
            let separated = equations.solve(&weights)?.separated;
            if !separated.is_empty() {
                return Err(DecompositionError::Separated { group, columns: names(separated) });
            }
        }
        Ok(())
    }

    fn pick(&self, rows: &[usize], weights: &[f64]) -> Vec<f64> {
        rows.iter().map(|i| weights[*i]).collect()
    }

    /// Everything under some weights; `None` where a regression has no solution.
    fn evaluate(&self, weights: &[f64], with_scores: bool) -> Option<Parameters> {
        let weights_of: Vec<Vec<f64>> = self.groups.iter().map(|g| self.pick(&g.rows, weights)).collect();
        let totals: Vec<f64> = weights_of.iter().map(|w| w.iter().sum()).collect();
        if totals.iter().any(|total| *total <= 0.0) {
            return None;
        }
        let fit = |equations: &Equations, weights: &[f64], start: usize| -> Option<Fitted> {
            if !with_scores {
                let coefficients = equations.coefficients(weights).ok()?;
                return Some(Fitted { coefficients, start, scores: None });
            }
            let solution = equations.solve(weights).ok()?;
            Some(Fitted { coefficients: solution.coefficients, start, scores: Some(solution.scores) })
        };
        let p = self.layout.fitted.len();
        let q = self.layout.columns.len();
        let mut fits = vec![
            fit(&self.groups[0].equations, &weights_of[0], 0)?,
            fit(&self.groups[1].equations, &weights_of[1], p)?,
        ];
        let mut n = 2 * p;
        if let Some(pooled) = &self.pooled {
            fits.push(fit(&pooled.equations, &weights_of.concat(), n)?);
            n += pooled.equations.x().n_columns();
        }
        // Then the means of both groups, their six mean predictions at fixed coefficients, and the share of the first.
        let (means_at, predictions_at, share_at) = (n, n + 2 * q, n + 2 * q + 6);
        let size = if with_scores { share_at + 1 } else { 0 };
        let parameter = |value: f64, at: usize| match with_scores {
            true => Dual::parameter(value, at, size),
            false => Dual::constant(value),
        };
        let means = [0, 1].map(|side| {
            let (detail, weights) = (&self.groups[side].detail, &weights_of[side]);
            let mean = |j: usize| (0..weights.len()).map(|k| weights[k] * detail[(k, j)]).sum::<f64>() / totals[side];
            (0..q).map(|j| parameter(mean(j), means_at + side * q + j)).collect::<Vec<Dual>>()
        });
        let share = parameter(totals[0] / (totals[0] + totals[1]), share_at);
        let own = |f: usize| -> Vec<Dual> {
            fits[f].coefficients.iter().enumerate().map(|(j, b)| parameter(*b, fits[f].start + j)).collect()
        };
        let fitted = [own(0), own(1), self.reference_coefficients(&own, &share)];
        let coefficients = fitted.map(|fitted| self.expanded(&fitted));
        let link = self.model.link();
        // Mean predictions with the coefficients held fixed, and then moved along.
        let mut fixed = vec![Vec::new(); 6];
        let mut predict = |side: usize, at: usize| {
            let (detail, weights) = (&self.groups[side].detail, &weights_of[side]);
            let beta: Vec<f64> = coefficients[at].iter().map(|b| b.value).collect();
            let eta = detail.times_vector(&beta);
            let mu: Vec<f64> = eta.iter().map(|eta| link.mu(*eta)).collect();
            let value = mu.iter().zip(weights).map(|(m, w)| m * w).sum::<f64>() / totals[side];
            let mut prediction = parameter(value, predictions_at + 3 * side + at);
            if with_scores {
                for (j, beta) in coefficients[at].iter().enumerate() {
                    let slope = |k: usize| weights[k] * link.slope(eta[k]) * detail[(k, j)];
                    let slope = (0..weights.len()).map(slope).sum::<f64>() / totals[side];
                    prediction.gradient.iter_mut().zip(&beta.gradient).for_each(|(sum, g)| *sum += slope * g);
                }
                fixed[3 * side + at] = mu.iter().map(|m| (m - value) / totals[side]).collect();
            }
            prediction
        };
        let predictions = [0, 1].map(|side| [0, 1, 2].map(|at| predict(side, at)));
        let ingredients = Ingredients { means, coefficients, predictions };
        let scores = with_scores.then(|| {
            let n_first = self.groups[0].rows.len();
            let mut scores = Matrix::zeros(n_first + self.groups[1].rows.len(), size);
            for (f, fit) in fits.iter().enumerate() {
                let first_row = if f == 1 { n_first } else { 0 };
                let Some(own) = &fit.scores else { continue };
                for k in 0..own.n_rows() {
                    scores.row_mut(first_row + k)[fit.start..fit.start + own.n_columns()].copy_from_slice(own.row(k));
                }
            }
            let sum = totals[0] + totals[1];
            for side in [0, 1] {
                let detail = &self.groups[side].detail;
                for k in 0..detail.n_rows() {
                    let row = scores.row_mut(side * n_first + k);
                    for j in 0..q {
                        let mean = ingredients.means[side][j].value;
                        row[means_at + side * q + j] = (detail[(k, j)] - mean) / totals[side];
                    }
                    (0..3).for_each(|at| row[predictions_at + 3 * side + at] = fixed[3 * side + at][k]);
                    let is_first = if side == 0 { 1.0 } else { 0.0 };
                    row[share_at] = (is_first - totals[0] / sum) / sum;
                }
            }
            scores
        });
        Some(Parameters { outputs: outputs(&ingredients, self.layout, self.model, self.reference), scores })
    }

    /// The reference coefficients of the regression; `own` gives those of a fit.
    fn reference_coefficients(&self, own: &dyn Fn(usize) -> Vec<Dual>, share: &Dual) -> Vec<Dual> {
        match self.reference {
            Reference::First => own(0),
            Reference::Second | Reference::Threefold => own(1),
            Reference::Average(weight) => {
                let mixed = |(a, b): (Dual, Dual)| a.scaled(weight).plus(&b.scaled(1.0 - weight));
                own(0).into_iter().zip(own(1)).map(mixed).collect()
            }
            Reference::Pooled | Reference::PooledWithGroup => {
                let mut coefficients = own(2);
                if self.pooled.as_ref().is_some_and(|p| p.has_group) {
                    // The indicator at its mean: the constant takes it in.
                    if let Some(of_group) = coefficients.pop() {
                        coefficients[0] = coefficients[0].plus(&of_group.times(share));
                    }
                }
                coefficients
            }
        }
    }

    /// Coefficients of the detail from those of a regression.
    fn expanded(&self, fitted: &[Dual]) -> Vec<Dual> {
        let expansion = &self.layout.expansion;
        let row = |i: usize| {
            let entries = fitted.iter().enumerate().filter(|(j, _)| expansion[(i, *j)] != 0.0);
            entries.fold(Dual::constant(0.0), |sum, (j, b)| sum.plus(&b.scaled(expansion[(i, j)])))
        };
        (0..expansion.n_rows()).map(row).collect()
    }
}

impl Statistic for Split<'_> {
    fn names(&self) -> Vec<String> {
        let mut names = vec![format!("mean {}", self.groups[0].name), format!("mean {}", self.groups[1].name)];
        names.push("gap".to_owned());
        for kind in self.kinds() {
            let kind = format!("{kind:?}").to_lowercase();
            names.push(kind.clone());
            names.extend(self.layout.terms.iter().map(|term| format!("{kind} {term}")));
            names.extend(
                self.layout
                    .columns
                    .iter()
                    .map(|(column, term)| format!("{kind} {}: {column}", self.layout.terms[*term])),
            );
        }
        names
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let parameters = self.evaluate(weights, false)?;
        Some(parameters.outputs.into_iter().map(|o| o.value).collect())
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        let Some(Parameters { outputs, scores: Some(scores) }) = self.evaluate(weights, true) else {
            return vec![vec![0.0; weights.len()]; self.names().len()];
        };
        let rows: Vec<usize> = self.rows().collect();
        let column = |output: Dual| {
            let mut column = vec![0.0; weights.len()];
            for (k, i) in rows.iter().enumerate() {
                column[*i] = output.gradient.iter().zip(scores.row(k)).map(|(g, s)| g * s).sum();
            }
            column
        };
        outputs.into_iter().map(column).collect()
    }
}
