//! Solidity's ABI as ArbOS's precompiles speak it: arguments decoded as the network's decoder does, results encoded.
//!
//! The network's decoder looks at the range of numbers and of booleans, never at the upper bytes of an address, and takes
//! calldata that is longer than needed. What it refuses takes all gas.

use revm::primitives::{Address, B256, Bytes, U256, ruint::UintTryFrom};

use crate::arbos::storage::{Failure, Result};

/// Calldata after the selector.
#[derive(Clone, Debug)]
pub struct Args(Bytes);

impl Args {
    /// Arguments in this calldata, which begins after the selector.
    pub const fn new(data: Bytes) -> Self {
        Self(data)
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn word_at(&self, at: usize) -> Result<U256> {
        let end = at.checked_add(32).ok_or(Failure::Burnt)?;
        self.0.get(at..end).map(U256::from_be_slice).ok_or(Failure::Burnt)
    }

    /// The `index`th word as it stands.
    pub fn word(&self, index: usize) -> Result<B256> {
        self.uint(index).map(B256::from)
    }

    /// The `index`th word as a number of 256 bits.
    pub fn uint(&self, index: usize) -> Result<U256> {
        self.word_at(index * 32)
    }

    /// The `index`th word as a number that fits `T`.
    pub fn small<T: TryFrom<u64>>(&self, index: usize) -> Result<T> {
        small(self.uint(index)?)
    }

    /// The `index`th word as a signed number of 64 bits.
    pub fn int64(&self, index: usize) -> Result<i64> {
        let word = revm::primitives::I256::from_raw(self.uint(index)?);
        i64::try_from(word).map_err(|_| Failure::Burnt)
    }

    /// The `index`th word as a boolean.
    pub fn boolean(&self, index: usize) -> Result<bool> {
        Ok(self.small_up_to(index, 1)? == 1)
    }

    fn small_up_to(&self, index: usize, most: u64) -> Result<u64> {
        self.small::<u64>(index)
            .ok()
            .filter(|value| *value <= most)
            .ok_or(Failure::Burnt)
    }

    /// The `index`th word as an address.
    pub fn address(&self, index: usize) -> Result<Address> {
        self.word(index).map(Address::from_word)
    }

    /// The byte string (or text) whose place the `index`th word tells.
    pub fn bytes(&self, index: usize) -> Result<Bytes> {
        let at = self.place(self.uint(index)?, 0)?;
        let length: usize = small(self.word_at(at)?)?;
        let start = at + 32;
        let end = start.checked_add(length).ok_or(Failure::Burnt)?;
        if end > self.0.len() {
            return Err(Failure::Burnt);
        }
        Ok(self.0.slice(start..end))
    }

    /// The list whose place the `index`th word tells.
    pub fn list(&self, index: usize) -> Result<List<'_>> {
        self.list_at(self.place(self.uint(index)?, 0)?)
    }

    fn list_at(&self, at: usize) -> Result<List<'_>> {
        let length: usize = small(self.word_at(at)?)?;
        let list = List {
            args: self,
            start: at + 32,
            length,
        };
        // Every element takes a word at least: no length is believed that the data cannot hold.
        if length > (self.0.len() - list.start) / 32 {
            return Err(Failure::Burnt);
        }
        Ok(list)
    }

    fn place(&self, offset: U256, base: usize) -> Result<usize> {
        let offset: usize = small(offset)?;
        base.checked_add(offset).ok_or(Failure::Burnt)
    }
}

fn small<T: TryFrom<u64>>(word: U256) -> Result<T> {
    let value = u64::try_from(word).map_err(|_| Failure::Burnt)?;
    T::try_from(value).map_err(|_| Failure::Burnt)
}

/// A list in the arguments.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    args: &'a Args,
    start: usize,
    length: usize,
}

impl<'a> List<'a> {
    /// Number of its elements.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Word `word` of element `index`, when each element is `words` words in place.
    pub fn field<T: TryFrom<u64>>(&self, index: usize, words: usize, word: usize) -> Result<T> {
        small(self.args.word_at(self.start + (index * words + word) * 32)?)
    }

    /// Element `index`, when elements stand elsewhere and the list holds their places.
    pub fn element(&self, index: usize) -> Result<Tuple<'a>> {
        let offset = self.args.word_at(self.start + index * 32)?;
        Ok(Tuple {
            args: self.args,
            start: self.args.place(offset, self.start)?,
        })
    }
}

/// A tuple of dynamic length in the arguments.
#[derive(Clone, Copy, Debug)]
pub struct Tuple<'a> {
    args: &'a Args,
    start: usize,
}

