//! ArbOS versions and what each of them decides by its number alone: the Stylus version and the EVM's own fork.

use std::{fmt, str::FromStr};

use revm::primitives::hardfork::SpecId;

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

#[cfg(test)]
mod tests {
    use super::*;

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
