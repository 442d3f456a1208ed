//! What the program is built from: reasons, sources, and a lock.

use std::path::Path;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .expect("it is in the repository")
}

#[test]
fn each_dependency_has_its_reason_on_the_line_before() {
    let manifest = read("Cargo.toml");
    let mut section = "";
    let mut previous = "";
    let mut checked = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains('=') {
            assert!(previous.starts_with("# "), "no reason for `{line}`");
            checked += 1;
        }
        previous = line;
    }
    assert!(checked > 10, "only {checked} dependencies were found");
}

#[test]
fn every_crate_comes_from_one_registry_with_its_checksum() {
    let lock: toml::Table = read("Cargo.lock").parse().expect("the lock is TOML");
    let packages = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .expect("it lists packages");
    let text = |package: &toml::Value, key: &str| {
        package
            .get(key)
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
    };
    let mut sources = std::collections::BTreeSet::new();
    for package in packages {
        let name = text(package, "name").expect("a package has a name");
        if name == "rbc" {
            continue;
        }
        let source = text(package, "source").unwrap_or_default();
        assert!(
            source.starts_with("registry+"),
            "{name} comes from `{source}`"
        );
        assert!(
            text(package, "checksum").is_some(),
            "{name} has no checksum"
        );
        sources.insert(source);
    }
    assert_eq!(sources.len(), 1, "{sources:?}");
}
