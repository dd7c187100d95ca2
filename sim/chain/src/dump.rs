//! A chain in a file: all blocks, all versions of the state, clock and pool.
//!
//! The file is written beside its place and then moved there, so that a crash leaves the old one whole. It begins with a
//! mark and the number of the format, and a checksum holds the rest together: a file that is something else, of another
//! format or damaged is refused before anything is made of it. Snapshots are not in it.

mod codec;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alloy_primitives::{B256, keccak256};
use alloy_rlp::Decodable;

use crate::Chain;
use crate::error::ReadError;
use crate::remote::RemoteState;
use codec::Dump;

/// How each file begins.
const MARK: [u8; 15] = *b"mintage chain \n";
/// Number of the format.
const FORMAT: u8 = 2;
const HEAD: usize = MARK.len() + 1 + 32;

/// Why a chain cannot be saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The chain keeps no archive.
    #[error("only a chain with an archive can be saved; build it with `ChainBuilder::archive`")]
    NoArchive,
    /// A file cannot be read or written.
    #[error("{path}: cannot {doing}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{path} is no saved chain")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is of another format.
    #[error("{path} has format {found}, this version of mintage reads format {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u8,
    },
    /// The file is damaged.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
    /// The chain is a fork and the other chain does not answer.
    #[error(transparent)]
    Unread(#[from] ReadError),
    /// The chain is a fork and the other chain is not given.
    #[error("the saved chain is a fork of another at block {block}: give the other chain to load it")]
    NeedsRemote {
        /// Where it was forked.
        block: u64,
    },
}

fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> DumpError {
    move |source| DumpError::Io {
        path: path.into(),
        doing,
        source,
    }
}

impl Chain {
    /// Saves the whole chain to a file; an open block is sealed first. The file is there as a whole or not at all, and what
    /// stood at its place stays until then.
    ///
    /// # Errors
    /// [`DumpError::NoArchive`], [`DumpError::Io`].
    pub fn dump(&mut self, path: &Path) -> Result<(), DumpError> {
        self.seal_if_open();
        let payload = alloy_rlp::encode(Dump::of(self).ok_or(DumpError::NoArchive)?);
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.tmp", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = write_whole(&beside, &payload)
            .and_then(|()| fs::rename(&beside, path).map_err(io(path, "move the new file here")));
        if written.is_err() {
            // What is left of an attempt is of no use to anybody; that it failed is what counts.
            let _ = fs::remove_file(&beside);
            return written;
        }
        sync_folder(path)
    }

    /// The chain of a file that [`Chain::dump`] wrote. Of a fork the other chain is needed as well.
    ///
    /// # Errors
    /// [`DumpError`]: the file cannot be read, is something else, of another format, or damaged.
    pub fn load(path: &Path, remote: Option<Arc<dyn RemoteState>>) -> Result<Self, DumpError> {
        let bytes = fs::read(path).map_err(io(path, "read it"))?;
        if bytes.len() < HEAD || !bytes.starts_with(&MARK) {
            return Err(DumpError::Foreign { path: path.into() });
        }
        let found = bytes[MARK.len()];
        if found != FORMAT {
            return Err(DumpError::Format {
                path: path.into(),
                found,
            });
        }
        let damaged = |problem: String| DumpError::Damaged {
            path: path.into(),
            problem,
        };
        let (checksum, payload) = bytes[MARK.len() + 1..].split_at(32);
        if keccak256(payload) != B256::from_slice(checksum) {
            return Err(damaged("its checksum does not fit".into()));
        }
        let mut rest = payload;
        let dump = Dump::decode(&mut rest).map_err(|error| damaged(error.to_string()))?;
        dump.restore(remote, damaged)
    }
}

fn write_whole(path: &Path, payload: &[u8]) -> Result<(), DumpError> {
    let mut file = File::create(path).map_err(io(path, "create it"))?;
    let checksum = keccak256(payload);
    for part in [&MARK[..], &[FORMAT], checksum.as_slice(), payload] {
        file.write_all(part).map_err(io(path, "write it"))?;
    }
    file.sync_all().map_err(io(path, "bring it to the disk"))
}

/// The new name itself must reach the disk as well.
fn sync_folder(path: &Path) -> Result<(), DumpError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io(folder, "bring it to the disk"))
}
