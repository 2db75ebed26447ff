//! Filter and smoother of a level (and slope) for many series at once, in time linear in the number of observations.
//!
//! All series share gains and variances, which do not depend on the values. The first is the data, the others are the columns of the
//! regression: first the elements of the initial state, then effects. With innovations v of the data and V of the columns the
//! coefficients solve generalised least squares, b = (ΣVᵀV/F + prior)⁻¹ ΣVᵀv/F (de Jong 1991; Durbin and Koopman 2012, section
//! 6.2.3), so that no effect enlarges the state.

use crate::numeric::matrix::Matrix;

/// Observations in order of time; `columns` holds the effects, row by row.
pub(super) struct Sorted {
    pub gaps: Vec<f64>,
    pub values: Vec<f64>,
    /// 0 where nothing was observed.
    pub is_seen: Vec<bool>,
    pub variances: Vec<f64>,
    pub columns: Vec<f64>,
    pub n_columns: usize,
}

/// Variances per unit of time.
#[derive(Clone, Copy)]
pub(super) struct Movement {
    pub level: f64,
    pub slope: f64,
}

/// The state of one series, or a gain.
type State<const D: usize> = [f64; D];
type Square<const D: usize> = [[f64; D]; D];

/// What the forward pass adds up.
pub(super) struct Sums {
    /// ΣVᵀV/F, upper triangle.
    pub cross: Matrix,
    /// ΣVᵀv/F.
    pub with_data: Vec<f64>,
    /// Σv²/F.
    pub squares: f64,
    /// Σ ln F.
    pub ln_f: f64,
    pub n_seen: usize,
}

/// What the backward pass needs again.
pub(super) struct Trace<const D: usize> {
    states: Vec<State<D>>,
    innovations: Vec<f64>,
    p: Vec<Square<D>>,
    f: Vec<f64>,
}

impl<const D: usize> Trace<D> {
    pub fn new(n: usize, n_series: usize) -> Trace<D> {
        Trace {
            states: Vec::with_capacity(n * n_series),
            innovations: Vec::with_capacity(n * n_series),
            p: Vec::with_capacity(n),
            f: Vec::with_capacity(n),
        }
    }
}

fn move_variance<const D: usize>(p: &Square<D>, gap: f64, movement: Movement) -> Square<D> {
    let mut next = *p;
    if D == 1 {
        next[0][0] += movement.level * gap;
    } else {
        // T P Tᵀ + Q of an integrated random walk.
        let (s, c, l) = (p[1][1], p[0][1], p[0][0]);
        let cubic = movement.slope * gap * gap * gap / 3.0;
        next[0][0] = l + 2.0 * gap * c + gap * gap * s + movement.level * gap + cubic;
        next[0][1] = c + gap * s + 0.5 * movement.slope * gap * gap;
        next[1][0] = next[0][1];
        next[1][1] = s + movement.slope * gap;
    }
    next
}

/// Runs forward. Series 0 is the data, 1..=D the initial state, the rest the columns.
pub(super) fn forward<const D: usize>(data: &Sorted, movement: Movement, mut trace: Option<&mut Trace<D>>) -> Sums {
    let k = D + data.n_columns;
    let mut states = vec![[0.0; D]; k + 1];
    for (d, state) in states[1..=D].iter_mut().enumerate() {
        // A unit of the initial state is the series that it would produce; its prediction starts at −1 with values of 0.
        state[d] = -1.0;
    }
    let mut p = [[0.0; D]; D];
    let mut sums = Sums { cross: Matrix::zeros(k, k), with_data: vec![0.0; k], squares: 0.0, ln_f: 0.0, n_seen: 0 };
    let mut v = vec![0.0; k + 1];
    for i in 0..data.values.len() {
        let gap = data.gaps[i];
        if gap > 0.0 {
            p = move_variance(&p, gap, movement);
            if D == 2 {
                for state in &mut states {
                    state[0] += gap * state[1];
                }
            }
        }
        let f = p[0][0] + data.variances[i];
        if let Some(trace) = trace.as_deref_mut() {
            trace.states.extend_from_slice(&states);
            trace.p.push(p);
            trace.f.push(f);
        }
        if data.is_seen[i] {
            v[0] = data.values[i] - states[0][0];
            for d in 1..=D {
                v[d] = -states[d][0];
            }
            let row = &data.columns[i * data.n_columns..(i + 1) * data.n_columns];
            for ((v, x), state) in v[D + 1..].iter_mut().zip(row).zip(&states[D + 1..]) {
                *v = x - state[0];
            }
            let gain: State<D> = core::array::from_fn(|d| p[d][0] / f);
            for (state, v) in states.iter_mut().zip(&v) {
                for (s, g) in state.iter_mut().zip(&gain) {
                    *s += g * v;
                }
            }
            let top = p[0];
            for (row, g) in p.iter_mut().zip(&gain) {
                for (p, t) in row.iter_mut().zip(&top) {
                    *p -= g * t;
                }
            }
            let inverse = 1.0 / f;
            sums.squares += v[0] * v[0] * inverse;
            sums.ln_f += libm::log(f);
            sums.n_seen += 1;
            for a in 0..k {
                let factor = v[a + 1] * inverse;
                sums.with_data[a] += factor * v[0];
                for (out, v) in sums.cross.row_mut(a)[a..].iter_mut().zip(&v[a + 1..]) {
                    *out += factor * v;
                }
            }
        } else {
            v.fill(0.0);
        }
        if let Some(trace) = trace.as_deref_mut() {
            trace.innovations.extend_from_slice(&v);
        }
    }
    for a in 0..k {
        for b in 0..a {
            sums.cross[(a, b)] = sums.cross[(b, a)];
        }
    }
    sums
}

