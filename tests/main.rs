//! The integration tests, one file a layer, as one binary.

mod shell;
