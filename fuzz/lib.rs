//! What the fuzz targets check: the same invariants as the tests.

#[path = "../tests/invariants.rs"]
mod invariants;

/// One function a target: the bytes as text, whatever is no UTF-8 replaced.
macro_rules! targets {
    ($($name:ident),*) => {
        $(#[doc = "The target of this name."]
        pub fn $name(bytes: &[u8]) {
            invariants::$name(&String::from_utf8_lossy(bytes));
        })*
    };
}

targets!(markdown, shell, configuration, journal, linting);
