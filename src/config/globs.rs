//! Patterns of paths, read as in a `.gitignore`. The one user of globset.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

/// A pattern of paths, relative to the folder of the file that states it: `drafts/`, `*.draft.md`,
/// `teams/*/scratch/**`. One without a slash matches at any depth, and a folder means what is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct Glob(String);

impl<'de> Deserialize<'de> for Glob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let glob = Glob(text);
        if glob.0.trim().is_empty() || glob.0.starts_with('!') {
            return Err(de::Error::custom(format!(
                "`{}` is no pattern of paths\nwrite one such as `drafts/` or `**/*-draft.md`",
                glob.0
            )));
        }
        match glob.compile() {
            Ok(_) => Ok(glob),
            Err(error) => Err(de::Error::custom(format!(
                "`{}` is no pattern of paths: {}\nwrite one such as `drafts/` or `**/*-draft.md`",
                glob.0,
                error.kind()
            ))),
        }
    }
}

impl Glob {
    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The same pattern, stated in a folder further up: `folder` is the way down from there.
    pub(super) fn below(self, folder: &str) -> Glob {
        if folder.is_empty() {
            return self;
        }
        let anchored = self.0.trim_end_matches('/').contains('/');
        let deep = if anchored { "" } else { "**/" };
        Glob(format!("{folder}/{deep}{}", self.0.trim_start_matches('/')))
    }

    fn compile(&self) -> Result<Vec<globset::Glob>, globset::Error> {
        let bare = self.0.trim_start_matches("./").trim_end_matches('/');
        let anchored = bare.contains('/');
        let bare = bare.trim_start_matches('/');
        let stem = if anchored {
            bare.to_owned()
        } else {
            format!("**/{bare}")
        };
        [stem.clone(), format!("{stem}/**")]
            .iter()
            .map(|text| GlobBuilder::new(text).literal_separator(true).build())
            .collect()
    }
}

/// Patterns, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Globs(GlobSet);

impl Globs {
    /// The patterns of a list.
    pub fn new(globs: &[Glob]) -> Self {
        let mut builder = GlobSetBuilder::new();
        for compiled in globs.iter().filter_map(|glob| glob.compile().ok()) {
            for glob in compiled {
                builder.add(glob);
            }
        }
        Globs(builder.build().unwrap_or_default())
    }

    /// Whether one of them matches a path, relative to the root, with forward slashes.
    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}
