//! Reference cases as flags of the command line.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A reference case.
pub struct Case {
    pub name: String,
    pub json: Value,
}

/// The folder of the reference data.
pub fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/data").join(file)
}

/// The cases of an area that rest on one of the data sets and fulfil a condition, by name.
pub fn cases(area: &str, data_sets: &[&str], is_wanted: impl Fn(&Case) -> bool) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cases").join(area);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Case { name, json: serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap() }
    };
    let fits = |case: &Case| data_sets.iter().any(|set| case.json["dataset"] == **set) && is_wanted(case);
    paths.into_iter().map(read).filter(fits).collect()
}

impl Case {
    /// The data file.
    pub fn file(&self) -> String {
        data(&format!("{}.csv", self.json["dataset"].as_str().unwrap())).display().to_string()
    }

    /// The operations on the design.
    pub fn steps(&self) -> Vec<&str> {
        let steps = self.json["design"]["steps"].as_array();
        steps.into_iter().flatten().map(|step| step["op"].as_str().unwrap()).collect()
    }

    /// The expected results; those of the newer version of R where it differs.
    pub fn expected(&self) -> &Value {
        if self.json["expected_newer"].is_object() { &self.json["expected_newer"] } else { &self.json["expected"] }
    }

    pub fn procedure(&self) -> &str {
        self.json["analysis"]["procedure"].as_str().unwrap()
    }

    /// The names in a formula such as `~a+b`.
    pub fn terms(&self, key: &str) -> Vec<String> {
        let formula = self.json["analysis"][key].as_str().unwrap_or("~");
        formula.trim_start_matches('~').split('+').filter(|term| !term.is_empty()).map(str::to_owned).collect()
    }

    /// Flags of the sampling design. The replicates of the cases are columns `<prefix><number>`.
    pub fn design(&self) -> Vec<String> {
        let design = &self.json["design"];
        let mut flags = vec!["--na".to_owned(), "NA".to_owned()];
        let mut add = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
        let list = |key: &str| -> String {
            let names = design[key].as_array().into_iter().flatten();
            names.map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(",")
        };
        for (flag, key) in [("--psu", "ids"), ("--strata", "strata"), ("--population-size", "fpc")] {
            let names = list(key);
            if !names.is_empty() && names != "1" {
                add(flag, names);
            }
        }
        if let Some(weight) = design["weights"].as_str() {
            add("--weight", weight.to_owned());
        }
        let replicates = &design["replicates"];
        if let Some(kind) = replicates["type"].as_str() {
            add("--replicates", format!("{}*", replicates["prefix"].as_str().unwrap()));
            add("--replicate-type", kind.to_lowercase().replace("successive-difference", "sdr"));
            let rscales = replicates["rscales"].as_array().into_iter().flatten();
            let rscales: Vec<String> = rscales.map(Value::to_string).collect();
            if !rscales.is_empty() {
                add("--rscales", rscales.join(","));
            }
            for key in ["rho", "scale"] {
                if replicates[key].is_number() {
                    add(&format!("--{key}"), replicates[key].to_string());
                }
            }
        }
        if let Some(mse) = replicates["mse"].as_bool() {
            flags.push(format!("--mse={mse}"));
        }
        if replicates["combined_weights"] == false {
            flags.push("--replicate-factors".to_owned());
        }
        if design["nest"] == true {
            flags.push("--nest".to_owned());
        }
        flags
    }

    /// A number that the result must have.
    #[track_caller]
    pub fn compare(&self, what: &str, found: &Value, expected: &Value) {
        // Standard errors that are not defined are texts in the cases.
        let Some(expected) = expected.as_f64() else { return };
        let found = found.as_f64().unwrap_or_else(|| panic!("{}: {what} is {found}, not {expected}", self.name));
        let tolerance = &self.json["tolerance"];
        let allowed = tolerance["abs"].as_f64().unwrap() + tolerance["rel"].as_f64().unwrap() * expected.abs();
        assert!((found - expected).abs() <= allowed, "{}: {what} is {found}, not {expected}", self.name);
    }
}
