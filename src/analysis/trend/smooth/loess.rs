//! Local polynomial regression.

use super::super::check::{all_finite, at_least, positive, same_length};
use super::super::error::TrendError;
use super::local::{Neighbourhood, Operator, Points};
use super::loess_statistics::{Statistics, Traces, approximate, diagonal, exact};
use super::loess_surface::{Mesh, Surface, vertices};
use super::robustness::{bisquare, pseudovalues};

/// What is assumed of the errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Normal: least squares.
    Gaussian,
    /// Symmetric with outliers: least squares repeated `iterations` times with bisquare weights (R: 4).
    Symmetric { iterations: usize },
}

/// Local polynomial regression on one variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loess {
    /// Share of the points in each local fit; above 1 all points with flatter weights.
    pub span: f64,
    /// 0, 1 or 2.
    pub degree: usize,
    pub family: Family,
    pub surface: Surface,
    pub statistics: Statistics,
}

impl Default for Loess {
    /// Quadratics over three quarters of the points, each point with a fit and degrees of freedom of its own.
    fn default() -> Loess {
        Loess {
            span: 0.75,
            degree: 2,
            family: Family::Gaussian,
            surface: Surface::Direct,
            statistics: Statistics::Exact,
        }
    }
}

/// The curve at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoessPoint {
    pub fit: f64,
    pub se: f64,
}

/// A fitted curve.
#[derive(Debug)]
pub struct LoessFit {
    /// In the order of the input.
    pub fitted: Vec<f64>,
    /// tr L: parameters that the curve uses up.
    pub trace: f64,
    /// Equivalent number of parameters, δ₁ + 2 tr L − n.
    pub enp: f64,
    /// Residual standard error √(Σ w e²/δ₁).
    pub residual_scale: f64,
    pub one_delta: f64,
    pub two_delta: f64,
    /// Look-up degrees of freedom δ₁²/δ₂ for t intervals.
    pub degf: f64,
    settings: Loess,
    near: Neighbourhood,
    points: Points,
    /// Robustness weights, 1 for Gaussian errors.
    robust: Vec<f64>,
}

impl Loess {
    /// Fits a curve of y over x; `weights` are inverse variances up to a factor.
    ///
    /// # Definition
    /// At each point a polynomial by least squares over the nearest ⌊n · span⌋ points with weights
    /// w(1 − (d/h)³)³, d the distance, h that of the farthest (times √span for spans above 1). The fit is linear in y with operator L;
    /// δ₁ = tr (I − L)(I − L)ᵀ, δ₂ = tr ((I − L)(I − L)ᵀ)².
    ///
    /// # Shapes and units
    /// x in any order, ties allowed.
    ///
    /// # Errors
    /// Lengths that differ, values that are not finite, weights not above 0, a span not above 0 or of fewer points than coefficients + 1,
    /// a degree above 2, a neighbourhood of one place.
    ///
    /// # Agreement
    /// R 4.2 `loess` with one predictor, direct or interpolated, exact or approximate statistics, 1e-6. Where neighbours cannot carry
    /// the degree (too few places) the degree is lowered; R uses a pseudo-inverse.
    ///
    /// # References
    /// Cleveland and Devlin (1988), JASA 83. Cleveland, Grosse and Shyu (1992), in *Statistical Models in S*, chapter 8.
    pub fn fit(&self, x: &[f64], y: &[f64], weights: Option<&[f64]>) -> Result<LoessFit, TrendError> {
        let n = x.len();
        same_length("y", y.len(), n)?;
        all_finite("x", x)?;
        all_finite("y", y)?;
        if self.degree > 2 {
            return Err(TrendError::OutOfRange { what: "the degree", got: self.degree as f64, expected: "0, 1 or 2" });
        }
        positive("the span", self.span)?;
        let size = n.min((n as f64 * self.span + 1e-5) as usize);
        at_least("points in the span", size, self.degree + 2)?;
        if let Some(weights) = weights {
            same_length("weights", weights.len(), n)?;
            for w in weights {
                positive("a weight", *w)?;
            }
        }
        if let Family::Symmetric { iterations } = self.family {
            at_least("iterations", iterations, 1)?;
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| x[*a].total_cmp(&x[*b]).then(a.cmp(b)));
        let pick = |values: &[f64]| order.iter().map(|i| values[*i]).collect::<Vec<f64>>();
        let points = Points { x: pick(x), y: pick(y), weights: weights.map_or_else(|| vec![1.0; n], pick) };
        let near = Neighbourhood { size, degree: self.degree, stretch: self.span.max(1.0).sqrt() };
        let traces = self.traces(&points, &near)?;
        let mut robust = vec![1.0; n];
        let mut curve = self.curve(&points, &near, &points.weights, &points.y, &points.x)?;
        let mut squares = weighted_squares(&points.weights, &points.y, &curve);
        if let Family::Symmetric { iterations } = self.family
            && iterations > 1
        {
            for _ in 1..iterations {
                let residuals: Vec<f64> = points.y.iter().zip(&curve).map(|(y, f)| y - f).collect();
                robust = bisquare(&residuals);
                curve = self.curve(&points, &near, &both(&points.weights, &robust), &points.y, &points.x)?;
            }
            let pseudo = pseudovalues(&points.y, &curve, &points.weights, &robust);
            let again = self.curve(&points, &near, &points.weights, &pseudo, &points.x)?;
            squares = weighted_squares(&points.weights, &pseudo, &again);
        }
        let mut fitted = vec![0.0; n];
        for (i, f) in order.iter().zip(&curve) {
            fitted[*i] = *f;
        }
        let Traces { trace, one_delta, two_delta } = traces;
        Ok(LoessFit {
            fitted,
            trace,
            enp: one_delta + 2.0 * trace - n as f64,
            residual_scale: (squares / one_delta).sqrt(),
            one_delta,
            two_delta,
            degf: one_delta * one_delta / two_delta,
            settings: *self,
            near,
            points,
            robust,
        })
    }

