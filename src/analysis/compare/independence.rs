//! Tests of independence of the rows and columns of a table.

use rayon::prelude::*;

use super::error::CompareError;
use super::tables::TwoWayTable;
use crate::design::{Codes, Domains, SurveyDesign};
use crate::numeric::dist::{ChiSquared, ChiSquaredSum, FisherF, SumMethod};
use crate::numeric::linalg::{Cholesky, relative_eigenvalues};
use crate::numeric::matrix::Matrix;

/// How independence is tested.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum IndependenceTest {
    /// Rao and Scott's second-order correction, as F.
    #[default]
    RaoScottF,
    /// Rao and Scott's first-order correction, as χ².
    RaoScottChiSquared,
    /// Pearson's statistic against its own law, a weighted sum of χ²(1) over a denominator.
    WeightedSum {
        method: SumMethod,
        /// R's `pFsum` cuts broken degrees of freedom of the denominator down to whole ones.
        as_in_r: bool,
    },
    /// Wald's test of the departures from independence; liberal with few degrees of freedom.
    Wald,
    /// The same with the adjustment for few degrees of freedom.
    AdjustedWald,
    /// The score test of the working linear model of the answers, which allows empty cells; liberal with few degrees of
    /// freedom, as Wald's.
    WlsScore {
        /// R's `svychisq(statistic = "wls-score")` divides by the square of the number of rows where F asks for the number of
        /// contrasts: its size depends on the shape of the table, and on which question stands in the rows.
        as_in_r: bool,
    },
}

/// A test with F or χ² law.
#[derive(Clone, Debug, PartialEq)]
pub struct TableTest {
    pub statistic: f64,
    /// Degrees of freedom of the numerator.
    pub degf: f64,
    /// Degrees of freedom of the denominator; absent for χ².
    pub denominator_degf: Option<f64>,
    pub p_value: f64,
    /// Generalised design effects; empty for the Wald tests.
    pub lambda: Vec<f64>,
}

/// Tests whether two questions of a survey are independent.
///
/// The default holds its size in nearly all designs; the weighted sum is exact in large samples; Wald's tests reject too
/// often when cells are many beside the degrees of freedom.
///
/// # Definition
/// X² is Pearson's statistic of the weighted table scaled to n. Δ = (C'D⁻¹C/n)⁻¹ C'D⁻¹V D⁻¹C, C the interaction contrasts,
/// D the shares on a diagonal, V their covariance. F: X²/tr Δ on d₀ = (tr Δ)²/tr Δ² and d₀ν. χ²: X²/mean λ on (r−1)(c−1).
/// Wald: W/k on k and ν, W of n_ij − n_i n_j/n, n weighted totals, with the covariance of the delta method; adjusted: W (ν − k + 1)/(kν) on k and
/// ν − k + 1; score: W/k on k and ν + 2 − r − c (as in R: W/r²). ν are the degrees of freedom of the mask.
///
/// # Errors
/// A covariance without inverse (empty cells, for Wald), no degrees of freedom.
///
/// # Agreement
/// R survey 4.1.1, `svychisq`, 1e-9 (`WeightedSum` 1e-4, with `as_in_r`); 4.5 for `WlsScore` with `as_in_r`.
///
/// # References
/// Rao and Scott (1984), Annals of Statistics 12; Thomas and Rao (1987), JASA 82; Koch, Freeman and Freeman (1975); Lumley
/// (2010), *Complex Surveys*, section 2.3.
pub fn independence_test(table: &TwoWayTable, test: IndependenceTest) -> Result<TableTest, CompareError> {
    match test {
        IndependenceTest::Wald => wald(table, false),
        IndependenceTest::AdjustedWald => wald(table, true),
        IndependenceTest::WlsScore { as_in_r } => wls_score(table, as_in_r),
        other => rao_scott(table, other),
    }
}

/// The test of two questions in every domain, from one pass over the rows: one wave, region or poll after another.
///
/// # Errors
/// Columns of another length than the design; in a domain, what [`TwoWayTable::by_domain`] and [`independence_test`] may
/// fail with.
pub fn independence_tests(
    design: &SurveyDesign,
    rows: &Codes,
    columns: &Codes,
    domains: Domains,
    test: IndependenceTest,
) -> Result<Vec<Result<TableTest, CompareError>>, CompareError> {
    let tables = TwoWayTable::by_domain(design, rows, columns, domains)?;
    Ok(tables.into_par_iter().map(|table| independence_test(&table?, test)).collect())
}

fn positive_degf(degf: f64, needed: f64, statistic: &'static str) -> Result<f64, CompareError> {
    if degf > needed { Ok(degf) } else { Err(CompareError::NoDegreesOfFreedom { degf, needed, statistic }) }
}

/// Refuses a table without sampling error, such as that of a design that drew everybody.
fn varies(covariance: &Matrix, statistic: &'static str) -> Result<(), CompareError> {
    match covariance.trace() > 0.0 {
        true => Ok(()),
        false => Err(CompareError::Undefined { what: "the sampling variance of the table", statistic }),
    }
}

