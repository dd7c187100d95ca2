//! ArbInfo (0x65): balances and code of accounts.

use revm::primitives::{Address, address};

use super::{
    abi::{dynamic, one},
    call::Output,
    method::{Access, Method, Precompile, view},
};
use crate::arbos::storage::Store;

/// ArbInfo's address.
pub const ARB_INFO: Address = address!("0000000000000000000000000000000000000065");

const BALANCE_GAS: u64 = 700;
const CODE_GAS: u64 = 2100;
const CODE_WORD_GAS: u64 = 3;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_INFO,
    name: "ArbInfo",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    view(0xf8b2_cb4f, "getBalance(address)", |call| {
        let account = call.args.address(0)?;
        call.burn(BALANCE_GAS)?;
        Ok(one(call.host.balance(account)?))
    }),
    view(0x7e10_5ce2, "getCode(address)", |call| -> Output {
        let account = call.args.address(0)?;
        call.burn(CODE_GAS)?;
        let code = call.host.code(account)?;
        call.burn(CODE_WORD_GAS * (code.len() as u64).div_ceil(32))?;
        Ok(dynamic(&code))
    }),
];