impl<'a> Tuple<'a> {
    /// Its `word`th word as a number that fits `T`.
    pub fn field<T: TryFrom<u64>>(&self, word: usize) -> Result<T> {
        small(self.args.word_at(self.at(word)?)?)
    }

    /// The list whose place its `word`th word tells.
    pub fn list(&self, word: usize) -> Result<List<'a>> {
        let offset = self.args.word_at(self.at(word)?)?;
        self.args.list_at(self.args.place(offset, self.start)?)
    }

    fn at(&self, word: usize) -> Result<usize> {
        self.start.checked_add(word * 32).ok_or(Failure::Burnt)
    }
}

/// ABI words one after another: static results, and errors behind their selector.
pub fn words<const N: usize>(words: [U256; N]) -> Vec<u8> {
    words.iter().flat_map(U256::to_be_bytes::<32>).collect()
}

/// A result of one number.
pub fn one<T>(value: T) -> Vec<u8>
where
    U256: UintTryFrom<T>,
{
    words([U256::from(value)])
}

/// A result of one address.
pub fn address(address: Address) -> Vec<u8> {
    address.into_word().to_vec()
}

/// A result of one byte string.
pub fn dynamic(bytes: &[u8]) -> Vec<u8> {
    [words([U256::from(32)]), tail(bytes)].concat()
}

/// A byte string as it stands where its place points: length, then bytes, padded to words.
pub fn tail(bytes: &[u8]) -> Vec<u8> {
    let mut out = words([U256::from(bytes.len())]);
    out.extend_from_slice(bytes);
    out.resize(32 + bytes.len().next_multiple_of(32), 0);
    out
}

/// A result of one list of words.
pub fn list(items: impl ExactSizeIterator<Item = U256>) -> Vec<u8> {
    let mut out = words([U256::from(32), U256::from(items.len())]);
    for item in items {
        out.extend(item.to_be_bytes::<32>());
    }
    out
}

/// A result of one list of addresses.
pub fn addresses(addresses: &[Address]) -> Vec<u8> {
    list(
        addresses
            .iter()
            .map(|address| U256::from_be_bytes(address.into_word().0)),
    )
}

/// An ABI-encoded error.
pub fn error<const N: usize>(selector: [u8; 4], args: [U256; N]) -> Failure {
    Failure::Error([&selector[..], &words(args)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(items: &[U256]) -> Args {
        Args::new(
            items
                .iter()
                .flat_map(U256::to_be_bytes::<32>)
                .collect::<Vec<u8>>()
                .into(),
        )
    }

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    #[test]
    fn test_numbers_out_of_range_are_refused_and_addresses_are_cut() {
        let data = args(&[n(256), n(2), U256::MAX, U256::MAX >> 1]);
        assert_eq!(data.small::<u16>(0), Ok(256));
        assert_eq!(data.small::<u8>(0), Err(Failure::Burnt));
        assert_eq!(data.boolean(1), Err(Failure::Burnt));
        assert_eq!(data.int64(2), Ok(-1));
        assert_eq!(data.int64(3), Err(Failure::Burnt));
        assert_eq!(data.address(2), Ok(Address::repeat_byte(0xff)));
        assert_eq!(data.word(4), Err(Failure::Burnt));
    }

    #[test]
    fn test_hostile_places_and_lengths_are_refused() {
        for data in [
            args(&[U256::MAX]),
            args(&[n(u64::MAX)]),
            args(&[n(u64::MAX - 31)]),
            args(&[n(32), U256::MAX]),
            args(&[n(32), n(u64::MAX)]),
            args(&[n(32), n(33), n(0)]),
            args(&[n(64)]),
            args(&[]),
        ] {
            assert_eq!(data.bytes(0), Err(Failure::Burnt), "{data:?}");
            assert!(data.list(0).is_err(), "{data:?}");
        }
        let two = args(&[n(32), n(2), n(7), n(u64::MAX)]);
        let list = two.list(0).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list.field::<u64>(0, 1, 0), Ok(7));
        assert!(list.element(1).is_err());
        assert!(list.field::<u64>(1, 3, 0).is_err());
    }

    #[test]
    fn test_byte_strings_survive() {
        for length in [0usize, 1, 31, 32, 33] {
            let text = vec![7; length];
            let data = Args::new(dynamic(&text).into());
            assert_eq!(data.bytes(0).unwrap(), text);
            assert_eq!(data.len() % 32, 0);
        }
    }
}
