//! The program `opros`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(opros::cli::run(std::env::args_os()))
}
