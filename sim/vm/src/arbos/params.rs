//! The Stylus parameters: one storage word that the chain's owner may change.

use revm::primitives::B256;

use super::version::{ArbosVersion, DEFAULT_MAX_WASM_SIZE};

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
        assert_eq!(word.0[25..], [0u8; 7]);
        let word = StylusParams::for_arbos(ArbosVersion::V51).encode(ArbosVersion::V51);
        assert_eq!(word.0[25..], [0u8, 2, 0, 0, 0, 0, 0]);
    }
}
