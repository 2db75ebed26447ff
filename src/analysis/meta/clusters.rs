//! Pooling estimates that are not independent: several from one survey, several surveys by one pollster.

use super::error::MetaError;
use super::fit::{Coefficient, Moderator, check, columns, critical, two_sided};
use super::tau2::{Tau2Method, at_covariance, scoring};
use crate::numeric::linalg::{Cholesky, SymmetricEigen};
use crate::numeric::matrix::Matrix;

/// Eigenvalues below this part of the largest are taken for zero: directions that the fit leaves nothing of.
const RANK_TOLERANCE: f64 = 1e-10;

/// How estimates depend on each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dependence<'a> {
    /// The survey of each estimate; estimates of one survey have correlated sampling errors.
    pub surveys: &'a [u32],
    /// The correlation of the sampling errors within a survey that the weights assume. The standard errors do not rest on it.
    pub correlation: f64,
    /// The cluster of each estimate, within which anything may be correlated. A survey lies in one cluster.
    pub clusters: &'a [u32],
}

/// A coefficient with degrees of freedom of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteredCoefficient {
    pub coefficient: Coefficient,
    pub degf: f64,
}

/// A meta-analysis with a variance that is robust against dependence within clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteredMeta {
    /// The intercept first.
    pub coefficients: Vec<ClusteredCoefficient>,
    /// Robust covariance of the coefficients.
    pub covariance: Matrix,
    pub tau2: f64,
    pub n_clusters: usize,
}

