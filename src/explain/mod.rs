//! What each diagnostic code means.
