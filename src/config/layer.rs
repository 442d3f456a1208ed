//! Settings of a folder inside the folder of other settings: what adds, what weighs more.

use super::{Config, Glob, Override};
use crate::workspace::normalise;

impl Config {
    /// Puts the settings of a folder further down over these: single values and levels of the inner
    /// file weigh more, lists and tables add. `folder` is the way from the root down to the inner
    /// file, by which its paths and patterns are read; empty for the root itself.
    ///
    /// What is protected or forbidden only grows: a folder cannot take a policy back that holds
    /// around it.
    pub fn put_over(&mut self, inner: Config, folder: &str) {
        let here = |path: String| normalise(folder, &path).unwrap_or(path);
        self.profile.chosen = inner.profile.chosen.or(self.profile.chosen);
        self.lint.all = inner.lint.all.or(self.lint.all);
        self.lint.exclude.extend(below(inner.lint.exclude, folder));
        if let Some(baseline) = inner.lint.baseline {
            self.lint.baseline = Some(here(baseline));
        }
        self.policy.protected.extend(inner.policy.protected);
        self.policy.forbid.extend(inner.policy.forbid);
        self.policy.order.extend(inner.policy.order);
        self.policy.channel_changes = inner.policy.channel_changes.or(self.policy.channel_changes);
        self.paths.ids.extend(inner.paths.ids.into_iter().map(here));
        if let Some(templates) = inner.paths.templates {
            self.paths.templates = Some(here(templates));
        }
        if let Some(index) = inner.paths.index {
            self.paths.index = Some(here(index));
        }
        if let Some(version_lock) = inner.paths.version_lock {
            self.paths.version_lock = Some(here(version_lock));
        }
        self.hosts.local = inner.hosts.local.or(self.hosts.local.take());
        self.hosts.others.extend(inner.hosts.others);
        self.style = inner.style.over(std::mem::take(&mut self.style));
        self.rules.0.extend(inner.rules.0);
        let overrides = inner.overrides.into_iter();
        self.overrides.extend(overrides.map(|it| Override {
            files: below(it.files, folder),
            ..it
        }));
        self.session.wrapper = inner.session.wrapper.or(self.session.wrapper.take());
        self.session.source.extend(inner.session.source);
        self.session.lock = inner.session.lock.or(self.session.lock.take());
        self.session.label = inner.session.label.or(self.session.label.take());
        self.placeholders.extend(inner.placeholders);
        for (name, table) in inner.tool {
            add_tool(self.tool.entry(name).or_default(), table);
        }
    }

    /// The settings with the overrides at these indexes of [`Config::overrides`] applied, in order.
    pub fn with_overrides(&self, indexes: &[usize]) -> Config {
        let mut config = self.clone();
        for index in indexes {
            let Some(found) = self.overrides.get(*index) else {
                continue;
            };
            config.rules.0.extend(found.rules.0.iter().cloned());
            config.style = found.style.clone().over(config.style);
            config.profile.chosen = found.profile.chosen.or(config.profile.chosen);
        }
        config
    }
}

fn below(globs: Vec<Glob>, folder: &str) -> Vec<Glob> {
    globs.into_iter().map(|glob| glob.below(folder)).collect()
}

/// Adds the keys of a tool: lists of verbs grow, other values are replaced.
fn add_tool(outer: &mut toml::Table, inner: toml::Table) {
    for (key, value) in inner {
        match (outer.get_mut(&key), value) {
            (Some(toml::Value::Array(outer)), toml::Value::Array(inner)) => outer.extend(inner),
            (_, value) => {
                outer.insert(key, value);
            }
        }
    }
}
