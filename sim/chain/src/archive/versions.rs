//! The history of one value.

use super::Version;

/// Values with the version that wrote each, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Versions<T>(Vec<(Version, T)>);

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Versions<T> {
    /// Writes at a version that is not before the last; the same version's value is replaced.
    pub(super) fn set(&mut self, version: Version, value: T) {
        match self.0.last_mut() {
            Some((last, place)) if *last == version => *place = value,
            _ => {
                // Most slots are written once; room for more is made only when there is a second value.
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.push((version, value));
            }
        }
    }

    /// The value at a version, with the version that wrote it.
    pub(super) fn entry_at(&self, version: Version) -> Option<(Version, &T)> {
        // Mostly the newest is wanted.
        let newest = self.0.last()?;
        if newest.0 <= version {
            return Some((newest.0, &newest.1));
        }
        let after = self.0.partition_point(|(at, _)| *at <= version);
        let (at, value) = self.0.get(after.checked_sub(1)?)?;
        Some((*at, value))
    }

    /// The value at a version.
    pub(super) fn at(&self, version: Version) -> Option<&T> {
        self.entry_at(version).map(|(_, value)| value)
    }

    /// Drops what was written after a version.
    pub(super) fn truncate(&mut self, version: Version) {
        let keep = self.0.partition_point(|(at, _)| *at <= version);
        self.0.truncate(keep);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
