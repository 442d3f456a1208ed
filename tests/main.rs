//! The integration tests, one file a layer, as one binary.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read their cases and run the program"
)]

mod architecture;
mod cli;
mod configuration;
mod contract;
mod effect;
mod fix;
mod golden;
mod invariants;
mod lint;
mod manners;
mod oracle;
mod parse;
mod readme;
mod records;
mod report;
mod robust;
mod session;
mod shell;
mod supply;
mod teams;
mod window;
