//! Compiled programs on disk, so that a process need not compile what another one has compiled.
//!
//! Machine code is executed as it is, so two things are checked before a file is used. It must come from this user:
//! [`folder`] reads only what nobody else could have written. And it must be whole and meant for exactly this use:
//! [`file`] carries a key and a checksum over every byte. What fails either test is made anew. Nothing here can fail a
//! call: without a usable folder programs are compiled, and [`DiskStats`] says why.

mod file;
#[cfg(unix)]
mod folder;
#[cfg(not(unix))]
#[path = "disk/no_folder.rs"]
mod folder;

use std::{
    path::PathBuf,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) use file::{CheckedFile, FileKey};

use folder::Folder;

/// Where compiled programs are kept between processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskCacheOptions {
    /// The folder. It is made if it does not exist. It must belong to the user who runs the process, be no symbolic link,
    /// and nobody else may be allowed to write to it; otherwise it is not used.
    pub folder: PathBuf,
    /// Bytes that the files may take in total. The ones not used for longest go first. The bound is kept by each process
    /// after each file it writes, so several processes together may exceed it for a moment.
    pub max_bytes: u64,
}

impl DiskCacheOptions {
    /// 256 MiB: some 800 programs of 35 KB, twice over for two compilers.
    pub const DEFAULT_MAX_BYTES: u64 = 256 << 20;

    /// This folder, with the default bound.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            max_bytes: Self::DEFAULT_MAX_BYTES,
        }
    }
}

/// Why the cache of compiled programs is not used, or not written to. Programs run all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskCacheProblem {
    /// The system's files have no owners that could be checked.
    #[error("compiled programs are kept on disk on Unix only")]
    Unsupported,
    /// The folder cannot be made or opened.
    #[error("{}: cannot be used to keep compiled programs: {message}", folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        message: String,
    },
    /// The folder is a symbolic link.
    #[error("{}: a symbolic link or no folder; name the folder itself", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is another user's.
    #[error("{}: belongs to user {owner}, and machine code is only loaded from a folder of one's own", folder.display())]
    ForeignOwner {
        /// The folder.
        folder: PathBuf,
        /// Its owner's number.
        owner: u32,
    },
    /// Others may write to the folder.
    #[error("{}: others may write to it (mode {mode:o}), so that its machine code cannot be trusted; `chmod go-w` it", folder.display())]
    Shared {
        /// The folder.
        folder: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A compiled program could not be written: the disk is full, say.
    #[error("{}: a compiled program cannot be kept: {message}", folder.display())]
    Write {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        message: String,
    },
}

/// What the cache of compiled programs on disk has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskStats {
    /// Programs whose code came from disk.
    pub loaded: u64,
    /// Programs whose code was written to disk.
    pub written: u64,
    /// Files that were found damaged, made by another version or writable by others, and were not used.
    pub refused: u64,
    /// The first problem met, if there was one.
    pub problem: Option<DiskCacheProblem>,
}

/// The cache. The folder is looked at when the first program is loaded.
pub(super) struct DiskCache {
    options: DiskCacheOptions,
    folder: OnceLock<Option<Folder>>,
    /// Bytes in the folder as far as this process knows; `None` until it has counted them.
    size: Mutex<Option<u64>>,
    problem: OnceLock<DiskCacheProblem>,
    loaded: AtomicU64,
    written: AtomicU64,
    refused: AtomicU64,
}

impl DiskCache {
    pub(super) fn new(options: DiskCacheOptions) -> Self {
        Self {
            options,
            folder: OnceLock::new(),
            size: Mutex::default(),
            problem: OnceLock::new(),
            loaded: AtomicU64::new(0),
            written: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    pub(super) fn stats(&self) -> DiskStats {
        DiskStats {
            loaded: self.loaded.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            problem: self.problem.get().cloned(),
        }
    }

    fn folder(&self) -> Option<&Folder> {
        let open = || {
            Folder::open(&self.options.folder)
                .map_err(|problem| self.problem.set(problem))
                .ok()
        };
        self.folder.get_or_init(open).as_ref()
    }

    /// Whether there is a file of this key, which says nothing of its being usable.
    pub(super) fn has(&self, key: &FileKey) -> bool {
        self.folder().is_some_and(|folder| folder.has(&key.name()))
    }

    /// The file of this key, made for these settings.
    pub(super) fn load(&self, key: &FileKey, settings: &[u8; 32]) -> Option<CheckedFile> {
        let folder = self.folder()?;
        let name = key.name();
        let bytes = match folder.read(&name) {
            Ok(bytes) => bytes?,
            Err(_) => return self.refuse(folder, &name),
        };
        match CheckedFile::check(bytes, key, settings) {
            Some(file) => Some(file),
            None => self.refuse(folder, &name),
        }
    }

    fn refuse<T>(&self, folder: &Folder, name: &str) -> Option<T> {
        self.refused.fetch_add(1, Ordering::Relaxed);
        folder.remove(name);
        None
    }

    /// A file that was checked turned out to be usable, or not.
    pub(super) fn used(&self, key: &FileKey, usable: bool) {
        if usable {
            self.loaded.fetch_add(1, Ordering::Relaxed);
        } else if let Some(folder) = self.folder() {
            self.refuse::<()>(folder, &key.name());
        }
    }

    /// Writes a file, and drops old ones beyond the bound.
    pub(super) fn store(&self, key: &FileKey, settings: &[u8; 32], payload: &[u8]) {
        let Some(folder) = self.folder() else { return };
        let bytes = file::encode(key, settings, payload);
        if bytes.len() as u64 > self.options.max_bytes {
            return;
        }
        match folder.write(&key.name(), &bytes) {
            Ok(()) => {
                self.written.fetch_add(1, Ordering::Relaxed);
                self.keep_bound(folder, bytes.len() as u64);
            }
            Err(error) => {
                // Only the first problem is kept.
                let _ = self.problem.set(DiskCacheProblem::Write {
                    folder: self.options.folder.clone(),
                    message: error.to_string(),
                });
            }
        }
    }

    fn keep_bound(&self, folder: &Folder, added: u64) {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *size {
            Some(before) if before + added <= self.options.max_bytes => before + added,
            _ => folder.shrink(self.options.max_bytes),
        };
        *size = Some(now);
    }
}
