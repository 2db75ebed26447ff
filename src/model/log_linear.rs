//! Log-linear models of tables.

use super::error::ModelError;
use super::family::{Family, Link};
use super::irls::Stop;
use super::predictors::Predictors;
use super::problem::Problem;
use crate::design::{Codes, Domains, MISSING, SurveyDesign};
use crate::estimate::{DegfRule, MissingOutcome, Options, proportions};
use crate::numeric::dist::{ChiSquaredSum, SumMethod};
use crate::numeric::linalg::{Cholesky, SymmetricEigen, relative_eigenvalues};
use crate::numeric::matrix::Matrix;

/// A column of a nested model counts as explained when less than this share of its sum of squares is left.
const EXPLAINED: f64 = 1e-9;

/// A log-linear model of the shares of all combinations of answers, sum-to-zero contrasts.
#[derive(Clone, Debug)]
pub struct LogLinear {
    /// The names of the coefficients: question and number of the level, without the intercept.
    pub names: Vec<String>,
    pub coefficients: Vec<f64>,
    pub covariance: Matrix,
    /// Deviance of the table scaled to n.
    pub deviance: f64,
    /// Fitted counts, the first question fastest.
    pub fitted: Vec<f64>,
    /// Rows of the mask.
    pub n: f64,
    shares: Vec<f64>,
    share_covariance: Matrix,
    /// Columns without the intercept, centred.
    centred: Matrix,
}

/// Which generalised design effects the score statistic is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScoreEigenvalues {
    /// The eigenvalues of Δ.
    #[default]
    Exact,
    /// Those of the lower triangle of Δ mirrored, as R takes them though Δ is not symmetric; they depend on the coding.
    AsR,
}

/// The comparison of two nested log-linear models.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLinearTest {
    /// Difference of the deviances.
    pub deviance: f64,
    pub deviance_p: f64,
    /// Pearson's statistic of the fitted tables.
    pub score: f64,
    pub score_p: f64,
    /// Generalised design effects of the terms between the models, as the score statistic has them.
    pub lambda: Vec<f64>,
}

/// Fits a log-linear model to the table of several questions. `terms` lists sets of questions by position: `[0]` a main
/// effect, `[0, 1]` an interaction.
///
/// # Definition
/// With X centred, P = (diag π − ππ')/n and V the covariance of the shares: (X'PX)⁻¹X'VX(X'PX)⁻¹/n².
///
/// # Errors
/// Columns of another length than the design, a question with fewer than two levels, a term without such a question, terms
/// that explain one another.
///
/// # Agreement
/// R survey 4.1.1, `svyloglin`, 1e-6.
///
/// # References
/// Rao and Scott (1984), Annals of Statistics 12, section 3; Lumley (2010), *Complex Surveys*, section 6.3.
pub fn log_linear(
    design: &SurveyDesign,
    questions: &[(String, &Codes)],
    terms: &[Vec<usize>],
    mask: &[bool],
) -> Result<LogLinear, ModelError> {
    let (shares, share_covariance, n) = table(design, questions, mask)?;
    let columns = contrasts(questions, terms)?;
    let n_cells = shares.len();
    let x = Matrix::from_fn(n_cells, columns.len() + 1, |i, j| if j == 0 { 1.0 } else { columns[j - 1].1[i] });
    let problem = Problem {
        x: Predictors::dense(&x),
        y: shares.iter().map(|p| p * n).collect(),
        offset: None,
        family: Family::Poisson,
        link: Link::Log,
    };
    let stop = Stop { epsilon: 1e-13, max_iterations: 200 };
    let weights = vec![1.0; n_cells];
    let fit = problem.fit(&weights, None, stop)?;
    let centred = Matrix::from_fn(n_cells, columns.len(), |i, j| {
        columns[j].1[i] - columns[j].1.iter().sum::<f64>() / n_cells as f64
    });
    let means: Vec<f64> = problem.rows(&fit, &weights).iter().map(|row| row.mu).collect();
    let fitted: Vec<f64> = means.iter().map(|m| m / n).collect();
    let inverse = Cholesky::of(&multinomial(&fitted, n).congruence(&centred.transposed()))?.inverse();
    let middle = share_covariance.congruence(&centred.transposed());
    Ok(LogLinear {
        names: columns.into_iter().map(|c| c.0).collect(),
        coefficients: fit.coefficients[1..].to_vec(),
        covariance: middle.congruence(&inverse).scaled(1.0 / (n * n)),
        deviance: fit.deviance,
        fitted: means,
        n,
        shares,
        share_covariance,
        centred,
    })
}

