//! Every folder of `datasets/` is a Data Package (version 2.0) that says what its files hold.
//!
//! Each descriptor is checked against the JSON schema kept in `tests/data_package_schema`, and against the files: all
//! are there, all are declared, header and fields agree, bytes are the ones that were described. Values are checked
//! against types and constraints by the program `frictionless` (`.ci/frictionless`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Resources that may hold a header only: a list of corrections is empty as long as nothing was wrong.
const MAY_BE_EMPTY: [&str; 1] = ["overrides"];

#[test]
fn every_package_is_valid_and_agrees_with_its_files() {
    let validator = schema();
    let mut found = Vec::new();
    for dir in packages() {
        for problem in problems(&dir, &descriptor(&dir), &validator) {
            found.push(format!("{}: {problem}", name_of(&dir)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_index_states_the_size_of_every_file() {
    let index = read(&datasets().join("README.md"));
    let mut missing = Vec::new();
    for dir in packages() {
        let folder = name_of(&dir);
        assert!(index.contains(&format!("`{folder}/`")), "datasets/README.md does not name `{folder}/`");
        for resource in resources(&descriptor(&dir)) {
            let path = text(resource, "path");
            let (header, rows) = table(&fs::read(dir.join(path)).expect("file is there")).expect("readable CSV");
            let size = format!("{rows} × {}", header.len());
            let named = format!("`{path}`");
            if !index.lines().any(|line| line.contains(&named) && line.contains(&size)) {
                missing.push(format!("{folder}/{path}: {size}"));
            }
        }
    }
    assert!(missing.is_empty(), "not in datasets/README.md:\n{}", missing.join("\n"));
}

/// Rows computed from respondent files would count the same people twice.
#[test]
fn subgroup_rows_are_published_ones() {
    let rows = records(&datasets().join("polls/subgroup_breakdowns.csv"));
    let origin = rows[0].iter().position(|name| name == "origin").expect("column `origin`");
    assert!(rows[1..].iter().all(|row| &row[origin] == "published"));
}

/// The rule stands in `datasets/regions/README.md`: the common class, or the classes that the note lists.
#[test]
fn covered_classes_follow_from_class_and_note() {
    const LEAVES: [&str; 7] =
        ["moscow", "saint_petersburg", "city_1m", "city_500k_1m", "city_100_500k", "town_under_100k", "village"];
    let rows = records(&datasets().join("regions/settlement_crosswalk.csv"));
    let column = |name: &str| rows[0].iter().position(|header| header == name).expect(name);
    let (class, note, covers) = (column("settlement_class"), column("note"), column("covers"));
    assert!(rows.len() > 1);
    for row in &rows[1..] {
        let expected = if row[class].is_empty() {
            let listed: BTreeSet<&str> = row[note]
                .split("covers ")
                .skip(1)
                .flat_map(|rest| {
                    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_|".contains(c);
                    rest[..rest.find(|c| !is_label(c)).unwrap_or(rest.len())].split('|')
                })
                .collect();
            assert!(listed.iter().all(|leaf| LEAVES.contains(leaf)), "{row:?}");
            LEAVES.into_iter().filter(|leaf| listed.contains(leaf)).collect::<Vec<_>>().join("|")
        } else {
            row[class].to_owned()
        };
        assert_eq!(row[covers], expected, "{row:?}");
    }
}

#[test]
fn broken_descriptors_are_found() {
    type Break = (&'static str, fn(&mut Value));
    let cases: [Break; 12] = [
        ("/resources/0/schema/fields/0", |d| d["resources"][0]["schema"]["fields"][0]["type"] = json!("text")),
        ("/resources/0", |d| drop(d["resources"][0].as_object_mut().unwrap().remove("path"))),
        ("/licenses/0/name", |d| d["licenses"][0]["name"] = json!("no licence")),
        ("/resources/0/hash", |d| d["resources"][0]["hash"] = json!("not a hash")),
        ("no licence", |d| drop(d.as_object_mut().unwrap().remove("licenses"))),
        ("no source", |d| drop(d.as_object_mut().unwrap().remove("sources"))),
        ("cannot be read", |d| d["resources"][0]["path"] = json!("absent.csv")),
        ("is not declared", |d| drop(d["resources"].as_array_mut().unwrap().remove(0))),
        ("header and fields differ", |d| {
            d["resources"][0]["schema"]["fields"].as_array_mut().unwrap().swap(0, 1);
        }),
        ("has 1 bytes fewer or more", |d| {
            d["resources"][0]["bytes"] = json!(d["resources"][0]["bytes"].as_u64().unwrap() + 1);
        }),
        ("hash differs", |d| d["resources"][0]["hash"] = json!(format!("sha256:{}", "0".repeat(64)))),
        ("no description", |d| {
            drop(d["resources"][0]["schema"]["fields"][0].as_object_mut().unwrap().remove("description"));
        }),
    ];
    let validator = schema();
    let dir = datasets().join("monuments");
    let sound = descriptor(&dir);
    assert_eq!(problems(&dir, &sound, &validator), Vec::<String>::new());
    for (expected, damage) in cases {
        let mut broken = sound.clone();
        damage(&mut broken);
        let found = problems(&dir, &broken, &validator);
        assert!(found.iter().any(|problem| problem.contains(expected)), "expected `{expected}`, found {found:#?}");
    }
}

#[test]
fn tables_without_rows_or_with_ragged_rows_are_found() {
    assert_eq!(table(b"a,b\n1,2\n").unwrap().1, 1);
    assert_eq!(table(b"a,b\n").unwrap().1, 0);
    assert!(table(b"a,b\n1\n").is_err());
}

#[test]
fn sha256_of_known_messages() {
    // FIPS 180-4, examples of one block and of two.
    assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let two = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(sha256(two), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/// All that is wrong with one package, in words.
fn problems(dir: &Path, package: &Value, validator: &Validator) -> Vec<String> {
    let mut found: Vec<String> = validator
        .iter_errors(package)
        .map(|error| format!("schema, {}: {error:.200}", error.instance_path()))
        .collect();
    for (key, what) in [("licenses", "licence"), ("sources", "source")] {
        if package[key].as_array().is_none_or(Vec::is_empty) {
            found.push(format!("no {what}"));
        }
    }
    for key in ["name", "title", "description", "version"] {
        if text(package, key).is_empty() {
            found.push(format!("no {key}"));
        }
    }
    let readme = fs::read_to_string(dir.join("README.md")).unwrap_or_default();
    if readme.is_empty() {
        found.push("no README.md".to_owned());
    }
    let mut declared = BTreeSet::new();
    for resource in resources(package) {
        let path = text(resource, "path");
        declared.insert(path.to_owned());
        if !readme.contains(path) {
            found.push(format!("{path}: not named in README.md"));
        }
        check_resource(dir, resource, &mut found);
    }
    for file in csv_files(dir).difference(&declared) {
        found.push(format!("{file} is not declared in datapackage.json"));
    }
    found
}

fn check_resource(dir: &Path, resource: &Value, found: &mut Vec<String>) {
    let path = text(resource, "path");
    let fields = resource["schema"]["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    for field in fields {
        for key in ["title", "description"] {
            if text(field, key).is_empty() {
                found.push(format!("{path}: field `{}` has no {key}", text(field, "name")));
            }
        }
    }
    let bytes = match fs::read(dir.join(path)) {
        Ok(bytes) => bytes,
        Err(error) => return found.push(format!("{path} cannot be read: {error}")),
    };
    if resource["bytes"] != json!(bytes.len()) {
        let stated = resource["bytes"].as_i64().unwrap_or_default();
        found.push(format!("{path} has {} bytes fewer or more than stated", (bytes.len() as i64 - stated).abs()));
    }
    if text(resource, "hash") != format!("sha256:{}", sha256(&bytes)) {
        found.push(format!("{path}: hash differs from the file"));
    }
    match table(&bytes) {
        Ok((header, rows)) => {
            if !header.iter().map(String::as_str).eq(fields.iter().map(|field| text(field, "name"))) {
                found.push(format!("{path}: header and fields differ"));
            }
            if rows == 0 && !MAY_BE_EMPTY.contains(&text(resource, "name")) {
                found.push(format!("{path} has no rows"));
            }
        }
        Err(error) => found.push(format!("{path} is not a table: {error}")),
    }
}

fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

fn packages() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = fs::read_dir(datasets())
        .expect("folder datasets/")
        .map(|entry| entry.expect("readable entry").path())
        .filter(|path| path.is_dir())
        .collect();
    dirs.sort();
    assert!(!dirs.is_empty(), "no package below datasets/");
    dirs
}

fn schema() -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data_package_schema/datapackage.json");
    jsonschema::validator_for(&serde_json::from_str(&read(&path)).expect("JSON")).expect("a JSON schema")
}

fn descriptor(dir: &Path) -> Value {
    let path = dir.join("datapackage.json");
    serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name_of(dir: &Path) -> &str {
    dir.file_name().and_then(|name| name.to_str()).expect("a folder name in UTF-8")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn resources(package: &Value) -> impl Iterator<Item = &Value> {
    package["resources"].as_array().into_iter().flatten()
}

fn csv_files(dir: &Path) -> BTreeSet<String> {
    fs::read_dir(dir)
        .expect("readable folder")
        .map(|entry| entry.expect("readable entry").file_name().into_string().expect("a file name in UTF-8"))
        .filter(|name| name.ends_with(".csv"))
        .collect()
}

/// Header and number of rows; an error where a row has another number of cells or is not UTF-8.
fn table(bytes: &[u8]) -> Result<(Vec<String>, usize), csv::Error> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers()?.iter().map(str::to_owned).collect();
    let mut rows = 0;
    for record in reader.records() {
        record?;
        rows += 1;
    }
    Ok((header, rows))
}

fn records(path: &Path) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .records()
        .collect::<Result<_, _>>()
        .expect("readable CSV")
}

/// SHA-256 in hexadecimal digits (FIPS 180-4): the hash that Data Package tools understand, here without a dependency.
fn sha256(message: &[u8]) -> String {
    // Fractional parts of the cube roots (K) and square roots (H) of the first primes, as the standard defines them.
    let primes: Vec<u64> = (2..312).filter(|n| (2..*n).all(|d| n % d != 0)).collect();
    let fraction = |prime: u64, power: u32| {
        // The largest r with r^power <= prime * 2^(32 * power), of which the last 32 bits are the fraction.
        let (mut low, mut high) = (0u128, 1u128 << 37);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if middle.pow(power) <= u128::from(prime) << (32 * power) { low = middle } else { high = middle }
        }
        low as u32
    };
    let k: Vec<u32> = primes[..64].iter().map(|&p| fraction(p, 3)).collect();
    let mut h: Vec<u32> = primes[..8].iter().map(|&p| fraction(p, 2)).collect();

    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut w = [0u32; 64];
        for (word, four) in w.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes(four.try_into().expect("four bytes"));
        }
        for t in 16..64 {
            let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
            let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1);
        }
        let mut s: [u32; 8] = h.as_slice().try_into().expect("eight words");
        for t in 0..64 {
            let [a, b, c, d, e, f, g, last] = s;
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 = last.wrapping_add(s1).wrapping_add(choice).wrapping_add(k[t]).wrapping_add(w[t]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            s = [t1.wrapping_add(s0.wrapping_add(majority)), a, b, c, d.wrapping_add(t1), e, f, g];
        }
        for (word, add) in h.iter_mut().zip(s) {
            *word = word.wrapping_add(add);
        }
    }
    h.iter().map(|word| format!("{word:08x}")).collect()
}
