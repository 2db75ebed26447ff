//! Results of the built-in study against R's `survey` on the same files (`tests/study_cases/survey.R`).

use std::path::Path;

use opros::ingest::{load_definition, load_study};
use opros::study::definition::Analyses;

/// Relative agreement. Errors of a model differ by a few 1e-7: R takes them with the weights of the last iteration but one.
const TOLERANCE: f64 = 1e-6;

#[test]
fn gaps_and_shares_are_those_of_r() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(root.join("tests/study_cases/expected.json")).unwrap();
    let expected: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&expected).unwrap();
    let mut definition = load_definition(&root.join("reports/restalinization")).unwrap();
    // Only the analyses of respondent files: the others have nothing to do with R's `survey`.
    definition.analysis = Analyses { places: definition.analysis.places, ..Analyses::default() };
    let study = load_study(root, definition).unwrap().study;
    let results = opros::analysis::run(&study).unwrap();
    assert!(expected.len() >= 3);
    for (id, want) in &expected {
        let got = &results.get(id).unwrap_or_else(|| panic!("no result {id}")).estimate;
        for (name, got) in [("estimate", got.estimate), ("se", got.se)] {
            let (got, want) = (got.unwrap(), want[name].as_f64().unwrap());
            assert!((got / want - 1.0).abs() < TOLERANCE, "{id}: {name} is {got}, R has {want}");
        }
    }
}
