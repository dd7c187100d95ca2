//! What was read of another chain's state, in a file: a chain at one block never changes, so that it need not be read twice.
//!
//! A file is named after chain id, number and hash of the block, and says them again inside: one of another block is never
//! taken. A file that is damaged is one that is not there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256, keccak256};
use mintage_chain::RemoteAccount;
use serde::{Deserialize, Serialize};

/// How each file begins; the number is that of the format.
const MARK: &str = "mintage fork 2";

/// What is known of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) accounts: BTreeMap<Address, RemoteAccount>,
    pub(crate) slots: BTreeMap<Address, BTreeMap<U256, U256>>,
    /// Hashes of blocks up to the block, by number.
    pub(crate) hashes: BTreeMap<u64, B256>,
}

impl Facts {
    /// Adds what another list has more.
    fn merge(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        for (address, slots) in other.slots {
            self.slots.entry(address).or_default().extend(slots);
        }
        self.hashes.extend(other.hashes);
    }
}

/// The file of a chain at one block.
#[derive(Clone, Debug)]
pub(crate) struct CacheFile {
    path: PathBuf,
    /// First line, without the checksum.
    title: String,
}

impl CacheFile {
    pub(crate) fn new(folder: &Path, chain_id: u64, number: u64, hash: B256) -> Self {
        let short = &hash.to_string()[2..18];
        Self {
            path: folder
                .join(chain_id.to_string())
                .join(format!("{number}-{short}")),
            title: format!("{MARK} chain {chain_id} block {number} {hash}"),
        }
    }

    /// What the file holds: nothing if there is none, or none that is whole and of this block.
    pub(crate) fn load(&self) -> Facts {
        self.read().unwrap_or_default()
    }

    fn read(&self) -> Option<Facts> {
        let text = fs::read_to_string(&self.path).ok()?;
        let (title, rest) = text.split_once('\n')?;
        let (checksum, body) = rest.split_once('\n')?;
        let whole = title == self.title && checksum == keccak256(body).to_string();
        whole.then(|| serde_json::from_str(body).ok()).flatten()
    }

    /// Writes what is known, together with what another node may have put there meanwhile. The file is there as a whole or not
    /// at all.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn save(&self, known: Facts) -> io::Result<()> {
        let mut all = self.load();
        all.merge(known);
        let body = serde_json::to_string(&all)?;
        let text = format!("{}\n{}\n{body}", self.title, keccak256(&body));
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // What is left of an attempt is of no use to anybody.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(n: u8) -> Facts {
        let address = Address::repeat_byte(n);
        let account = RemoteAccount {
            balance: U256::MAX,
            nonce: u64::MAX,
            code: vec![n; 3].into(),
        };
        Facts {
            accounts: [(address, account)].into(),
            slots: [(address, [(U256::from(n), U256::MAX)].into())].into(),
            hashes: [(n.into(), B256::repeat_byte(n))].into(),
        }
    }

    #[test]
    fn test_a_file_gives_back_what_was_saved_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let hash = B256::repeat_byte(0xab);
        let file = CacheFile::new(folder.path(), 42_161, 7, hash);
        assert_eq!(file.load(), Facts::default());
        file.save(facts(1)).unwrap();
        assert_eq!(file.load(), facts(1));
        file.save(facts(2)).unwrap();
        let mut both = facts(1);
        both.merge(facts(2));
        assert_eq!(file.load(), both, "two nodes share a file");
        // Another block of the same number, even one whose file has the same name.
        let mut last = hash;
        last.0[31] ^= 1;
        let other = CacheFile::new(folder.path(), 42_161, 7, last);
        assert_eq!(other.path, file.path);
        assert_eq!(other.load(), Facts::default());
        for damage in [0usize, 40, 120, 200] {
            let mut bytes = fs::read(&file.path).unwrap();
            bytes[damage] ^= 1;
            fs::write(&file.path, &bytes).unwrap();
            assert_eq!(file.load(), Facts::default(), "{damage}");
            bytes[damage] ^= 1;
            bytes.truncate(bytes.len() - 1);
            fs::write(&file.path, &bytes).unwrap();
            assert_eq!(file.load(), Facts::default(), "cut off");
            file.save(both.clone()).unwrap();
            assert_eq!(file.load(), both);
        }
        let left: Vec<_> = fs::read_dir(file.path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