    fn cell(&self, n: usize, cell: f64) -> usize {
        (n as f64 * (self.span * cell)) as usize
    }

    fn mesh(&self, points: &Points, near: &Neighbourhood, weights: &[f64], cell: f64) -> Result<Mesh, TrendError> {
        let at = vertices(&points.x, self.cell(points.x.len(), cell));
        Mesh::new(points, weights, near, at).ok_or(ONE_PLACE)
    }

    fn curve(
        &self,
        points: &Points,
        near: &Neighbourhood,
        weights: &[f64],
        y: &[f64],
        at: &[f64],
    ) -> Result<Vec<f64>, TrendError> {
        match self.surface {
            Surface::Direct => at
                .iter()
                .map(|q| near.operator(&points.x, weights, *q).map(|o| o.apply(y).0).ok_or(ONE_PLACE))
                .collect(),
            Surface::Interpolate { cell } => Ok(self.mesh(points, near, weights, cell)?.curve(y, at)),
        }
    }

    /// Rows of the operator at places.
    fn rows(
        &self,
        points: &Points,
        near: &Neighbourhood,
        weights: &[f64],
        at: &[f64],
    ) -> Result<Vec<Operator>, TrendError> {
        match self.surface {
            Surface::Direct => at.iter().map(|q| near.operator(&points.x, weights, *q).ok_or(ONE_PLACE)).collect(),
            Surface::Interpolate { cell } => {
                let mesh = self.mesh(points, near, weights, cell)?;
                Ok(at.iter().map(|q| mesh.row(*q)).collect())
            }
        }
    }

    fn traces(&self, points: &Points, near: &Neighbourhood) -> Result<Traces, TrendError> {
        let rows = self.rows(points, near, &points.weights, &points.x)?;
        Ok(match self.statistics {
            Statistics::Exact => exact(rows),
            Statistics::Approximate => approximate(diagonal(&rows), points.x.len(), self.degree),
        })
    }
}

const ONE_PLACE: TrendError = TrendError::Constant { what: "x in a neighbourhood", statistic: "a local fit" };

impl LoessFit {
    /// The curve with its standard error at places; `None` outside the range of x for an interpolated surface.
    ///
    /// # Definition
    /// se = s·√(Σ l²/w), l the row of the operator. With symmetric errors a direct surface uses robustness weights in l, an interpolated
    /// one does not, both as R.
    ///
    /// # Errors
    /// Places that are not finite or have neighbours at one place only.
    pub fn predict(&self, at: &[f64]) -> Result<Vec<Option<LoessPoint>>, TrendError> {
        all_finite("a place", at)?;
        let settings = &self.settings;
        let robust = both(&self.points.weights, &self.robust);
        let (low, high) = (self.points.x[0], self.points.x[self.points.x.len() - 1]);
        let is_inside = |q: f64| settings.surface == Surface::Direct || (low..=high).contains(&q);
        let inside: Vec<f64> = at.iter().copied().filter(|q| is_inside(*q)).collect();
        let fits = settings.curve(&self.points, &self.near, &robust, &self.points.y, &inside)?;
        let in_errors = if settings.surface == Surface::Direct { &robust } else { &self.points.weights };
        let rows = settings.rows(&self.points, &self.near, in_errors, &inside)?;
        let mut found = fits.into_iter().zip(rows).map(|(fit, row)| {
            let weights = &self.points.weights[row.first..];
            let squares: f64 = row.value.iter().zip(weights).map(|(l, w)| l * l / w).sum();
            LoessPoint { fit, se: self.residual_scale * squares.sqrt() }
        });
        Ok(at.iter().map(|q| if is_inside(*q) { found.next() } else { None }).collect())
    }
}

