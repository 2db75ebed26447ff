//! Random samples of many designs, by name: the same name gives the same sample.

use opros::design::{Codes, Domains, SurveyDesign, SurveyDesignBuilder};
use opros::numeric::stream::Stream;

/// The seed of all samples.
pub const SEED: u64 = 20_260_726;

/// How a sample was drawn.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub is_stratified: bool,
    pub is_clustered: bool,
    pub has_population: bool,
}

/// All combinations of strata, clusters and population sizes.
pub const SHAPES: [Shape; 8] = {
    let mut all = [Shape { is_stratified: false, is_clustered: false, has_population: false }; 8];
    let mut i = 0;
    while i < 8 {
        all[i] = Shape { is_stratified: i & 1 > 0, is_clustered: i & 2 > 0, has_population: i & 4 > 0 };
        i += 1;
    }
    all
};

/// Rows of a sample.
#[derive(Clone, Debug)]
pub struct Sample {
    pub shape: Shape,
    pub strata: Vec<String>,
    pub psu: Vec<String>,
    pub weights: Vec<f64>,
    /// Units in the population of the row's stratum.
    pub population: Vec<f64>,
    pub y: Vec<f64>,
    pub x: Vec<f64>,
    pub answer: Vec<&'static str>,
    pub domain: Vec<&'static str>,
}

impl Sample {
    /// A sample with unequal weights, some of them 0.
    pub fn random(name: &str, shape: Shape) -> Self {
        let mut stream = Stream::named(SEED, name);
        let mut sample = Self {
            shape,
            strata: Vec::new(),
            psu: Vec::new(),
            weights: Vec::new(),
            population: Vec::new(),
            y: Vec::new(),
            x: Vec::new(),
            answer: Vec::new(),
            domain: Vec::new(),
        };
        for h in 0..if shape.is_stratified { 4 } else { 1 } {
            let n_units = if shape.is_clustered { 3 + stream.index(5) } else { 12 + stream.index(20) };
            let population = (n_units * (2 + stream.index(4))) as f64;
            for unit in 0..n_units {
                let effect = stream.normal();
                for _ in 0..if shape.is_clustered { 1 + stream.index(7) } else { 1 } {
                    sample.strata.push(format!("stratum {h}"));
                    sample.psu.push(format!("unit {h}-{unit}"));
                    sample.weights.push(if stream.chance(0.05) { 0.0 } else { 0.5 + 3.0 * stream.uniform() });
                    sample.population.push(population);
                    sample.y.push(10.0 + f64::from(h) + effect + 2.0 * stream.normal());
                    sample.x.push(1.0 + 4.0 * stream.uniform());
                    sample.answer.push(["no", "unsure", "yes"][stream.index(3)]);
                    sample.domain.push(["east", "west"][stream.index(2)]);
                }
            }
        }
        sample
    }

    pub fn n(&self) -> usize {
        self.weights.len()
    }

    /// The design with these weights.
    pub fn builder(&self, weights: &[f64]) -> SurveyDesignBuilder {
        let mut builder = SurveyDesign::builder().weights(weights);
        if self.shape.is_stratified {
            builder = builder.strata(&self.strata);
        }
        if self.shape.is_clustered {
            builder = builder.psu(&self.psu);
        }
        if self.shape.has_population {
            builder = builder.population_sizes(&self.population);
        }
        builder
    }

    pub fn design(&self) -> SurveyDesign {
        self.builder(&self.weights).build().unwrap()
    }

    pub fn answers(&self) -> Codes {
        Codes::from_labels(&self.answer)
    }

    pub fn domain_codes(&self) -> Codes {
        Codes::from_labels(&self.domain)
    }

    pub fn domains(&self) -> Domains {
        Domains::by(&self.domain_codes())
    }

    pub fn whole(&self) -> Domains {
        Domains::whole(self.n())
    }
}

/// Equal to a relative tolerance, absolute near 0.
#[track_caller]
pub fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: got {got}, expected {want}");
}
