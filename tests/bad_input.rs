//! Bad input of every kind: each is refused with its code, place and way out, and nothing panics.

mod small_study;

use opros::Error;
use opros::diagnostic::Diagnostic;
use opros::ingest::validate_files;
use small_study::SmallStudy;

const POLLS: &str = "datasets/polls/polls.csv";
const REPORT: &str = "reports/towns/report.toml";

/// The one problem of a study.
fn only(error: &Error) -> &Diagnostic {
    match error.diagnostics() {
        [only] => only,
        several => panic!("{several:#?}"),
    }
}

/// Code, file, line and column of a problem.
fn place(problem: &Diagnostic) -> (&str, &str, Option<u64>, Option<&str>) {
    (problem.code, &problem.place.file, problem.place.line, problem.place.column.as_deref())
}

fn hint(problem: &Diagnostic) -> &str {
    problem.hint.as_deref().unwrap_or_default()
}

#[test]
fn the_study_itself_is_read_without_a_finding() {
    let loaded = SmallStudy::new().load().unwrap();
    let codes: Vec<_> = loaded.findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    assert_eq!(codes, [("V12", "12 of 96 respondents have weight 0")]);
    assert_eq!(loaded.study.toplines.len(), 5);
    let used: Vec<_> = loaded.inputs.iter().map(|i| (i.path.as_str(), i.rows_used, i.rows_read)).collect();
    assert_eq!(used[0], (POLLS, 15, 15));
    assert_eq!(used[3], ("datasets/places/crosswalk.csv", 7, 7));
}

#[test]
fn missing_file() {
    let study = SmallStudy::new();
    std::fs::remove_file(study.path(POLLS)).unwrap();
    let error = study.refusal();
    assert!(!error.is_bad_data());
    assert_eq!(place(only(&error)), ("E01", POLLS, None, None));
    assert!(hint(only(&error)).contains("path"));
}

#[test]
fn empty_file_and_header_only() {
    let study = SmallStudy::new();
    study.write(POLLS, b"");
    assert_eq!(place(only(&study.refusal())), ("E13", POLLS, None, None));
    study.write(POLLS, b"poll,question,percent\n");
    assert_eq!(place(only(&study.refusal())), ("E14", POLLS, Some(1), None));
}

#[test]
fn wrong_column_name() {
    let error = SmallStudy::new().with(POLLS, ",percent,", ",pecent,").refusal();
    assert!(!error.is_bad_data());
    let [missing, extra] = error.diagnostics() else { panic!("{error:?}") };
    assert_eq!(place(missing), ("E15", POLLS, Some(1), Some("percent")));
    assert!(hint(missing).contains("the file has `pecent`"));
    assert_eq!(hint(extra), "did you mean `percent`?");
}

#[test]
fn wrong_column_in_the_definition() {
    let error = SmallStudy::new().with(REPORT, "percent = \"percent\"", "percent = \"precent\"").refusal();
    assert_eq!(place(only(&error)), ("E15", POLLS, Some(1), Some("precent")));
    assert!(hint(only(&error)).starts_with("did you mean `percent`? correct `percent` of [[toplines]] `polls`"));
}

#[test]
fn text_in_a_number_column() {
    let error = SmallStudy::new().with(POLLS, "yes,32,", "yes,many,").refusal();
    assert!(error.is_bad_data());
    let problem = only(&error);
    assert_eq!(place(problem), ("E18", POLLS, Some(6), Some("percent")));
    assert_eq!(problem.observed.as_deref(), Some("many"));
    assert!(hint(problem).contains("missingValues"));
    let (start, length) = problem.mark.unwrap();
    let marked: String = problem.excerpt.as_deref().unwrap().chars().skip(start).take(length).collect();
    assert_eq!(marked, "many");
}

#[test]
fn decimal_comma() {
    let error = SmallStudy::new().with(POLLS, "yes,32,", "yes,\"32,5\",").refusal();
    assert_eq!(place(only(&error)), ("E18", POLLS, Some(6), Some("percent")));
    assert!(hint(only(&error)).starts_with("write 32.5"));
    // Without quotation marks the comma makes one more cell.
    let error = SmallStudy::new().with(POLLS, "yes,32,", "yes,32,5,").refusal();
    assert_eq!(place(only(&error)), ("E16", POLLS, Some(6), None));
    assert!(hint(only(&error)).contains("decimal point"));
}

#[test]
fn byte_order_mark() {
    let study = SmallStudy::new();
    let text = std::fs::read(study.path(POLLS)).unwrap();
    study.write(POLLS, &[b"\xEF\xBB\xBF", text.as_slice()].concat());
    let notes = study.findings("V24");
    assert_eq!((notes.len(), notes[0].place.file.as_str(), notes[0].place.line), (1, POLLS, Some(1)));
    assert_eq!(study.load().unwrap().study.toplines.len(), 5);
}