/// Tests a log-linear model against a larger one: deviance and score statistics against the weighted sums of χ²(1) that
/// the design gives them (saddlepoint).
///
/// # Errors
/// Models of different tables, a larger model that adds nothing.
///
/// # Agreement
/// R survey 4.1.1, `anova.svyloglin`, 1e-4, with [`ScoreEigenvalues::AsR`].
///
/// # References
/// As for [`log_linear`].
pub fn log_linear_test(
    smaller: &LogLinear,
    larger: &LogLinear,
    eigenvalues: ScoreEigenvalues,
) -> Result<LogLinearTest, ModelError> {
    let n_cells = smaller.shares.len();
    if larger.shares.len() != n_cells {
        let (got, expected) = (larger.shares.len(), n_cells);
        return Err(ModelError::Length { what: "the table of the larger model".to_string(), got, expected });
    }
    let n = smaller.n;
    let fitted: Vec<f64> = larger.fitted.iter().map(|m| m / n).collect();
    let spread = multinomial(&fitted, n);
    // The columns of the larger model net of those of the smaller one.
    let (x1, x2) = (&smaller.centred, &larger.centred);
    let cross = |a: &Matrix, b: &Matrix| a.transposed().times(&spread).times(b);
    let slopes = Cholesky::of(&cross(x1, x1))?.solve_matrix(&cross(x1, x2))?;
    let net = independent(&x2.minus(&x1.times(&slopes)), x2);
    if net.n_columns() == 0 {
        return Err(ModelError::OutOfRange {
            what: "the number of terms that the larger model adds",
            got: 0.0,
            expected: "1 or more",
        });
    }
    let saturated = multinomial(&smaller.shares, n).congruence(&net.transposed());
    let by_design = smaller.share_covariance.congruence(&net.transposed());
    let lambda = relative_eigenvalues(&by_design, &saturated)?;
    let deviance_law = ChiSquaredSum::new(&lambda)?;
    let lambda = match eigenvalues {
        ScoreEigenvalues::Exact => lambda,
        ScoreEigenvalues::AsR => {
            let delta = Cholesky::of(&saturated)?.solve_matrix(&by_design)?;
            let mirrored = Matrix::from_fn(delta.n_rows(), delta.n_rows(), |i, j| delta[(i.max(j), i.min(j))]);
            SymmetricEigen::of(&mirrored)?.values().to_vec()
        }
    };
    let deviance = smaller.deviance - larger.deviance;
    let score = (0..n_cells)
        .map(|i| {
            let gap = larger.fitted[i] - smaller.fitted[i];
            gap * gap / smaller.fitted[i]
        })
        .sum();
    Ok(LogLinearTest {
        deviance,
        deviance_p: deviance_law.sf(deviance, SumMethod::Saddlepoint),
        score,
        score_p: ChiSquaredSum::new(&lambda)?.sf(score, SumMethod::Saddlepoint),
        lambda,
    })
}

/// (diag π − ππ')/n.
fn multinomial(p: &[f64], n: f64) -> Matrix {
    Matrix::from_fn(p.len(), p.len(), |i, j| (if i == j { p[i] } else { 0.0 } - p[i] * p[j]) / n)
}

/// The columns that earlier ones do not explain, judged by the size of the columns that they were made from.
fn independent(columns: &Matrix, origin: &Matrix) -> Matrix {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut kept = Vec::new();
    for j in 0..columns.n_columns() {
        let mut rest = columns.column(j);
        for _ in 0..2 {
            for b in &basis {
                let along: f64 = b.iter().zip(&rest).map(|(x, y)| x * y).sum();
                rest.iter_mut().zip(b).for_each(|(r, b)| *r -= along * b);
            }
        }
        let size: f64 = rest.iter().map(|v| v * v).sum();
        let full: f64 = origin.column(j).iter().map(|v| v * v).sum();
        if size > EXPLAINED * full {
            rest.iter_mut().for_each(|v| *v /= size.sqrt());
            basis.push(rest);
            kept.push(j);
        }
    }
    columns.select(&(0..columns.n_rows()).collect::<Vec<_>>(), &kept)
}