/// Pools dependent estimates by random effects, with cluster-robust standard errors corrected for few clusters.
///
/// Use it where one survey gives several estimates, or one pollster several surveys: the pooled value uses a working
/// covariance, its standard error only that clusters are independent.
///
/// # Definition
/// Φ = V + τ²I with V_ij = r √(v_i v_j) within a survey; τ² by REML; b = M X'Φ⁻¹y, M = (X'Φ⁻¹X)⁻¹. The covariance is
/// M Σ_g X_g'W_g A_g e_g e_g'A_g W_g X_g M over clusters g (CR2): A_g = D_g'B_g^(−1/2) D_g, B_g = D_g(Φ_g − X_g M X_g')D_g',
/// D_g the upper Cholesky factor of Φ_g. Degrees of freedom (tr P)²/ΣΣ P_gh², P_gh = p_g'Φ p_h, by Satterthwaite.
///
/// # Shapes and units
/// As for [`meta_analysis`](super::meta_analysis), with one survey and one cluster an estimate.
///
/// # Errors
/// As for `meta_analysis`; a correlation outside 0..1, fewer than two clusters, a survey in two clusters.
///
/// # Agreement
/// With one estimate a cluster and equal variances the standard error and degrees of freedom are those of Hartung and
/// Knapp; R metafor 3.8 `rma.mv` with clubSandwich 0.5 in the tests.
///
/// # References
/// Bell and McCaffrey (2002), Survey Methodology 28; Tipton (2015), Psychological Methods 20; Pustejovsky and Tipton (2018),
/// Journal of Business & Economic Statistics 36; Hedges, Tipton and Johnson (2010), Research Synthesis Methods 1.
pub fn clustered_meta_analysis(
    y: &[f64],
    v: &[f64],
    moderators: &[Moderator<'_>],
    dependence: Dependence<'_>,
    level: f64,
) -> Result<ClusteredMeta, MetaError> {
    check(y, v, moderators.len() + 2)?;
    if !(level > 0.0 && level < 1.0) {
        return Err(MetaError::Level(level));
    }
    let x = columns(y.len(), moderators)?;
    let clusters = members(y.len(), dependence)?;
    let sampling = Matrix::from_fn(y.len(), y.len(), |i, j| match () {
        () if i == j => v[i],
        () if dependence.surveys[i] == dependence.surveys[j] => dependence.correlation * (v[i] * v[j]).sqrt(),
        () => 0.0,
    });
    let at = |tau2: f64| at_covariance(y, &x, &plus_diagonal(&sampling, tau2));
    let scale = v.iter().sum::<f64>() / v.len() as f64;
    let tau2 = scoring(scale, scale, Tau2Method::Reml, at)?;
    let working = plus_diagonal(&sampling, tau2);
    let fit = at_covariance(y, &x, &working)?;
    let robust = Robust::new(y, &x, &working, &fit.coefficients, &fit.covariance, &clusters)?;
    let names = std::iter::once("intrcpt").chain(moderators.iter().map(|m| m.name.as_str()));
    let coefficient = |(j, name): (usize, &str)| {
        let (estimate, se, degf) = (fit.coefficients[j], robust.covariance[(j, j)].max(0.0).sqrt(), robust.degf[j]);
        let reach = critical(degf, level) * se;
        let statistic = estimate / se;
        let coefficient = Coefficient {
            name: name.to_string(),
            estimate,
            se,
            ci_low: estimate - reach,
            ci_high: estimate + reach,
            statistic,
            p_value: two_sided(statistic, degf),
        };
        ClusteredCoefficient { coefficient, degf }
    };
    Ok(ClusteredMeta {
        coefficients: names.enumerate().map(coefficient).collect(),
        covariance: robust.covariance,
        tau2,
        n_clusters: clusters.len(),
    })
}

fn plus_diagonal(matrix: &Matrix, addend: f64) -> Matrix {
    let n = matrix.n_rows();
    Matrix::from_fn(n, n, |i, j| matrix[(i, j)] + if i == j { addend } else { 0.0 })
}

/// The estimates of each cluster, checked.
fn members(k: usize, dependence: Dependence<'_>) -> Result<Vec<Vec<usize>>, MetaError> {
    for (what, codes) in [("the surveys", dependence.surveys), ("the clusters", dependence.clusters)] {
        if codes.len() != k {
            return Err(MetaError::Length { what: what.to_string(), got: codes.len(), expected: k });
        }
    }
    let correlation = dependence.correlation;
    if !(0.0..1.0).contains(&correlation) {
        let (what, expected) = ("the correlation within surveys", "0 or more and below 1");
        return Err(MetaError::OutOfRange { what, position: 1, got: correlation, expected });
    }
    for i in 0..k {
        let first = (0..i).find(|&j| dependence.surveys[j] == dependence.surveys[i]);
        if first.is_some_and(|j| dependence.clusters[j] != dependence.clusters[i]) {
            let (what, expected) = ("the cluster", "that of the other estimates of its survey");
            let got = f64::from(dependence.clusters[i]);
            return Err(MetaError::OutOfRange { what, position: i + 1, got, expected });
        }
    }
    let mut codes = dependence.clusters.to_vec();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() < 2 {
        return Err(MetaError::TooFewClusters { got: codes.len() });
    }
    Ok(codes.iter().map(|code| (0..k).filter(|&i| dependence.clusters[i] == *code).collect()).collect())
}

/// The corrected covariance and the degrees of freedom of each coefficient.
struct Robust {
    covariance: Matrix,
    degf: Vec<f64>,
}

impl Robust {
    fn new(
        y: &[f64],
        x: &Matrix,
        working: &Matrix,
        coefficients: &[f64],
        bread: &Matrix,
        clusters: &[Vec<usize>],
    ) -> Result<Self, MetaError> {
        let (k, p) = (y.len(), x.n_columns());
        let all: Vec<usize> = (0..p).collect();
        let inverse = Cholesky::of(working)?.inverse();
        let fitted = x.times_vector(coefficients);
        // I − X M X'W: what is left of an error after the fit.
        let left = Matrix::identity(k).minus(&x.times(bread).times(&x.transposed()).times(&inverse));
        let mut covariance = Matrix::zeros(p, p);
        let mut effects = vec![Matrix::zeros(clusters.len(), k); p];
        for (g, own) in clusters.iter().enumerate() {
            let rows = x.select(own, &all);
            let block = working.select(own, own);
            let upper = Cholesky::of(&block)?.lower().transposed();
            let inner = block.minus(&bread.congruence(&rows)).congruence(&upper);
            let eigen = SymmetricEigen::of(&inner)?;
            let most = eigen.values().iter().copied().fold(0.0, f64::max);
            let root = eigen.map(|value| if value > RANK_TOLERANCE * most { 1.0 / value.sqrt() } else { 0.0 });
            let adjust = upper.transposed().times(&root).times(&upper);
            // Columns: the weight of each adjusted residual of the cluster in each coefficient.
            let ends = adjust.times(&inverse.select(own, own)).times(&rows).times(bread);
            let residuals: Vec<f64> = own.iter().map(|&i| y[i] - fitted[i]).collect();
            let score = ends.transposed().times_vector(&residuals);
            covariance = covariance.plus(&Matrix::from_fn(p, p, |a, b| score[a] * score[b]));
            let along = ends.transposed().times(&left.select(own, &(0..k).collect::<Vec<_>>()));
            for (j, effect) in effects.iter_mut().enumerate() {
                effect.row_mut(g).copy_from_slice(along.row(j));
            }
        }
        let degf = |effect: &Matrix| {
            let products = working.congruence(effect);
            let squares: f64 = products.as_slice().iter().map(|value| value * value).sum();
            products.trace() * products.trace() / squares
        };
        Ok(Robust { covariance, degf: effects.iter().map(degf).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::meta::{MetaTest, meta_analysis};

    const Y: [f64; 6] = [-0.12, -0.05, -0.09, 0.02, -0.15, -0.01];
    const V: [f64; 6] = [0.0009, 0.0004, 0.0016, 0.0004, 0.0025, 0.0009];

    fn alone(y: &[f64], v: &[f64]) -> ClusteredMeta {
        let codes: Vec<u32> = (0..y.len() as u32).collect();
        let dependence = Dependence { surveys: &codes, correlation: 0.8, clusters: &codes };
        clustered_meta_analysis(y, v, &[], dependence, 0.95).unwrap()
    }

    #[test]
    fn equal_variances_and_clusters_of_one_are_hartung_and_knapp() {
        let (plain, robust) = (
            meta_analysis(&Y, &[0.001; 6], &[], Tau2Method::Reml, MetaTest::HartungKnapp, 0.95).unwrap(),
            alone(&Y, &[0.001; 6]),
        );
        let (a, b) = (&plain.coefficients[0], &robust.coefficients[0]);
        assert!((a.estimate - b.coefficient.estimate).abs() < 1e-12);
        assert!((a.se - b.coefficient.se).abs() < 1e-10, "{} {}", a.se, b.coefficient.se);
        assert!((b.degf - 5.0).abs() < 1e-9, "{}", b.degf);
    }

    #[test]
    fn without_dependence_the_weights_are_those_of_the_plain_analysis() {
        let plain = meta_analysis(&Y, &V, &[], Tau2Method::Reml, MetaTest::HartungKnapp, 0.95).unwrap();
        let robust = alone(&Y, &V);
        assert!((plain.heterogeneity.tau2 - robust.tau2).abs() < 1e-10);
        assert!((plain.coefficients[0].estimate - robust.coefficients[0].coefficient.estimate).abs() < 1e-9);
    }

    #[test]
    fn a_survey_given_twice_with_full_correlation_counts_about_once() {
        let (y, v) = ([Y[0], Y[0], Y[1], Y[2]], [V[0], V[0], V[1], V[2]]);
        let codes = [0, 0, 1, 2];
        let dependence = |correlation| Dependence { surveys: &codes, correlation, clusters: &codes };
        let pooled = |correlation| {
            let fit = clustered_meta_analysis(&y, &v, &[], dependence(correlation), 0.95).unwrap();
            fit.coefficients[0].coefficient.estimate
        };
        // The doubled survey pulls less when its two values are known to be nearly one.
        assert!(pooled(0.99) > pooled(0.0) && Y[0] < Y[1]);
    }

    /// R 4.2.2, metafor 3.8 `rma.mv(y, V, mods, random = ~1|id)` with `V = impute_covariance_matrix(v, survey, 0.6)`, and
    /// clubSandwich 0.5.8 `coef_test(vcov = "CR2", cluster, test = "Satterthwaite")`; its optimiser stops at about 1e-7.
    #[test]
    fn agrees_with_r_where_surveys_and_clusters_differ() {
        let y = [-0.12, -0.05, -0.09, 0.02, -0.15, -0.01, -0.06];
        let v = [0.0009, 0.0004, 0.0016, 0.0004, 0.0025, 0.0009, 0.0010];
        let (surveys, clusters) = ([1, 1, 2, 3, 4, 4, 5], [1, 1, 1, 2, 3, 3, 4]);
        let dependence = Dependence { surveys: &surveys, correlation: 0.6, clusters: &clusters };
        let near = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-5, "{got} instead of {want}");
        let fit = clustered_meta_analysis(&y, &v, &[], dependence, 0.95).unwrap();
        let pooled = &fit.coefficients[0];
        near(fit.tau2, 0.00296232395896);
        near(pooled.coefficient.estimate, -0.057549572579);
        near(pooled.coefficient.se, 0.0224475244808);
        near(pooled.degf, 2.47179037027);
        near(pooled.coefficient.p_value, 0.100719361209);
        let year = Moderator { name: "year".to_string(), values: &[0.0, 1.0, 1.0, 2.0, 3.0, 4.0, 4.0] };
        let fit = clustered_meta_analysis(&y, &v, &[year], dependence, 0.95).unwrap();
        near(fit.tau2, 0.00298036813726);
        for (j, (estimate, se, degf)) in
            [(-0.086455700467, 0.0389973959950, 1.17950709774), (0.013837634542, 0.0118228158414, 2.02080272583)]
                .into_iter()
                .enumerate()
        {
            near(fit.coefficients[j].coefficient.estimate, estimate);
            near(fit.coefficients[j].coefficient.se, se);
            near(fit.coefficients[j].degf, degf);
        }
    }

    #[test]
    fn bad_dependence_is_an_error() {
        let run = |surveys: &[u32], clusters: &[u32], correlation| {
            clustered_meta_analysis(&Y, &V, &[], Dependence { surveys, correlation, clusters }, 0.95)
        };
        let six = [0, 1, 2, 3, 4, 5];
        assert!(matches!(run(&six, &[7; 6], 0.5), Err(MetaError::TooFewClusters { got: 1 })));
        assert!(matches!(run(&six[..5], &six, 0.5), Err(MetaError::Length { .. })));
        assert!(run(&six, &six, 1.0).is_err() && run(&six, &six, f64::NAN).is_err());
        assert!(run(&[0, 0, 1, 2, 3, 4], &six, 0.5).is_err());
    }
}