#[test]
fn windows_1251_bytes() {
    let study = SmallStudy::new().with(POLLS, "at the door", "дома");
    let text = std::fs::read_to_string(study.path(POLLS)).unwrap();
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&text);
    study.write(POLLS, &bytes);
    let error = study.refusal();
    assert!(!error.is_bad_data());
    assert_eq!(place(only(&error)), ("E12", POLLS, Some(2), None));
    assert!(only(&error).message.contains("looks like windows-1251"));
    assert!(hint(only(&error)).contains("iconv -f CP1251"));
    // Declared, it is read.
    let study = study.with("datasets/polls/datapackage.json", "\"format\": \"csv\"", "\"encoding\": \"windows-1251\"");
    assert_eq!(study.load().unwrap().study.toplines[0].mode, "дома");
}

#[test]
fn ten_megabyte_line() {
    let study = SmallStudy::new().with(POLLS, "https://north.example/2", &"x".repeat(10 << 20));
    let error = study.refusal();
    assert_eq!(place(only(&error)), ("E17", POLLS, Some(6), Some("source")));
    assert!(hint(only(&error)).contains("quotation mark"));
    assert!(only(&error).excerpt.as_ref().unwrap().len() < 1000);
}

#[test]
fn duplicate_key() {
    let row =
        "north-2012,bridge,Do you like the bridge?,no,41,1000,2012-03-01,2012-03-05,North,at the door,adults,,,,,s,\n";
    let error = SmallStudy::new().and(POLLS, row).refusal();
    assert!(error.is_bad_data());
    assert_eq!(only(&error).code, "E21");
    assert_eq!((only(&error).place.line, hint(only(&error))), (Some(17), "first on line 4; correct or remove one"));
}

#[test]
fn percent_of_140() {
    let error = SmallStudy::new().with(POLLS, "yes,32,", "yes,140,").refusal();
    assert!(error.is_bad_data());
    assert_eq!(place(only(&error)), ("E20", POLLS, Some(6), Some("percent")));
    assert_eq!(only(&error).expected.as_deref(), Some("a number from 0 to 100"));
    assert!(hint(only(&error)).contains("decimal point"));
}

#[test]
fn thirtieth_of_february() {
    let error = SmallStudy::new().with(POLLS, "2013-03-01", "2025-02-30").refusal();
    assert!(error.is_bad_data());
    assert_eq!(place(only(&error)), ("E19", POLLS, Some(6), Some("start")));
    assert!(only(&error).message.contains("no such day"));
    let error = SmallStudy::new().with(REPORT, "\"2013-05-01\"", "\"2025-02-30\"").refusal();
    assert_eq!((only(&error).code, only(&error).place.line), ("E04", Some(112)));
}

#[test]
fn weight_of_minus_one() {
    let findings = SmallStudy::new().with("datasets/people/people.csv", "Newport,1.2,", "Newport,-1,").findings("V12");
    let negative = findings.iter().find(|finding| finding.message == "a weight is negative").unwrap();
    assert_eq!(place(negative), ("V12", "datasets/people/people.csv", Some(2), Some("weight")));
    assert_eq!((negative.level.word(), negative.observed.as_deref()), ("error", Some("-1")));
    assert!(hint(negative).contains("`where`"));
}

#[test]
fn unknown_question_id_in_the_study() {
    let error = SmallStudy::new().with(REPORT, "question = \"bridge\"", "question = \"brige\"").refusal();
    assert!(!error.is_bad_data());
    let problem = only(&error);
    assert_eq!((problem.code, problem.place.file.as_str(), problem.place.line), ("E05", REPORT, Some(118)));
    assert_eq!(problem.place.character, Some(12));
    assert_eq!((problem.message.as_str(), hint(problem)), ("unknown question `brige`", "did you mean `bridge`?"));
}

#[test]
fn misspelt_keys_in_two_files_come_together() {
    let study = SmallStudy::new()
        .with(REPORT, "[study]\nid", "include = [\"more.toml\", \"none.toml\"]\n\n[study]\nidd")
        .with(REPORT, "seed = 1", "seed = \"one\"");
    study.write("reports/towns/more.toml", b"[[event]]\nid = \"x\"\ndaet = \"2014\"\nlabel = \"x\"\nsource = 1\n");
    let error = study.refusal();
    let seen: Vec<_> = error.diagnostics().iter().map(|p| (p.code, p.place.line, hint(p))).collect();
    let more = "reports/towns/more.toml";
    assert!(error.diagnostics().iter().filter(|p| p.place.file == more).count() >= 3, "{seen:#?}");
    for expected in [
        ("E07", Some(1), "create the file or remove it from `include`"),
        ("E03", Some(4), "did you mean `id`?"),
        ("E04", Some(8), "remove the quotes"),
        ("E03", Some(3), "did you mean `date`?"),
        ("E04", Some(5), "put it in quotes"),
    ] {
        assert!(seen.contains(&expected), "{expected:?} not in {seen:#?}");
    }
}