fn both(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn weighted_squares(weights: &[f64], y: &[f64], fitted: &[f64]) -> f64 {
    weights.iter().zip(y).zip(fitted).map(|((w, y), f)| w * (y - f) * (y - f)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y = x.iter().map(|x| libm::sin(x / 6.0) + 0.1 * libm::cos(7.0 * x)).collect();
        (x, y)
    }

    #[test]
    fn a_parabola_is_found_whole() {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + x - 0.1 * x * x).collect();
        for surface in [Surface::Direct, Surface::Interpolate { cell: 0.2 }] {
            let fit = Loess { surface, ..Loess::default() }.fit(&x, &y, None).unwrap();
            assert!(fit.fitted.iter().zip(&y).all(|(f, y)| (f - y).abs() < 1e-10), "{surface:?}");
            assert!(fit.residual_scale < 1e-10);
        }
    }

    #[test]
    fn order_of_rows_does_not_matter() {
        let (x, y) = series();
        let turned = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
        let a = Loess::default().fit(&x, &y, None).unwrap();
        let b = Loess::default().fit(&turned(&x), &turned(&y), None).unwrap();
        assert_eq!(a.fitted, turned(&b.fitted));
    }

    #[test]
    fn an_outlier_moves_the_robust_curve_less() {
        let (x, mut y) = series();
        let at = Loess::default().fit(&x, &y, None).unwrap().fitted[20];
        y[20] += 50.0;
        let plain = Loess::default().fit(&x, &y, None).unwrap().fitted[20];
        let family = Family::Symmetric { iterations: 4 };
        let robust = Loess { family, ..Loess::default() }.fit(&x, &y, None).unwrap().fitted[20];
        assert!((robust - at).abs() < 0.1 * (plain - at).abs());
    }

    #[test]
    fn outside_the_range_only_a_direct_surface_answers() {
        let (x, y) = series();
        let surface = Surface::Interpolate { cell: 0.2 };
        let fit = Loess { surface, ..Loess::default() }.fit(&x, &y, None).unwrap();
        assert!(fit.predict(&[-1.0, 5.0]).unwrap()[0].is_none());
        assert!(Loess::default().fit(&x, &y, None).unwrap().predict(&[-1.0]).unwrap()[0].is_some());
    }

    #[test]
    fn more_ties_than_neighbours_do_no_harm() {
        let x: Vec<f64> = [vec![1.0; 12], (2..20).map(f64::from).collect()].concat();
        let y: Vec<f64> = (0..30).map(|i| f64::from(i % 4)).collect();
        let surface = Surface::Interpolate { cell: 0.2 };
        for statistics in [Statistics::Exact, Statistics::Approximate] {
            let fit = Loess { span: 0.3, surface, statistics, ..Loess::default() }.fit(&x, &y, None);
            assert!(fit.is_err() || fit.unwrap().fitted.iter().all(|f| f.is_finite()));
        }
        assert!(Loess { span: 0.3, ..Loess::default() }.fit(&x, &y, None).is_err());
    }

    #[test]
    fn degenerate_input_is_an_error() {
        let loess = Loess::default();
        assert!(loess.fit(&[], &[], None).is_err());
        assert!(loess.fit(&[1.0, 2.0], &[1.0, 2.0], None).is_err());
        assert!(loess.fit(&[1.0; 10], &[2.0; 10], None).is_err());
        assert!(loess.fit(&[1.0, f64::NAN, 3.0, 4.0, 5.0, 6.0], &[1.0; 6], None).is_err());
        assert!(Loess { degree: 3, ..loess }.fit(&[1.0, 2.0, 3.0], &[1.0; 3], None).is_err());
        assert!(Loess { span: 0.0, ..loess }.fit(&[1.0, 2.0, 3.0], &[1.0; 3], None).is_err());
        assert!(loess.fit(&[1.0, 2.0, 3.0], &[1.0; 3], Some(&[1.0, 0.0, 1.0])).is_err());
    }
}
