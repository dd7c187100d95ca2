//! The form of a file: what it is for, how long it is, a checksum over all of it, then the compiled code.

use sha2::{Digest, Sha256};

use crate::engine::{Depth, Key, backend::Compiler};

/// Raised when this form, or what the code is compiled from, changes without a change of this crate's sources.
const FORM: &[u8; 8] = b"MINTAGE1";

/// What the sources of this crate were: they instrument and rewrite the module that is compiled.
const SOURCES: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("MINTAGE_VM_SOURCES"));

const KEY: usize = FORM.len();
const LEN: usize = KEY + 32;
const CHECKSUM: usize = LEN + 8;
const PAYLOAD: usize = CHECKSUM + 32;

/// Which program a file is of, and who compiled it.
pub(in crate::engine) struct FileKey([u8; 32]);

impl FileKey {
    pub(in crate::engine) fn new(key: &Key, compiler: Compiler) -> Self {
        let depth = match key.depth {
            Depth::Shallow => 0,
            Depth::Deep => 1,
        };
        let compiler = match compiler {
            Compiler::Winch => 0,
            Compiler::Cranelift => 1,
        };
        let digest = Sha256::new()
            .chain_update(key.code_hash)
            .chain_update(key.stylus_version.to_be_bytes())
            .chain_update([depth, compiler])
            .chain_update(SOURCES);
        Self(digest.finalize().into())
    }

    /// Name of the file: 40 hexadecimal digits.
    pub(super) fn name(&self) -> String {
        self.0[..20].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether a name is one that [`FileKey::name`] makes.
pub(super) fn is_name(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The bytes of a file. `settings` stands for wasmtime's version, the processor's features and the engine's settings.
pub(super) fn encode(key: &FileKey, settings: &[u8; 32], payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PAYLOAD + payload.len());
    bytes.extend_from_slice(FORM);
    bytes.extend_from_slice(&full_key(key, settings));
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    let checksum = checksum(&bytes, payload);
    bytes.extend_from_slice(&checksum);
    bytes.extend_from_slice(payload);
    bytes
}

fn full_key(key: &FileKey, settings: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(key.0)
        .chain_update(settings)
        .finalize()
        .into()
}

fn checksum(head: &[u8], payload: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(head)
        .chain_update(payload)
        .finalize()
        .into()
}

/// A file that is whole and was written for exactly this key and these settings. Only [`CheckedFile::check`] makes one.
pub(in crate::engine) struct CheckedFile {
    bytes: Vec<u8>,
}

impl CheckedFile {
    pub(super) fn check(bytes: Vec<u8>, key: &FileKey, settings: &[u8; 32]) -> Option<Self> {
        let (head, payload) = bytes.split_at_checked(PAYLOAD)?;
        let is_whole = head[..KEY] == *FORM
            && head[KEY..LEN] == full_key(key, settings)
            && head[LEN..CHECKSUM] == (payload.len() as u64).to_le_bytes()
            && head[CHECKSUM..] == checksum(&head[..CHECKSUM], payload);
        is_whole.then_some(Self { bytes })
    }

    /// The compiled code, as wasmtime serialised it.
    pub(in crate::engine) fn payload(&self) -> &[u8] {
        &self.bytes[PAYLOAD..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8, compiler: Compiler) -> FileKey {
        let key = Key {
            code_hash: revm::primitives::B256::repeat_byte(byte),
            stylus_version: 3,
            depth: Depth::Shallow,
            profiled: false,
        };
        FileKey::new(&key, compiler)
    }

    #[test]
    fn test_names_are_distinct_and_recognised() {
        let names = [
            key(1, Compiler::Winch),
            key(1, Compiler::Cranelift),
            key(2, Compiler::Winch),
        ]
        .map(|key| key.name());
        assert!(names.iter().all(|name| is_name(name)));
        assert!(names[0] != names[1] && names[0] != names[2] && names[1] != names[2]);
        for other in ["", "notes.txt", &names[0][1..], &names[0].to_uppercase()] {
            assert!(!is_name(other) || other == names[0], "{other}");
        }
    }

    #[test]
    fn test_a_file_is_taken_only_as_it_was_written_and_for_what() {
        let (mine, settings) = (key(1, Compiler::Winch), [7; 32]);
        let bytes = encode(&mine, &settings, b"some machine code");
        let checked = CheckedFile::check(bytes.clone(), &mine, &settings).expect("as it was written");
        assert_eq!(checked.payload(), b"some machine code");

        assert!(CheckedFile::check(bytes.clone(), &key(2, Compiler::Winch), &settings).is_none());
        assert!(CheckedFile::check(bytes.clone(), &key(1, Compiler::Cranelift), &settings).is_none());
        assert!(CheckedFile::check(bytes.clone(), &mine, &[8; 32]).is_none());
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                assert!(
                    CheckedFile::check(damaged, &mine, &settings).is_none(),
                    "bit {bit} of {at}"
                );
            }
            assert!(
                CheckedFile::check(bytes[..at].to_vec(), &mine, &settings).is_none(),
                "cut at {at}"
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(CheckedFile::check(longer, &mine, &settings).is_none());
    }
}