/// Shares of all combinations, the first question fastest, their covariance, and the rows of the mask.
fn table(
    design: &SurveyDesign,
    questions: &[(String, &Codes)],
    mask: &[bool],
) -> Result<(Vec<f64>, Matrix, f64), ModelError> {
    let n_rows = design.n_rows();
    for (name, codes) in questions {
        if codes.len() != n_rows {
            return Err(ModelError::Length { what: format!("`{name}`"), got: codes.len(), expected: n_rows });
        }
        if codes.n_labels() < 2 {
            return Err(ModelError::TooFewLevels { term: name.clone(), got: codes.n_labels() });
        }
    }
    let cell = |i: usize| {
        let mut width = 1;
        questions.iter().try_fold(0, |cell, (_, codes)| {
            let code = codes.codes()[i];
            let next = (code as usize) < codes.n_labels();
            let here = cell + width * code.min(codes.n_labels() as u32);
            width *= codes.n_labels() as u32;
            next.then_some(here)
        })
    };
    let n_cells: usize = questions.iter().map(|q| q.1.n_labels()).product();
    let codes = (0..n_rows).map(|i| cell(i).unwrap_or(MISSING)).collect();
    let codes = Codes::from_codes(codes, (0..n_cells).map(|c| c.to_string()).collect());
    let degf = DegfRule::Fixed(design.degf(Some(mask)));
    let options = Options { missing: MissingOutcome::Exclude, degf, ..Options::default() };
    let estimates = proportions(design, &codes, &Domains::mask("all", mask), &options)?;
    let shares: Option<Vec<f64>> = estimates.iter().map(|e| e.value).collect();
    let shares = shares.ok_or(ModelError::NoRows)?;
    let covariance = estimates.covariance(&(0..n_cells).collect::<Vec<_>>())?;
    let n = (0..n_rows).filter(|&i| mask[i] && design.weights()[i] > 0.0).count() as f64;
    Ok((shares, Matrix::from_fn(n_cells, n_cells, |i, j| covariance[i][j]), n))
}

/// Sum-to-zero columns over the cells for each term, with their names.
fn contrasts(questions: &[(String, &Codes)], terms: &[Vec<usize>]) -> Result<Vec<(String, Vec<f64>)>, ModelError> {
    let n_cells: usize = questions.iter().map(|q| q.1.n_labels()).product();
    let main = |q: usize| -> Vec<(String, Vec<f64>)> {
        let width: usize = questions[..q].iter().map(|q| q.1.n_labels()).product();
        let n_levels = questions[q].1.n_labels();
        let sign = |level: usize, k: usize| match level {
            l if l == k => 1.0,
            l if l == n_levels - 1 => -1.0,
            _ => 0.0,
        };
        let column = |k: usize| {
            let values = (0..n_cells).map(|c| sign(c / width % n_levels, k)).collect();
            (format!("{}{}", questions[q].0, k + 1), values)
        };
        (0..n_levels - 1).map(column).collect()
    };
    let mut columns = Vec::new();
    for term in terms {
        if let Some(&q) = term.iter().find(|q| **q >= questions.len()) {
            let terms = questions.iter().map(|q| q.0.as_str()).collect::<Vec<_>>().join(", ");
            return Err(ModelError::UnknownTerm { term: q.to_string(), terms });
        }
        let mut products: Vec<(String, Vec<f64>)> = Vec::new();
        for &q in term {
            let next = main(q);
            products = if products.is_empty() {
                next
            } else {
                let pair = |(name_b, b): &(String, Vec<f64>)| {
                    let join = |(name_a, a): &(String, Vec<f64>)| {
                        (format!("{name_a}:{name_b}"), a.iter().zip(b).map(|(x, y)| x * y).collect())
                    };
                    products.iter().map(join).collect::<Vec<_>>()
                };
                next.iter().flat_map(pair).collect()
            };
        }
        columns.extend(products);
    }
    Ok(columns)
}
