//! The exit code of a run, decided here and nowhere else.

use std::io;

use crate::error::Error;

/// How a command ended when nothing stood in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done.
    Done,
    /// A check found something.
    Found,
    /// Something could not be done; it has been reported already.
    Impossible,
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The work failed.
    #[error(transparent)]
    Work(#[from] Error),
    /// The data asked for could not be printed.
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

/// **0** done · **1** a check found something: bad data, stale or different results · **2** it could not be done.
///
/// A reader that closes the pipe has seen enough: that is success.
pub fn code(ending: &Result<Outcome, Stop>) -> u8 {
    match ending {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Found) => 1,
        Ok(Outcome::Impossible) => 2,
        Err(Stop::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(Stop::Work(error)) if error.is_bad_data() => 1,
        Err(Stop::Work(_) | Stop::Print(_)) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, Place};

    #[test]
    fn the_contract() {
        let problem = || vec![Diagnostic::error("V01", Place::file("a.csv"), "bad")];
        assert_eq!(code(&Ok(Outcome::Done)), 0);
        assert_eq!(code(&Ok(Outcome::Found)), 1);
        assert_eq!(code(&Ok(Outcome::Impossible)), 2);
        assert_eq!(code(&Err(Stop::Work(Error::BadData(problem())))), 1);
        assert_eq!(code(&Err(Stop::Work(Error::Unusable(problem())))), 2);
        assert_eq!(code(&Err(Stop::Print(io::ErrorKind::BrokenPipe.into()))), 0);
        assert_eq!(code(&Err(Stop::Print(io::ErrorKind::StorageFull.into()))), 2);
    }
}