fn rao_scott(table: &TwoWayTable, test: IndependenceTest) -> Result<TableTest, CompareError> {
    varies(&table.covariance, "a Rao–Scott test")?;
    let (r, c) = (table.shares.n_rows(), table.shares.n_columns());
    let (rows, columns) = table.margins();
    let n = table.n as f64;
    let mut statistic = 0.0;
    for (i, row) in rows.iter().enumerate() {
        for (j, column) in columns.iter().enumerate() {
            let expected = row * column;
            statistic += n * (table.shares[(i, j)] - expected) * (table.shares[(i, j)] - expected) / expected;
        }
    }
    // Interaction contrasts (e_i − e_0)(f_j − f_0), over the shares.
    let sign = |k: usize, own: usize| if k == own { 1.0 } else { -f64::from(u8::from(k == 0)) };
    let contrasts = Matrix::from_fn((r - 1) * (c - 1), r * c, |k, cell| {
        let share = table.shares[(cell / c, cell % c)];
        let contrast = sign(cell / c, k / (c - 1) + 1) * sign(cell % c, k % (c - 1) + 1);
        if share == 0.0 { 0.0 } else { contrast / share }
    });
    let variances = Matrix::from_diagonal(table.shares.as_slice());
    let simple = variances.congruence(&contrasts).scaled(1.0 / n);
    let lambda = relative_eigenvalues(&table.covariance.congruence(&contrasts), &simple)?;
    let trace: f64 = lambda.iter().sum();
    let d0 = trace * trace / lambda.iter().map(|l| l * l).sum::<f64>();
    let k = lambda.len() as f64;
    let denominator = |what| positive_degf(table.degf, 0.0, what).map(|nu| d0 * nu);
    Ok(match test {
        IndependenceTest::RaoScottF => {
            let f = statistic / trace;
            let second = denominator("the F test")?;
            let p_value = FisherF::new(d0, second)?.sf(f);
            TableTest { statistic: f, degf: d0, denominator_degf: Some(second), p_value, lambda }
        }
        IndependenceTest::WeightedSum { method, as_in_r } => {
            let second = if table.has_replicates() { f64::INFINITY } else { denominator("the weighted sum")? };
            let sum = ChiSquaredSum::new(&lambda)?;
            let p_value = match as_in_r && second.is_finite() {
                true => sum.sf_over_as_in_r(statistic, second, method)?,
                false => sum.sf_over(statistic, second, method)?,
            };
            let denominator_degf = second.is_finite().then_some(second);
            TableTest { statistic, degf: k, denominator_degf, p_value, lambda }
        }
        _ => {
            let p_value = ChiSquared::new(k)?.sf(statistic * k / trace);
            TableTest { statistic, degf: k, denominator_degf: None, p_value, lambda }
        }
    })
}

/// Departures n_ij − n_i n_j/n of the weighted totals over their sum, without the first row and column, and their covariance
/// by the delta method.
fn departures(table: &TwoWayTable) -> Result<(Vec<f64>, Matrix), CompareError> {
    let (r, c) = (table.shares.n_rows(), table.shares.n_columns());
    let (rows, columns) = table.margins();
    let place = |k: usize| (k / (c - 1) + 1, k % (c - 1) + 1);
    let jacobian = Matrix::from_fn((r - 1) * (c - 1), r * c, |k, cell| {
        let ((i, j), (row, column)) = (place(k), (cell / c, cell % c));
        let is = |a: usize, b: usize| f64::from(u8::from(a == b));
        (is(i, row) - rows[i]) * (is(j, column) - columns[j])
    });
    let value = |k: usize| {
        let (i, j) = place(k);
        table.shares[(i, j)] - rows[i] * columns[j]
    };
    let covariance = table.covariance_of_totals()?.congruence(&jacobian);
    Ok(((0..(r - 1) * (c - 1)).map(value).collect(), covariance))
}

fn wald(table: &TwoWayTable, is_adjusted: bool) -> Result<TableTest, CompareError> {
    let (values, covariance) = departures(table)?;
    varies(&covariance, "a Wald test")?;
    let wald = Cholesky::of(&covariance)?.inverse_quadratic_form(&values)?;
    let k = values.len() as f64;
    let nu = table.degf;
    let (factor, second) = if is_adjusted { ((nu - k + 1.0) / (k * nu), nu - k + 1.0) } else { (1.0 / k, nu) };
    positive_degf(second, 0.0, "the Wald test")?;
    let statistic = wald * factor;
    let p_value = FisherF::new(k, second)?.sf(statistic);
    Ok(TableTest { statistic, degf: k, denominator_degf: Some(second), p_value, lambda: Vec::new() })
}

/// With the answers stacked, one row a respondent and row level, the scores of the products of level and column are the
/// products of deviations from both margins; their Wald statistic is that of the departures.
fn wls_score(table: &TwoWayTable, as_in_r: bool) -> Result<TableTest, CompareError> {
    let (values, covariance) = departures(table)?;
    varies(&covariance, "a score test")?;
    let wald = Cholesky::of(&covariance)?.inverse_quadratic_form(&values)?;
    let (r, c) = (table.shares.n_rows() as f64, table.shares.n_columns() as f64);
    let k = values.len() as f64;
    let second = positive_degf(table.degf + 1.0 - (r + c - 1.0), 0.0, "the score test")?;
    let statistic = wald / if as_in_r { r * r } else { k };
    let p_value = FisherF::new(k, second)?.sf(statistic);
    Ok(TableTest { statistic, degf: k, denominator_degf: Some(second), p_value, lambda: Vec::new() })
}
