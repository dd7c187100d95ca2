//! A folder that only its owner can have written to, held open so that it cannot be swapped.
//!
//! Everything is done relative to the open folder and without following symbolic links. That the folder is the user's own
//! and writable by no one else is checked on the open folder itself: whatever happens to its name afterwards, and whoever
//! may write to the folders above it, changes nothing. Access lists show in the group's permission bits, which are checked.

use std::{
    fs::{DirBuilder, File},
    io::{self, Read, Write},
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt, MetadataExt},
    },
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use rustix::{
    fs::{AtFlags, Dir, Mode, OFlags, fstat, open, openat, renameat, statat, unlinkat},
    io::Errno,
};

use super::{DiskCacheProblem, file::is_name};

/// No compiled program is larger: a module has at most 256 KiB on chain.
const MAX_FILE: u64 = 256 << 20;

/// Files being written begin with this.
const TEMPORARY: &str = "writing-";

/// A file that was not finished after this time never will be.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// Permission bits that let others write.
const OTHERS_WRITE: u32 = 0o022;

pub(super) struct Folder {
    fd: OwnedFd,
    owner: u32,
}

impl Folder {
    /// Opens the folder, making it first if need be.
    pub(super) fn open(path: &Path) -> Result<Self, DiskCacheProblem> {
        let unusable = |error: io::Error| DiskCacheProblem::Unusable {
            folder: path.to_owned(),
            message: error.to_string(),
        };
        if path.symlink_metadata().is_err() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(unusable)?;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = open(path, flags, Mode::empty()).map_err(|error| match error {
            Errno::NOTDIR | Errno::LOOP => DiskCacheProblem::NoFolder {
                folder: path.to_owned(),
            },
            error => unusable(error.into()),
        })?;
        let stat = fstat(&fd).map_err(|error| unusable(error.into()))?;
        let mode = stat.st_mode & 0o7777;
        if mode & OTHERS_WRITE != 0 {
            return Err(DiskCacheProblem::Shared {
                folder: path.to_owned(),
                mode,
            });
        }
        let folder = Self {
            fd,
            owner: stat.st_uid,
        };
        // The owner of a file that is made here is who this process acts as.
        if folder.user().map_err(unusable)? != folder.owner {
            return Err(DiskCacheProblem::ForeignOwner {
                folder: path.to_owned(),
                owner: folder.owner,
            });
        }
        Ok(folder)
    }

    fn user(&self) -> io::Result<u32> {
        let (file, name) = self.create()?;
        let user = file.metadata().map(|metadata| metadata.uid());
        self.remove(&name);
        user
    }

    /// A new file under a name that nobody uses.
    fn create(&self) -> io::Result<(File, String)> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{TEMPORARY}{}-{number}", std::process::id());
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match openat(&self.fd, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(fd) => return Ok((File::from(fd), name)),
                // Left by an earlier process of this number.
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// A file's bytes, `None` if there is no such file; an error if it is none that this user wrote.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        // Not to wait for the other end, should someone have put a pipe here.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        let is_own = metadata.is_file()
            && metadata.uid() == self.owner
            && metadata.mode() & OTHERS_WRITE == 0
            && metadata.len() <= MAX_FILE;
        if !is_own {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        (&file).take(MAX_FILE).read_to_end(&mut bytes)?;
        // For the order in which files go. Where the time cannot be set, they go by their age.
        let _ = file.set_modified(SystemTime::now());
        Ok(Some(bytes))
    }

    /// Writes a file: other processes see all of it or nothing. After a loss of power it may be torn, which its checksum shows.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (mut file, temporary) = self.create()?;
        let written = file
            .write_all(bytes)
            .and_then(|()| Ok(renameat(&self.fd, &temporary, &self.fd, name)?));
        if written.is_err() {
            self.remove(&temporary);
        }
        written
    }

    /// Removes a file if it is there.
    pub(super) fn remove(&self, name: &str) {
        // What cannot be removed is refused again the next time, and replaced by the next file of its name.
        let _ = unlinkat(&self.fd, name, AtFlags::empty());
    }

    /// Removes the files that were not used for longest until they take at most `max_bytes`; returns what they take then.
    pub(super) fn shrink(&self, max_bytes: u64) -> u64 {
        let mut files = self.files().unwrap_or_default();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, _, size)| size).sum();
        for (_, name, size) in files {
            if total <= max_bytes {
                break;
            }
            self.remove(&name);
            total -= size;
        }
        total
    }

    /// Time of last use, name and size of each compiled program here. Removes what dead processes left unfinished. Files of
    /// other names are not ours and are left alone.
    fn files(&self) -> io::Result<Vec<(SystemTime, String, u64)>> {
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let is_temporary = name.starts_with(TEMPORARY);
            if !is_temporary && !is_name(name) {
                continue;
            }
            // Another process may have removed it meanwhile.
            let Ok(stat) = statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let secs = u64::try_from(stat.st_mtime).unwrap_or_default();
            let modified = SystemTime::UNIX_EPOCH + Duration::new(secs, stat.st_mtime_nsec as u32);
            if !is_temporary {
                files.push((modified, name.to_owned(), stat.st_size as u64));
            } else if modified.elapsed().is_ok_and(|age| age > ABANDONED_AFTER) {
                self.remove(name);
            }
        }
        Ok(files)
    }
}