/// One observation after the backward pass.
pub(super) struct Point<'a, const D: usize> {
    pub index: usize,
    /// Smoothed states of all series.
    pub states: &'a [State<D>],
    /// Variance of the smoothed state, coefficients known.
    pub variance: Square<D>,
    /// u of all series: the row of Ω⁻¹ times the series; zeros where nothing was observed.
    pub scores: &'a [f64],
    /// Diagonal of Ω⁻¹; 0 where nothing was observed.
    pub precision: f64,
    /// Innovations of all series and their variance.
    pub innovations: &'a [f64],
    pub f: f64,
}

/// Runs backward and hands every observation, last first, to `visit`.
pub(super) fn backward<const D: usize>(data: &Sorted, trace: &Trace<D>, mut visit: impl FnMut(Point<'_, D>)) {
    let n_series = 1 + D + data.n_columns;
    let n = data.values.len();
    let mut r = vec![[0.0; D]; n_series];
    let mut nn = [[0.0; D]; D];
    let mut states = vec![[0.0; D]; n_series];
    let mut scores = vec![0.0; n_series];
    for i in (0..n).rev() {
        if i + 1 < n && D == 2 {
            let gap = data.gaps[i + 1];
            for r in &mut r {
                r[1] += gap * r[0];
            }
            // Tᵀ N T.
            let (a, b, c) = (nn[0][0], nn[0][1], nn[1][1]);
            nn[0][1] = b + gap * a;
            nn[1][0] = nn[0][1];
            nn[1][1] = c + 2.0 * gap * b + gap * gap * a;
        }
        let (p, f) = (&trace.p[i], trace.f[i]);
        let innovations = &trace.innovations[i * n_series..(i + 1) * n_series];
        let mut precision = 0.0;
        if data.is_seen[i] {
            let gain: State<D> = core::array::from_fn(|d| p[d][0] / f);
            for ((r, v), u) in r.iter_mut().zip(innovations).zip(&mut scores) {
                *u = v / f - gain.iter().zip(r.iter()).map(|(g, r)| g * r).sum::<f64>();
                r[0] += *u;
            }
            let n_gain: State<D> = core::array::from_fn(|d| (0..D).map(|e| nn[d][e] * gain[e]).sum());
            let quadratic: f64 = gain.iter().zip(&n_gain).map(|(g, n)| g * n).sum();
            precision = 1.0 / f + quadratic;
            // Lᵀ N L + zzᵀ/F with L = I − gain·zᵀ and z the first unit vector.
            for d in 0..D {
                nn[d][0] -= n_gain[d];
                nn[0][d] -= n_gain[d];
            }
            nn[0][0] += quadratic + 1.0 / f;
        } else {
            scores.fill(0.0);
        }
        let before = &trace.states[i * n_series..(i + 1) * n_series];
        for ((out, a), r) in states.iter_mut().zip(before).zip(&r) {
            *out = core::array::from_fn(|d| a[d] + (0..D).map(|e| p[d][e] * r[e]).sum::<f64>());
        }
        let p_n: Square<D> =
            core::array::from_fn(|d| core::array::from_fn(|e| (0..D).map(|j| p[d][j] * nn[j][e]).sum()));
        let variance = core::array::from_fn(|d| {
            core::array::from_fn(|e| p[d][e] - (0..D).map(|j| p_n[d][j] * p[j][e]).sum::<f64>())
        });
        visit(Point { index: i, states: &states, variance, scores: &scores, precision, innovations, f });
    }
}
