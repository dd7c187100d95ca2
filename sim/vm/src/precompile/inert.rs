//! Precompiles that remain from older versions of the network and do next to nothing: ArbBLS (0x67), ArbFunctionTable
//! (0x68), ArbosTest (0x69), ArbStatistics (0x6f), and ArbosActs (0xa4b05), which only ArbOS itself may call.

use revm::primitives::{Address, U256, address};

use super::{
    abi::{error, one, words},
    call::{Call, Failure, Output},
    method::{Access, Method, Precompile, pure, view, write},
};
use crate::arbos::storage::Store;

/// ArbBLS's address.
pub const ARB_BLS: Address = address!("0000000000000000000000000000000000000067");
/// ArbFunctionTable's address.
pub const ARB_FUNCTION_TABLE: Address = address!("0000000000000000000000000000000000000068");
/// ArbosTest's address.
pub const ARBOS_TEST: Address = address!("0000000000000000000000000000000000000069");
/// ArbStatistics's address.
pub const ARB_STATISTICS: Address = address!("000000000000000000000000000000000000006f");
/// ArbosActs's address: where ArbOS's own transactions come from and go to.
pub const ARBOS_ACTS: Address = address!("00000000000000000000000000000000000a4b05");

/// `CallerNotArbOS()`.
const CALLER_NOT_ARBOS: [u8; 4] = [0xf8, 0x12, 0xe6, 0x56];

const fn everyone(address: Address, name: &'static str, methods: &'static [Method]) -> Precompile {
    Precompile {
        address,
        name,
        since: 0,
        access: Access::Everyone,
        methods,
    }
}

pub(super) const BLS: Precompile = everyone(ARB_BLS, "ArbBLS", &[]);

/// Function tables were a way to pack calls before Nitro. Uploads are ignored, every table is empty.
pub(super) const FUNCTION_TABLE: Precompile = everyone(
    ARB_FUNCTION_TABLE,
    "ArbFunctionTable",
    &[
        write(0xce2a_e159, "upload(bytes)", |call| {
            call.args.bytes(0)?;
            Ok(Vec::new())
        }),
        view(0x8898_7068, "size(address)", |_| Ok(one(0u64))),
        view(0xb464_631b, "get(address,uint256)", |_| Err(Failure::Plain)),
    ],
);

pub(super) const TEST: Precompile = everyone(
    ARBOS_TEST,
    "ArbosTest",
    &[pure(0xbb34_80f9, "burnArbGas(uint256)", |call| {
        let gas = u64::try_from(call.args.uint(0)?).map_err(|_| Failure::Plain)?;
        call.burn(gas)?;
        Ok(Vec::new())
    })],
);

/// The L2 number, and five numbers about the chain before Nitro: a chain without that past has zeros.
pub(super) const STATISTICS: Precompile = everyone(
    ARB_STATISTICS,
    "ArbStatistics",
    &[view(0xc59d_4847, "getStats()", |call| {
        let zero = U256::ZERO;
        let block = U256::from(call.context.l2_block_number);
        Ok(words([block, zero, zero, zero, zero, zero]))
    })],
);

fn not_arbos(_: &mut Call<'_>) -> Output {
    Err(error(CALLER_NOT_ARBOS, []))
}

pub(super) const ACTS: Precompile = everyone(
    ARBOS_ACTS,
    "ArbosActs",
    &[
        write(0x6bf6_a42d, "startBlock(uint256,uint64,uint64,uint64)", not_arbos),
        write(
            0xb669_3771,
            "batchPostingReport(uint256,address,uint64,uint64,uint256)",
            not_arbos,
        ),
        write(
            0x9998_269e,
            "batchPostingReportV2(uint256,address,uint64,uint64,uint64,uint64,uint256)",
            not_arbos,
        ),
    ],
);
