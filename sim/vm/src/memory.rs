//! What memory pages cost: the linear and the exponential part, and the counters that a transaction carries.
//!
//! Only arithmetic. Who asks (entry, `pay_for_memory_grow`) and what happens on refusal belongs to the host.

use crate::arbos::{ArbosVersion, StylusParams};

/// Bytes of one WebAssembly page.
pub const PAGE_SIZE: u32 = 65_536;

/// Pages that a program may have, by price: from 129 on the exponential part is `u64::MAX`.
pub const MAX_PRICED_PAGES: u16 = 128;

/// Pages of all programs of one transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Open now, in all frames together.
    pub open: u16,
    /// Most that were ever open in this transaction; never goes down, not even when a frame reverts.
    pub ever: u16,
}

impl Pages {
    /// The counters after `new` more pages, saturating.
    #[must_use]
    pub const fn with(self, new: u16) -> Self {
        let open = self.open.saturating_add(new);
        Self {
            open,
            ever: if open > self.ever { open } else { self.ever },
        }
    }
}

/// How pages are priced. Built from the chain's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryModel {
    /// Pages that cost nothing.
    pub free_pages: u16,
    /// Gas of each further open page.
    pub page_gas: u16,
    /// Cap on open pages; `None` where there is none (before ArbOS 59, or a limit of 0).
    pub open_limit: Option<u16>,
}

impl MemoryModel {
    /// The model of a chain with these parameters.
    pub const fn new(params: &StylusParams, arbos: ArbosVersion) -> Self {
        let capped = arbos.number() >= 59 && params.page_limit != 0;
        Self {
            free_pages: params.free_pages,
            page_gas: params.page_gas,
            open_limit: if capped { Some(params.page_limit) } else { None },
        }
    }

    /// Gas for `new` more pages, by price alone ([`over_limit`](Self::over_limit) is asked separately).
    ///
    /// `linear + exp(ever after) - exp(ever before)`; 0 as long as no more than the free pages were ever open.
    pub const fn gas_cost(&self, new: u16, before: Pages) -> u64 {
        let after = before.with(new);
        if after.ever <= self.free_pages {
            return 0;
        }
        let paid_after = after.open.saturating_sub(self.free_pages) as u64;
        let paid_before = before.open.saturating_sub(self.free_pages) as u64;
        let linear = (paid_after - paid_before) * self.page_gas as u64;
        let expand = exponential_gas(after.ever) - exponential_gas(before.ever);
        linear.saturating_add(expand)
    }

    /// Whether `open` pages are more than the chain allows at all (ArbOS 59 and later; equality is allowed).
    pub const fn over_limit(&self, open: u16) -> bool {
        matches!(self.open_limit, Some(limit) if open > limit)
    }
}

/// The exponential part for a transaction that had `ever` pages open: `u64::MAX` above 128.
pub const fn exponential_gas(ever: u16) -> u64 {
    if ever > MAX_PRICED_PAGES {
        u64::MAX
    } else {
        EXPONENTS[ever as usize] as u64
    }
}

/// `floor(b^pages)` with `b = exp(ln(31_874_000) / 128)`, as the network tabulates it.
#[rustfmt::skip]
const EXPONENTS: [u32; 129] = [
    1, 1, 1, 1, 1, 1, 2, 2, 2, 3,
    3, 4, 5, 5, 6, 7, 8, 9, 11, 12,
    14, 17, 19, 22, 25, 29, 33, 38, 43, 50,
    57, 65, 75, 85, 98, 112, 128, 147, 168, 193,
    221, 253, 289, 331, 379, 434, 497, 569, 651, 745,
    853, 976, 1117, 1279, 1463, 1675, 1917, 2194, 2511, 2874,
    3290, 3765, 4309, 4932, 5645, 6461, 7395, 8464, 9687, 11_087,
    12_689, 14_523, 16_621, 19_024, 21_773, 24_919, 28_521, 32_642, 37_359, 42_758,
    48_938, 56_010, 64_104, 73_368, 83_971, 96_106, 109_994, 125_890, 144_082, 164_904,
    188_735, 216_010, 247_226, 282_953, 323_844, 370_643, 424_206, 485_509, 555_672, 635_973,
    727_880, 833_067, 953_456, 1_091_243, 1_248_941, 1_429_429, 1_636_000, 1_872_423, 2_143_012, 2_452_704,
    2_807_151, 3_212_820, 3_677_113, 4_208_502, 4_816_684, 5_512_756, 6_309_419, 7_221_210, 8_264_766, 9_459_129,
    10_826_093, 12_390_601, 14_181_199, 16_230_562, 18_576_084, 21_260_563, 24_332_984, 27_849_408, 31_873_999,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> MemoryModel {
        MemoryModel::new(&StylusParams::default(), ArbosVersion::default())
    }

    #[test]
    fn test_exponents_follow_their_base() {
        let base = (31_874_000_f64.ln() / 128.0).exp();
        for (pages, gas) in EXPONENTS.iter().enumerate() {
            assert_eq!(*gas, base.powi(pages as i32).floor() as u32, "{pages} pages");
        }
    }

    #[test]
    fn test_exponents_equal_the_table_of_the_network() {
        let table = include_str!("../../../tests/vectors/stylus/memory_exponents.csv");
        let rows = table
            .lines()
            .skip(1)
            .map(|line| line.split_once(',').expect("two columns"));
        let mut seen = 0;
        for (pages, gas) in rows {
            let pages = pages.trim_end_matches('+').parse().expect("pages");
            assert_eq!(
                exponential_gas(pages),
                gas.parse::<u64>().expect("gas"),
                "{pages} pages"
            );
            seen += 1;
        }
        assert_eq!(seen, 130);
    }

    #[test]
    fn test_gas_cost_free_pages_cost_nothing() {
        assert_eq!(model().gas_cost(2, Pages::default()), 0);
        assert_eq!(model().gas_cost(0, Pages { open: 2, ever: 2 }), 0);
        // The third page: linear 1000, exponential floor(b^3) - floor(b^0) = 0.
        assert_eq!(model().gas_cost(3, Pages::default()), 1000);
    }

    #[test]
    fn test_gas_cost_pages_once_open_cost_only_their_linear_part() {
        let before = Pages { open: 4, ever: 128 };
        assert_eq!(model().gas_cost(10, before), 10_000);
    }

    #[test]
    fn test_gas_cost_past_the_table_cannot_be_paid_but_once_there_is_linear() {
        assert_eq!(model().gas_cost(129, Pages::default()), u64::MAX);
        assert_eq!(model().gas_cost(1, Pages { open: 3, ever: 129 }), 1000);
        assert_eq!(
            model().gas_cost(
                u16::MAX,
                Pages {
                    open: u16::MAX,
                    ever: u16::MAX
                }
            ),
            0
        );
    }

    #[test]
    fn test_over_limit_only_from_59_and_only_when_set() {
        assert!(!model().over_limit(128));
        assert!(model().over_limit(129));
        let params = StylusParams {
            page_limit: 0,
            ..StylusParams::default()
        };
        assert!(!MemoryModel::new(&params, ArbosVersion::V61).over_limit(u16::MAX));
        assert!(!MemoryModel::new(&StylusParams::default(), ArbosVersion::V51).over_limit(u16::MAX));
    }
}
