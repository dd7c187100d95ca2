//! Ink and gas prices that do not depend on state: operators, host calls, program entry.
//!
//! The same in all Stylus versions. What a host call costs beyond its own ink (storage, calls, logs) follows the EVM's
//! rules and is priced where it happens; memory pages are in [`memory`](crate::memory).

use wasmparser::Operator;

use crate::arbos::StylusParams;

/// Ink of an operator that no one can pay: floats and everything that the network has no price for.
pub const UNPAYABLE: u64 = u64::MAX;

/// Ink added to every basic block.
pub const BLOCK_HEADER_INK: u64 = 2450;

/// Ink per byte of `memory.fill` and `memory.copy`, charged from the length at run time.
pub const BULK_MEMORY_BYTE_INK: u64 = 100;

/// Ink of a host call's own dispatch.
pub const HOSTIO_INK: u64 = 8400;

/// Ink of one pointer that a host call writes through.
pub const POINTER_INK: u64 = 5040;

/// Ink of a request to the EVM.
pub const EVM_API_INK: u64 = 59_673;

/// Gas for opening a storage slot's cache entry, beyond the EVM's own price (part of what must be left before a load).
pub const STORAGE_CACHE_REQUIRED_GAS: u64 = 10;

/// Gas that must be left before anything that may write storage (EIP-2200's sentry).
pub const STORAGE_WRITE_SENTRY_GAS: u64 = 2300;

/// `gas` as ink at `ink_price` ink a gas, saturating.
pub const fn gas_to_ink(gas: u64, ink_price: u32) -> u64 {
    gas.saturating_mul(ink_price as u64)
}

/// `ink` as gas at `ink_price` ink a gas, rounded down. At a price of 0 nothing is gas.
pub const fn ink_to_gas_down(ink: u64, ink_price: u32) -> u64 {
    match ink.checked_div(ink_price as u64) {
        Some(gas) => gas,
        None => 0,
    }
}

/// Ink for `bytes` written into the program's memory.
pub const fn write_price(bytes: u32) -> u64 {
    5040 + 30 * bytes.saturating_sub(32) as u64
}

/// Ink for `bytes` read from the program's memory.
pub const fn read_price(bytes: u32) -> u64 {
    16_381 + 55 * bytes.saturating_sub(32) as u64
}

/// Ink for hashing `bytes`.
pub const fn keccak_price(bytes: u32) -> u64 {
    121_800 + 21_000 * bytes.div_ceil(32).saturating_sub(2) as u64
}

/// Ink for raising to `exponent` (big-endian), beyond the base price of `math_pow`.
///
/// 17,500 for each byte from the first that is not zero, and once more: an exponent of 0 costs 20,500.
pub fn pow_price(exponent: &[u8; 32]) -> u64 {
    let leading_zeros = exponent.iter().take_while(|byte| **byte == 0).count() as u64;
    3000 + 17_500 * (33 - leading_zeros)
}

/// Gas that the `nth` storage load of one program instance costs on top (counted from 1, cache hits included).
pub const fn storage_load_step_gas(nth: u32) -> u64 {
    match nth {
        0..=32 => 0,
        33..=128 => 2,
        _ => 10,
    }
}

/// Gas that the `nth` cached storage write of one program instance costs (counted from 1).
pub const fn storage_cache_step_gas(nth: u32) -> u64 {
    match nth {
        0..=8 => 0,
        9..=64 => 7,
        _ => 10,
    }
}

/// What entering a program costs, its memory pages not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryGas {
    /// Initialisation: paid when the program is not cached.
    pub init: u64,
    /// Loading from the cache: paid when the program is cached, and from Stylus version 2 always.
    pub cached: u64,
}

impl EntryGas {
    /// The two parts for a program with these recorded costs. Scaled costs are rounded up.
    pub const fn new(params: &StylusParams, init_cost: u16, cached_init_cost: u16) -> Self {
        Self {
            init: 128 * params.min_init_gas as u64 + scaled_up(init_cost, params.init_cost_scalar),
            cached: 32 * params.min_cached_init_gas as u64
                + scaled_up(cached_init_cost, params.cached_cost_scalar),
        }
    }

