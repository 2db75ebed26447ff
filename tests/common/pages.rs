//! Pages of the documentation: their commands run, and the first block of output is what the first command prints.

use std::path::Path;

use super::common::Project;

/// Runs the commands of a page in a folder with the data of the repository.
pub fn check(page: &str, n_commands: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Project::empty();
    std::os::unix::fs::symlink(root.join("datasets"), project.path("datasets")).unwrap();
    let page = std::fs::read_to_string(root.join("docs").join(page)).unwrap();
    let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    let script: String = blocks.iter().filter_map(|block| block.strip_prefix("sh\n")).collect();
    assert_eq!(script.matches("opros ").count(), n_commands);
    let program = Path::new(env!("CARGO_BIN_EXE_opros"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut run = std::process::Command::new("sh");
    let output = run
        .args(["-ec", &script])
        .current_dir(project.root())
        .env("PATH", path)
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let shown = blocks.iter().find_map(|block| block.strip_prefix('\n')).unwrap();
    assert!(printed.starts_with(shown), "{printed}");
}
