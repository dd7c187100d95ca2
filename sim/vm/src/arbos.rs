//! ArbOS versions and what each of them decides: the Stylus version, the Stylus parameters, the EVM's own fork.
//!
//! Only facts that follow from a version number stand here. Prices are in [`pricing`](crate::pricing), the page model
//! in [`memory`](crate::memory), acceptance rules in [`validate`](crate::validate); nothing here touches state.

use std::{fmt, str::FromStr};

use revm::primitives::{B256, hardfork::SpecId};

/// An ArbOS version that runs Stylus programs. Ordered, so `arbos >= ArbosVersion::V60` reads as the rule it states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ArbosVersion {
    /// Stylus launch (Stylus version 1, Cancun).
    V30 = 30,
    /// Stylus fixes: Stylus version 2, cheaper minimum init, return-data floor.
    V31 = 31,
    /// Stylus charging fixes: flush and load charge what they should, the module's size is paid at activation.
    V32 = 32,
    /// Prague.
    V40 = 40,
    /// Native token mint and burn, off by default.
    V41 = 41,
    /// Osaka; stack depth at most 22,000 words.
    V50 = 50,
    /// Dia.
    V51 = 51,
    /// Stylus version 3: no multi-value, cap on open pages.
    V59 = 59,
    /// Fragments, programs of 256 KiB, the block's recent programs are priced as cached.
    V60 = 60,
    /// Today's Arbitrum One. The default.
    #[default]
    V61 = 61,
}

/// The number does not name an ArbOS version with Stylus that this crate knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ArbOS version that runs Stylus; use one of 30, 31, 32, 40, 41, 50, 51, 59, 60, 61")]
pub struct UnknownArbosVersion(pub String);

impl ArbosVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 10] = [
        Self::V30,
        Self::V31,
        Self::V32,
        Self::V40,
        Self::V41,
        Self::V50,
        Self::V51,
        Self::V59,
        Self::V60,
        Self::V61,
    ];

    /// The number as it stands in ArbOS state (without the 55 that `arbOSVersion()` adds).
    pub const fn number(self) -> u64 {
        self as u64
    }

    /// The Stylus version that this ArbOS compiles and runs programs with: 1 from 30, 2 from 31, 3 from 59.
    pub const fn stylus_version(self) -> u16 {
        match self {
            Self::V30 => 1,
            Self::V31 | Self::V32 | Self::V40 | Self::V41 | Self::V50 | Self::V51 => 2,
            Self::V59 | Self::V60 | Self::V61 => 3,
        }
    }

    /// The Ethereum fork whose opcodes and gas rules the EVM beside the programs follows.
    pub const fn spec_id(self) -> SpecId {
        match self {
            Self::V30 | Self::V31 | Self::V32 => SpecId::CANCUN,
            Self::V40 | Self::V41 => SpecId::PRAGUE,
            Self::V50 | Self::V51 | Self::V59 | Self::V60 | Self::V61 => SpecId::OSAKA,
        }
    }

    /// Largest decompressed program in bytes.
    pub const fn max_wasm_size(self) -> u32 {
        if self.number() >= 60 {
            262_144
        } else {
            DEFAULT_MAX_WASM_SIZE
        }
    }

    /// Most fragments that one program may be split into; 0 where fragments do not exist.
    pub const fn max_fragment_count(self) -> u8 {
        if self.number() >= 60 { 4 } else { 0 }
    }
}

/// Where no limit is stored (ArbOS 30 to 32), this one holds.
pub const DEFAULT_MAX_WASM_SIZE: u32 = 131_072;

impl TryFrom<u64> for ArbosVersion {
    type Error = UnknownArbosVersion;

    fn try_from(number: u64) -> Result<Self, UnknownArbosVersion> {
        Self::ALL
            .into_iter()
            .find(|version| version.number() == number)
            .ok_or_else(|| UnknownArbosVersion(number.to_string()))
    }
}

impl FromStr for ArbosVersion {
    type Err = UnknownArbosVersion;

    fn from_str(text: &str) -> Result<Self, UnknownArbosVersion> {
        let number = text
            .trim()
            .parse::<u64>()
            .map_err(|_| UnknownArbosVersion(text.to_owned()))?;
        Self::try_from(number)
    }
}

impl fmt::Display for ArbosVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(formatter)
    }
}

/// The Stylus parameters: one storage word that the chain's owner may change.
///
/// [`StylusParams::for_arbos`] gives the values of Arbitrum One; [`encode`](Self::encode) and [`decode`](Self::decode)
/// are the word at slot 0 of the programs' parameter space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StylusParams {
    /// Stylus version: 1, 2 or 3. A program activated under another one must be activated again.
    pub version: u16,
    /// Ink that one gas buys (24 bits).
    pub ink_price: u32,
    /// Words of stack that a program's frames may take together.
    pub max_stack_depth: u32,
    /// Pages of 64 KiB that are free in each transaction.
    pub free_pages: u16,
    /// Gas for each page after the free ones (the linear part).
    pub page_gas: u16,
    /// Pages that one transaction may have open at once.
    pub page_limit: u16,
    /// Least init gas, in units of 128 gas.
    pub min_init_gas: u8,
    /// Least init gas of a cached program, in units of 32 gas.
    pub min_cached_init_gas: u8,
    /// Share of a program's init cost that is charged, in units of 2 %.
    pub init_cost_scalar: u8,
    /// Share of a program's cached init cost that is charged, in units of 2 %.
    pub cached_cost_scalar: u8,
    /// Days after which an activation expires.
    pub expiry_days: u16,
    /// Days after which an activation may be renewed.
    pub keepalive_days: u16,
    /// Programs that the block's list of recent programs holds (used from ArbOS 60).
    pub block_cache_size: u16,
    /// Largest decompressed program in bytes (stored from ArbOS 40).
    pub max_wasm_size: u32,
    /// Most fragments of one program (stored from ArbOS 60).
    pub max_fragment_count: u8,
}