#[test]
fn all_problems_of_all_files_come_together() {
    let study = SmallStudy::new()
        .with(POLLS, "yes,32,", "yes,many,")
        .with("datasets/people/people.csv", "row,wave", "row,wav")
        .with(REPORT, "package = \"places\"\nresource = \"votes\"", "package = \"place\"\nresource = \"votes\"");
    let codes: Vec<_> = study.refusal().diagnostics().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["E11", "E18", "E15", "E15"]);
}

#[test]
fn references_and_duplicates_in_the_definition() {
    let study = SmallStudy::new()
        .with(REPORT, "events = [\"opening\"]", "events = [\"openning\"]")
        .with(REPORT, "split = \"towns\"", "split = \"twons\"")
        .with(REPORT, "analyses = [\"liking\"]", "analyses = [\"likin\"]")
        .with(REPORT, "evidence = [\"liking/", "evidence = [\"lking/")
        .with(REPORT, "answers = [\"positive\", \"no\"]", "answers = [\"positive\", \"non\"]")
        .with(REPORT, "languages = [\"en\"]", "languages = [\"en\", \"fr\"]")
        .and(REPORT, "\n[[event]]\nid = \"opening\"\ndate = \"2014\"\nlabel = \"x\"\nsource = \"y\"\n");
    let error = study.refusal();
    let mut hints: Vec<_> = error.diagnostics().iter().map(|problem| (problem.code, hint(problem))).collect();
    hints.sort_unstable();
    assert_eq!(
        hints,
        [
            ("E05", "did you mean `liking`?"),
            ("E05", "did you mean `liking`?"),
            ("E05", "did you mean `no`?"),
            ("E05", "did you mean `opening`?"),
            ("E05", "did you mean `towns`?"),
            ("E06", "first given in reports/towns/report.toml, line 111; rename or remove one"),
            ("E07", "did you mean `text.en.md`?"),
        ]
    );
}

#[test]
fn numbers_of_the_definition_have_bounds() {
    for (text, message) in [
        ("nan", "`deff` is not a finite number"),
        ("inf", "`deff` is not a finite number"),
        ("0", "`deff` is too small"),
        ("-1.9", "`deff` is too small"),
        ("1e6", "`deff` is too large"),
    ] {
        let error = SmallStudy::new().with(REPORT, "deff = 1.5", &format!("deff = {text}")).refusal();
        assert_eq!(place(only(&error)), ("E04", REPORT, Some(60), Some("deff")));
        assert_eq!(only(&error).message, message);
        assert_eq!(only(&error).expected.as_deref(), Some("a number from 0.1 to 100"));
    }
    let error = SmallStudy::new().with(REPORT, "deff = 1.5", "deff = 1.5\nn = 0").refusal();
    assert_eq!(place(only(&error)), ("E04", REPORT, Some(61), Some("n")));
    assert_eq!(only(&error).expected.as_deref(), Some("a whole number from 1 to 4294967295"));
    let own = "own_stratum = [{ label = \"A\", where = [{ column = \"town\", is = \"Hill\" }], deff = nan }]\n";
    let error = SmallStudy::new().with(REPORT, "note = \"Streets", &format!("{own}note = \"Streets")).refusal();
    assert_eq!(only(&error).message, "`deff` is not a finite number");
    let error = SmallStudy::new().with(REPORT, "chart = \"trend\"", "chart = \"trend\"\naxis_max = -5").refusal();
    assert_eq!(only(&error).expected.as_deref(), Some("a number above 0"));
}

#[test]
fn the_schema_holds_the_bounds() {
    let schema = opros::ingest::definition::definition_schema();
    let deff = &schema["$defs"]["Assumption"]["properties"]["deff"];
    assert_eq!((deff["minimum"].as_f64(), deff["maximum"].as_f64()), (Some(0.1), Some(100.0)));
    assert_eq!(schema["$defs"]["Assumption"]["properties"]["n"]["minimum"].as_f64(), Some(1.0));
    assert_eq!(schema["$defs"]["LookupData"]["properties"]["multiplier"]["exclusiveMinimum"].as_f64(), Some(0.0));
}