    /// What one entry costs under Stylus version `version`.
    pub const fn charge(&self, version: u16, cached: bool) -> u64 {
        match (version, cached) {
            (_, true) => self.cached,
            (0 | 1, false) => self.init,
            (_, false) => self.init + self.cached,
        }
    }
}

/// `ceil(cost * scalar * 2 / 100)`: the scalar counts in steps of 2 %.
const fn scaled_up(cost: u16, scalar: u8) -> u64 {
    (cost as u64 * scalar as u64 * 2).div_ceil(100)
}

/// Gas for reading one fragment at activation.
///
/// `cold` is whether the fragment's account was not touched in this transaction yet.
pub const fn fragment_read_gas(code_len: usize, cold: bool) -> u64 {
    let account = if cold { 2600 } else { 100 };
    account + 3 * (code_len as u64).div_ceil(32)
}

/// Ink of `operator` itself; block header, page payment and bulk-memory bytes are separate.
///
/// `params_of_type` gives the number of parameters of a function type, for `call_indirect`.
pub fn operator_ink(operator: &Operator<'_>, params_of_type: impl FnOnce(u32) -> u64) -> u64 {
    use Operator::*;
    match operator {
        Unreachable
        | Return
        | Nop
        | I32Const { .. }
        | I64Const { .. }
        | Block { .. }
        | Loop { .. }
        | Else
        | End => 1,
        Drop => 9,
        Br { .. } | BrIf { .. } | If { .. } => 765,
        BrTable { targets } => 2400 + 325 * targets.len() as u64,
        Select => 1250,
        Call { .. } => 3800,
        CallIndirect { type_index, .. } => 13_610 + 650 * params_of_type(*type_index),
        LocalGet { .. } | LocalTee { .. } => 75,
        LocalSet { .. } => 210,
        GlobalGet { .. } => 225,
        GlobalSet { .. } => 575,
        MemorySize { .. } => 3000,
        MemoryGrow { .. } => 8050,
        MemoryCopy { .. } | MemoryFill { .. } => 950,
        _ => memory_access_ink(operator)
            .or_else(|| numeric_ink(operator))
            .unwrap_or(UNPAYABLE),
    }
}

fn memory_access_ink(operator: &Operator<'_>) -> Option<u64> {
    use Operator::*;
    Some(match operator {
        I32Load { .. } | I32Load8S { .. } | I32Load8U { .. } | I32Load16S { .. } | I32Load16U { .. } => 670,
        I64Load { .. }
        | I64Load8S { .. }
        | I64Load8U { .. }
        | I64Load16S { .. }
        | I64Load16U { .. }
        | I64Load32S { .. }
        | I64Load32U { .. } => 680,
        I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } => 825,
        I64Store { .. } | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. } => 950,
        _ => return None,
    })
}