impl StylusParams {
    /// The values of a chain whose owner left them as ArbOS sets them.
    pub const fn for_arbos(arbos: ArbosVersion) -> Self {
        Self {
            version: arbos.stylus_version(),
            ink_price: 10_000,
            max_stack_depth: if arbos.number() >= 50 { 22_000 } else { 262_144 },
            free_pages: 2,
            page_gas: 1000,
            page_limit: 128,
            min_init_gas: if arbos.stylus_version() == 1 { 72 } else { 69 },
            min_cached_init_gas: 11,
            init_cost_scalar: 50,
            cached_cost_scalar: 50,
            expiry_days: 365,
            keepalive_days: 31,
            block_cache_size: 32,
            max_wasm_size: arbos.max_wasm_size(),
            max_fragment_count: arbos.max_fragment_count(),
        }
    }

    /// Reads the storage word. Fields that `arbos` does not store yet take the value that holds there.
    pub fn decode(word: B256, arbos: ArbosVersion) -> Self {
        let byte = |at: usize| word.0[at];
        let half = |at: usize| u16::from_be_bytes([word.0[at], word.0[at + 1]]);
        let full =
            |at: usize| u32::from_be_bytes([word.0[at], word.0[at + 1], word.0[at + 2], word.0[at + 3]]);
        Self {
            version: half(0),
            ink_price: u32::from_be_bytes([0, byte(2), byte(3), byte(4)]),
            max_stack_depth: full(5),
            free_pages: half(9),
            page_gas: half(11),
            page_limit: half(13),
            min_init_gas: byte(15),
            min_cached_init_gas: byte(16),
            init_cost_scalar: byte(17),
            cached_cost_scalar: byte(18),
            expiry_days: half(19),
            keepalive_days: half(21),
            block_cache_size: half(23),
            max_wasm_size: if arbos >= ArbosVersion::V40 {
                full(25)
            } else {
                DEFAULT_MAX_WASM_SIZE
            },
            max_fragment_count: if arbos >= ArbosVersion::V60 { byte(29) } else { 0 },
        }
    }

    /// The storage word: big-endian fields in declaration order, two bytes of padding at the end.
    ///
    /// `ink_price` keeps its low 24 bits. What `arbos` does not store yet is left zero.
    pub fn encode(&self, arbos: ArbosVersion) -> B256 {
        let mut word = [0; 32];
        word[0..2].copy_from_slice(&self.version.to_be_bytes());
        word[2..5].copy_from_slice(&self.ink_price.to_be_bytes()[1..]);
        word[5..9].copy_from_slice(&self.max_stack_depth.to_be_bytes());
        word[9..11].copy_from_slice(&self.free_pages.to_be_bytes());
        word[11..13].copy_from_slice(&self.page_gas.to_be_bytes());
        word[13..15].copy_from_slice(&self.page_limit.to_be_bytes());
        word[15] = self.min_init_gas;
        word[16] = self.min_cached_init_gas;
        word[17] = self.init_cost_scalar;
        word[18] = self.cached_cost_scalar;
        word[19..21].copy_from_slice(&self.expiry_days.to_be_bytes());
        word[21..23].copy_from_slice(&self.keepalive_days.to_be_bytes());
        word[23..25].copy_from_slice(&self.block_cache_size.to_be_bytes());
        if arbos >= ArbosVersion::V40 {
            word[25..29].copy_from_slice(&self.max_wasm_size.to_be_bytes());
        }
        if arbos >= ArbosVersion::V60 {
            word[29] = self.max_fragment_count;
        }
        B256::from(word)
    }
}

impl Default for StylusParams {
    fn default() -> Self {
        Self::for_arbos(ArbosVersion::default())
    }
}

#[cfg(test)]
mod tests {
    use revm::primitives::b256;

    use super::*;

    #[test]
    fn test_params_arbos_61_equal_the_chain_word() {
        let word = b256!("0003002710000055f0000203e80080450b3232016d001f002000040000040000");
        assert_eq!(StylusParams::default().encode(ArbosVersion::V61), word);
        assert_eq!(
            StylusParams::decode(word, ArbosVersion::V61),
            StylusParams::default()
        );
    }

    #[test]
    fn test_params_survive_the_word_at_every_version() {
        for arbos in ArbosVersion::ALL {
            let params = StylusParams::for_arbos(arbos);
            assert_eq!(
                StylusParams::decode(params.encode(arbos), arbos),
                params,
                "ArbOS {arbos}"
            );
        }
    }

    #[test]
    fn test_params_old_words_leave_later_fields_zero() {
        let word = StylusParams::for_arbos(ArbosVersion::V32).encode(ArbosVersion::V32);
        assert_eq!(word.0[25..], [0; 7]);
        let word = StylusParams::for_arbos(ArbosVersion::V51).encode(ArbosVersion::V51);
        assert_eq!(word.0[25..], [0, 2, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn test_version_text_names_what_is_allowed() {
        assert_eq!("61".parse(), Ok(ArbosVersion::V61));
        assert_eq!(
            "33".parse::<ArbosVersion>(),
            Err(UnknownArbosVersion("33".into()))
        );
        let words = "latest".parse::<ArbosVersion>().unwrap_err().to_string();
        assert!(words.contains("`latest`") && words.contains("51"), "{words}");
    }
}
