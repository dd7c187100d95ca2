//! Where compiled programs are kept between runs of the command. How they are checked is `mintage_vm::engine`'s business.

use crate::output::Output;
use mintage_vm::{DiskCacheOptions, EngineOptions};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Folder for compiled programs, or `off`.
const VARIABLE: &str = "MINTAGE_CODE_CACHE";

/// Flags that every subcommand has.
#[derive(clap::Args)]
pub(crate) struct CodeCacheArgs {
    /// Compile programs anew instead of keeping their machine code in the user's cache folder.
    #[arg(long, global = true)]
    no_code_cache: bool,
}

/// Has all chains of this process use the cache, unless it is off.
pub(crate) fn set_up(args: &CodeCacheArgs) {
    let folder = match env::var_os(VARIABLE) {
        _ if args.no_code_cache => None,
        Some(value) if value == "off" || value.is_empty() => None,
        Some(folder) => Some(PathBuf::from(folder)),
        None => usual_folder("code", |name| env::var_os(name)),
    };
    let options = EngineOptions {
        disk_cache: folder.map(DiskCacheOptions::new),
        ..EngineOptions::default()
    };
    // No chain has been made yet.
    let _ = mintage_chain::set_engine_options(options);
}

/// Where what was read of forked chains is kept. `None` where the user has no home.
pub(crate) fn fork_folder() -> Option<PathBuf> {
    usual_folder("fork", |name| env::var_os(name))
}

/// The folder for what can be made anew, as the system has it. `None` where the user has no home.
fn usual_folder(kind: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let in_home = |folder: &str| absolute("HOME").map(|home| home.join(folder));
    let caches = if cfg!(target_os = "macos") {
        in_home("Library/Caches")
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| in_home(".cache"))
    };
    caches.map(|caches| caches.join(Path::new("mintage")).join(kind))
}

/// Says once when compiled programs could not be kept.
pub(crate) fn report(output: &Output) {
    let problem = mintage_chain::engine_stats()
        .and_then(|stats| stats.disk)
        .and_then(|disk| disk.problem);
    if let Some(problem) = problem {
        output.note(format!(
            "note: {problem}. Programs were compiled anew; set {VARIABLE} to another folder, or to `off`"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn test_usual_folder_follows_the_system() {
        let with = |pairs: &'static [(&str, &str)]| {
            usual_folder("code", move |name| {
                let pair = pairs.iter().find(|(key, _)| *key == name);
                pair.map(|(_, value)| OsString::from(value))
            })
        };
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(with(&[("HOME", "/home/a")]), path("/home/a/.cache/mintage/code"));
        assert_eq!(
            with(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/fast")]),
            path("/fast/mintage/code")
        );
        assert_eq!(
            with(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "relative")]),
            path("/home/a/.cache/mintage/code")
        );
        assert_eq!(with(&[]), None);
    }
}
