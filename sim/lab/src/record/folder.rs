//! The run's folder. It is written under a hidden name beside its place and renamed when the run has ended, so that a folder
//! with the run's name is always a whole one. A folder that is no run of ours is never touched.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::LabError;

/// A folder in the making.
#[derive(Debug)]
pub struct RunFolder {
    hidden: PathBuf,
    place: PathBuf,
    replace: bool,
    done: bool,
}

/// Every run's folder has this file; replacing a folder demands it.
const MANIFEST: &str = "manifest.json";

impl RunFolder {
    /// Begins a folder that will stand at `place`.
    ///
    /// # Errors
    /// Something stands there already and `replace` is not set, or what stands there is no run's folder, or the folder cannot
    /// be created.
    pub fn begin(place: &Path, replace: bool) -> Result<Self, LabError> {
        let refuse = |problem: &str| LabError::Folder {
            path: place.to_path_buf(),
            problem: problem.to_string(),
        };
        if fs::symlink_metadata(place).is_ok() {
            let is_run = place.join(MANIFEST).is_file();
            match (replace, is_run) {
                (true, true) => {}
                (true, false) => {
                    return Err(refuse(
                        "exists and is not a run's folder (no manifest.json): choose another with --out",
                    ));
                }
                (false, _) => {
                    return Err(refuse(
                        "exists already: choose another with --out, or replace it with --force",
                    ));
                }
            }
        }
        let name = place
            .file_name()
            .ok_or_else(|| refuse("cannot be a run's folder: it has no name"))?;
        let hidden = place.with_file_name(format!(
            ".{}.{}.partial",
            name.to_string_lossy(),
            std::process::id()
        ));
        if hidden.exists() {
            fs::remove_dir_all(&hidden).map_err(|e| LabError::io("remove", &hidden, e))?;
        }
        fs::create_dir_all(&hidden).map_err(|e| LabError::io("create", &hidden, e))?;
        Ok(Self {
            hidden,
            place: place.to_path_buf(),
            replace,
            done: false,
        })
    }

    /// `place` if it is free, else the first free of `place-2`, `place-3`, ….
    pub fn free_place(place: &Path) -> PathBuf {
        let name = place
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let numbered = (2u64..).map(|n| place.with_file_name(format!("{name}-{n}")));
        let mut places = std::iter::once(place.to_path_buf()).chain(numbered);
        places
            .find(|p| fs::symlink_metadata(p).is_err())
            .unwrap_or_else(|| place.to_path_buf())
    }

    /// Where to write until it is finished.
    pub fn path(&self) -> &Path {
        &self.hidden
    }

    /// Where it will stand.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Writes a file of it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, contents: &str) -> Result<(), LabError> {
        let path = self.hidden.join(name);
        fs::write(&path, contents).map_err(|e| LabError::io("write", path, e))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// It cannot be renamed; then it stays under its hidden name, which the error tells.
    pub fn finish(mut self) -> Result<PathBuf, LabError> {
        self.done = true;
        let failed = |e| LabError::io("move into its place", &self.hidden, e);
        if self.replace && self.place.exists() {
            // The old run steps aside first, so that at no moment both are gone.
            let old = self.hidden.with_extension("old");
            fs::rename(&self.place, &old).map_err(failed)?;
            if let Err(e) = fs::rename(&self.hidden, &self.place) {
                let _ = fs::rename(&old, &self.place);
                return Err(failed(e));
            }
            fs::remove_dir_all(&old).map_err(|e| LabError::io("remove", old, e))?;
        } else {
            fs::rename(&self.hidden, &self.place).map_err(failed)?;
        }
        Ok(self.place.clone())
    }
}

impl Drop for RunFolder {
    /// A run that failed leaves nothing.
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn test_folder_appears_whole_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("runs/demo");
        let folder = RunFolder::begin(&place, false).unwrap();
        folder.write(MANIFEST, "{}").unwrap();
        assert!(!place.exists());
        folder.finish().unwrap();
        assert!(place.join(MANIFEST).is_file());

        let error = RunFolder::begin(&place, false).unwrap_err().to_string();
        assert!(error.contains("--force"), "{error}");
        assert_eq!(RunFolder::free_place(&place), dir.path().join("runs/demo-2"));

        let again = RunFolder::begin(&place, true).unwrap();
        again.write(MANIFEST, "{\"again\":1}").unwrap();
        again.finish().unwrap();
        assert_eq!(fs::read_to_string(place.join(MANIFEST)).unwrap(), "{\"again\":1}");
        assert_eq!(entries(&dir.path().join("runs")), ["demo"]);
    }

    #[test]
    fn test_folder_of_somebody_else_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("photos");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("cat.jpg"), "x").unwrap();
        assert!(
            RunFolder::begin(&place, true)
                .unwrap_err()
                .to_string()
                .contains("not a run's folder")
        );
        assert_eq!(entries(&place), ["cat.jpg"]);
    }

    #[test]
    fn test_folder_dropped_unfinished_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = RunFolder::begin(&dir.path().join("demo"), false).unwrap();
        folder.write("summary.json", "{").unwrap();
        drop(folder);
        assert!(entries(dir.path()).is_empty());
    }
}
