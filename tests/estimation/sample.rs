//! Made-up samples, the same on every machine.

use opros::design::{Codes, SurveyDesign, SurveyDesignBuilder};
use opros::numeric::stream::Stream;

/// Rows in strata and clusters, with a number, an answer and a group.
#[derive(Clone)]
pub struct Sample {
    pub weights: Vec<f64>,
    pub strata: Vec<String>,
    pub psu: Vec<String>,
    pub y: Vec<f64>,
    pub answers: Vec<String>,
    pub groups: Vec<String>,
}

impl Sample {
    /// `n_strata` strata of `n_psus` clusters of 1 to 6 rows.
    pub fn new(seed: u64, n_strata: usize, n_psus: usize) -> Self {
        let mut stream = Stream::named(seed, "sample");
        let mut sample = Self {
            weights: Vec::new(),
            strata: Vec::new(),
            psu: Vec::new(),
            y: Vec::new(),
            answers: Vec::new(),
            groups: Vec::new(),
        };
        for h in 0..n_strata {
            for i in 0..n_psus {
                let level = stream.normal();
                for _ in 0..1 + stream.index(6) {
                    sample.weights.push(0.5 + 2.0 * stream.uniform());
                    sample.strata.push(format!("h{h:03}"));
                    sample.psu.push(format!("h{h:03} c{i:03}"));
                    sample.y.push(10.0 + level + stream.normal());
                    sample.answers.push(["no", "unsure", "yes"][stream.index(3)].to_string());
                    sample.groups.push(["a", "b"][stream.index(2)].to_string());
                }
            }
        }
        sample
    }

    pub fn len(&self) -> usize {
        self.weights.len()
    }

    pub fn builder(&self) -> SurveyDesignBuilder {
        SurveyDesign::builder().weights(&self.weights).strata(&self.strata).psu(&self.psu)
    }

    pub fn answers(&self) -> Codes {
        Codes::from_labels(&self.answers)
    }

    pub fn groups(&self) -> Codes {
        Codes::from_labels(&self.groups)
    }
}

/// Relative closeness, absolute near zero.
pub fn close(got: f64, want: f64) {
    close_to(got, want, 1e-10);
}

pub fn close_to(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "got: {got}, expected: {want}");
}