#[test]
fn periods_of_assumptions_neither_overlap_nor_end_before_they_begin() {
    let second = |first: &str, second: &str| {
        let block = format!(
            "{first}deff = 1.5\nreason = \"Made up.\"\nsource = \"x\"\n\n[[pollster.assume]]\n{second}deff = 1.5"
        );
        SmallStudy::new().with(REPORT, "deff = 1.5", &block)
    };
    let error = second("until = \"2018\"\n", "from = \"2017\"\n").refusal();
    assert_eq!(place(only(&error)), ("E04", REPORT, Some(66), None));
    assert_eq!(only(&error).observed.as_deref(), Some("until 2018 and from 2017"));
    assert!(second("until = \"2016\"\n", "from = \"2017\"\n").load().is_ok());
    let error = SmallStudy::new().with(REPORT, "deff = 1.5", "from = \"2018\"\nuntil = \"2017\"\ndeff = 1.5").refusal();
    assert_eq!(place(only(&error)), ("E04", REPORT, Some(60), None));
    assert!(only(&error).message.contains("ends before it begins"));
}

#[test]
fn a_file_separated_by_semicolons_or_tabs_is_named_as_such() {
    for (separator, name) in [(";", "semicolons"), ("\t", "tabs")] {
        let study = SmallStudy::new();
        let text = std::fs::read_to_string(study.path(POLLS)).unwrap().replace(',', separator);
        study.write(POLLS, text.as_bytes());
        let error = study.refusal();
        assert_eq!(place(only(&error)), ("E15", POLLS, Some(1), None));
        assert_eq!(only(&error).message, format!("the file is separated by {name}"));
        assert!(hint(only(&error)).contains("\"delimiter\""), "{error:?}");
    }
}

#[test]
fn a_rule_of_a_claim_that_is_wrong_has_file_and_line() {
    let rule = "supported = \"est('liking/north-2014/positive') > 0.5\"";
    for (wrong, code) in [
        ("supported = \"est('liking/north-2014/positive') >\"", "A11"),
        ("supported = \"est('liking/north-2014/positiv') > 0.5\"", "A12"),
    ] {
        let study = SmallStudy::new().with(REPORT, rule, wrong);
        let loaded = study.load().unwrap();
        let results = opros::analysis::run(&loaded.study).unwrap();
        let locale = opros::locale::Locale::new("en").unwrap();
        let error = opros::analysis::claims::judge(&loaded.study.definition, &results, &locale).unwrap_err();
        let text = std::fs::read_to_string(study.path(REPORT)).unwrap();
        let line = text.lines().position(|line| line == wrong).unwrap() as u64 + 1;
        assert_eq!(place(only(&error)), (code, REPORT, Some(line), None));
        assert_eq!((only(&error).place.character, only(&error).excerpt.as_deref()), (Some(13), Some(wrong)));
        assert!(!hint(only(&error)).is_empty());
    }
}

#[test]
fn names_of_nothing_in_a_pooled_series_have_file_and_line() {
    let right = "[[analysis.pooled]]\nid = \"pool\"\nhouses = { anchor = \"north\" }\n\
                 event = [{ event = \"opening\" }]\nseries = [{ question = \"bridge\", answer = \"positive\" }]\n";
    let with = |text: &str| {
        let study = SmallStudy::new();
        let report = std::fs::read_to_string(study.path(REPORT)).unwrap();
        study.write(REPORT, format!("{report}\n{text}").as_bytes());
        study
    };
    assert!(with(right).load().is_ok());
    for (name, wrong) in [("north", "nort"), ("opening", "opening_"), ("bridge", "bridg"), ("positive", "positiv")] {
        let study = with(&right.replace(&format!("\"{name}\""), &format!("\"{wrong}\"")));
        let error = study.refusal();
        let text = std::fs::read_to_string(study.path(REPORT)).unwrap();
        let line = text.lines().position(|line| line.contains(&format!("\"{wrong}\""))).unwrap() as u64 + 1;
        assert_eq!(place(only(&error)), ("E05", REPORT, Some(line), None));
        assert_eq!(only(&error).observed.as_deref(), Some(wrong));
        assert!(hint(only(&error)).contains(name), "{error:?}");
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let study = SmallStudy::new();
    let text = std::fs::read(study.path(POLLS)).unwrap();
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..200 {
        let mut bytes = text.clone();
        for _ in 0..=next() % 5 {
            let at = next() % bytes.len();
            match next() % 4 {
                0 => bytes[at] = next() as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, [b'"', b'\n', b',', b'\r', 0, 0xFF][next() % 6]),
                _ => drop(bytes.remove(at)),
            }
            if bytes.is_empty() {
                bytes.push(b'a');
            }
        }
        study.write(POLLS, &bytes);
        if let Err(error) = study.load() {
            assert!(!error.diagnostics().is_empty());
        }
        validate_files(&[study.path(POLLS)]);
    }
}