fn numeric_ink(operator: &Operator<'_>) -> Option<u64> {
    use Operator::*;
    Some(match operator {
        I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS | I32GeU => 170,
        I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU | I64GeS | I64GeU => 225,
        I32Clz | I32Ctz | I64Clz | I64Ctz => 210,
        I32Add | I32Sub | I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr => 70,
        I32Mul | I64Mul => 160,
        I32DivS | I32DivU | I32RemS | I32RemU => 1120,
        I64DivS | I64DivU | I64RemS | I64RemU => 1270,
        I64Add | I64Sub | I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr => 100,
        I32Popcnt => 2650,
        I64Popcnt => 6000,
        I32WrapI64 | I64ExtendI32S | I64ExtendI32U | I32Extend8S | I32Extend16S | I64Extend8S
        | I64Extend16S | I64Extend32S => 100,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Price of every operator of the table, found by assembling it from its name.
    #[test]
    fn test_operator_ink_equals_the_table_of_the_network() {
        let table = include_str!("../../../tests/vectors/stylus/opcode_ink.csv");
        let mut checked = 0;
        for line in table.lines().skip(1) {
            let mut columns = line.split(',');
            let (name, ink) = (columns.next().expect("name"), columns.next().expect("ink"));
            let Ok(ink) = ink.parse::<u64>() else { continue }; // formulas have their own test
            if name.starts_with('(') {
                continue; // so do the header and everything else
            }
            assert_eq!(ink_of(name), Some(ink), "{name}");
            checked += 1;
        }
        assert_eq!(checked, 109);
    }

    /// The operators of this name in a body that uses most of WebAssembly, and what each costs.
    fn ink_of(name: &str) -> Option<u64> {
        let immediates = match name {
            "i32.const" | "i64.const" => " 0",
            "br" | "br_if" | "call" | "local.get" | "local.tee" | "local.set" | "global.get"
            | "global.set" => " 0",
            _ => "",
        };
        let text = match name {
            "end" => "(module (func))".to_owned(),
            "else" => "(module (func if else end))".to_owned(),
            "block" | "loop" | "if" => format!("(module (func {name} end))"),
            _ => format!("(module (func {name}{immediates}))"),
        };
        let wasm = wat::parse_str(text).expect(name);
        let body = wasmparser::Parser::new(0)
            .parse_all(&wasm)
            .find_map(|payload| match payload {
                Ok(wasmparser::Payload::CodeSectionEntry(body)) => Some(body),
                _ => None,
            })?;
        let mut operators = body.get_operators_reader().ok()?.into_iter();
        let position = if name == "else" { 1 } else { 0 };
        Some(operator_ink(&operators.nth(position)?.ok()?, |_| 0))
    }

    #[test]
    fn test_operator_ink_by_count() {
        assert_eq!(
            operator_ink(
                &Operator::CallIndirect {
                    type_index: 3,
                    table_index: 0
                },
                |index| index.into()
            ),
            15_560
        );
        assert_eq!(operator_ink(&Operator::F32Add, |_| 0), UNPAYABLE);
        assert_eq!(
            operator_ink(
                &Operator::TypedSelect {
                    ty: wasmparser::ValType::I32
                },
                |_| 0
            ),
            UNPAYABLE
        );
    }

    #[test]
    fn test_prices_by_length() {
        let cases: BTreeMap<u32, (u64, u64, u64)> = [
            (0, (5040, 16_381, 121_800)),
            (32, (5040, 16_381, 121_800)),
            (33, (5070, 16_436, 121_800)),
            (64, (6000, 18_141, 121_800)),
            (65, (6030, 18_196, 142_800)),
        ]
        .into();
        for (bytes, prices) in cases {
            assert_eq!(
                (write_price(bytes), read_price(bytes), keccak_price(bytes)),
                prices,
                "{bytes} bytes"
            );
        }
        // No length overflows.
        assert_eq!(keccak_price(u32::MAX), 121_800 + 21_000 * ((1 << 27) - 2));
    }

    #[test]
    fn test_pow_price_counts_bytes_of_the_exponent() {
        let mut exponent = [0; 32];
        assert_eq!(pow_price(&exponent), 20_500);
        exponent[31] = 1;
        assert_eq!(pow_price(&exponent), 38_000);
        exponent[0] = 1;
        assert_eq!(pow_price(&exponent), 3000 + 17_500 * 33);
    }

    #[test]
    fn test_storage_steps_at_their_edges() {
        assert_eq!([1, 32, 33, 128, 129].map(storage_load_step_gas), [0, 0, 2, 2, 10]);
        assert_eq!([1, 8, 9, 64, 65].map(storage_cache_step_gas), [0, 0, 7, 7, 10]);
    }

    #[test]
    fn test_entry_gas_by_version_and_cache() {
        let params = StylusParams::default();
        let gas = EntryGas::new(&params, 1000, 100);
        assert_eq!(
            gas,
            EntryGas {
                init: 8832 + 1000,
                cached: 352 + 100
            }
        );
        assert_eq!(
            [gas.charge(3, true), gas.charge(3, false), gas.charge(1, false)],
            [452, 10_284, 9832]
        );
        // The scalar's share is rounded up.
        let params = StylusParams {
            init_cost_scalar: 1,
            cached_cost_scalar: 255,
            ..params
        };
        let gas = EntryGas::new(&params, 1, u16::MAX);
        assert_eq!(
            gas,
            EntryGas {
                init: 8832 + 1,
                cached: 352 + 334_229
            }
        );
    }

    #[test]
    fn test_ink_and_gas_saturate_and_round_down() {
        assert_eq!(gas_to_ink(u64::MAX, 10_000), u64::MAX);
        assert_eq!(ink_to_gas_down(19_999, 10_000), 1);
        assert_eq!(ink_to_gas_down(19_999, 0), 0);
    }
}
