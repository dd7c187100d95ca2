//! The functions a program may import from `vm_hooks`: names, signatures and the ink each takes first.
//!
//! What they do is in the host; what they charge beyond their base depends on arguments and state and stands there too.

use wasmparser::ValType::{self, I32, I64};

/// The import module of every host function.
pub const MODULE: &str = "vm_hooks";

macro_rules! host_functions {
    ($($variant:ident $name:literal $params:expr, $result:expr, $ink:literal, $doc:literal;)*) => {
        /// A host function of `vm_hooks`. The list is closed: the network links no other.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum HostFunction {
            $(#[doc = $doc] $variant,)*
        }

        impl HostFunction {
            /// Every host function.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The import name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Parameter types. Pointers and lengths are `i32`, gas is `i64`.
            pub const fn params(self) -> &'static [ValType] {
                match self { $(Self::$variant => $params,)* }
            }

            /// The result type, if it has one.
            pub const fn result(self) -> Option<ValType> {
                match self { $(Self::$variant => $result,)* }
            }

            /// Ink taken before anything else, dispatch and pointers included.
            pub const fn base_ink(self) -> u64 {
                match self { $(Self::$variant => $ink,)* }
            }
        }
    };
}

#[rustfmt::skip]
host_functions! {
    ReadArgs "read_args" &[I32], None, 8_400, "Copies the calldata into memory.";
    WriteResult "write_result" &[I32, I32], None, 8_400, "Sets the returned data.";
    ExitEarly "exit_early" &[I32], None, 0, "Ends the program with a status.";
    StorageLoadBytes32 "storage_load_bytes32" &[I32, I32], None, 18_480, "Reads a storage slot through the cache.";
    StorageCacheBytes32 "storage_cache_bytes32" &[I32, I32], None, 18_480, "Sets a storage slot in the cache.";
    StorageFlushCache "storage_flush_cache" &[I32], None, 68_073, "Writes the cache's changes to the state.";
    TransientLoadBytes32 "transient_load_bytes32" &[I32, I32], None, 78_153, "Reads a transient slot.";
    TransientStoreBytes32 "transient_store_bytes32" &[I32, I32], None, 78_153, "Writes a transient slot.";
    CallContract "call_contract" &[I32, I32, I32, I32, I64, I32], Some(I32), 83_193, "Calls a contract.";
    DelegateCallContract "delegate_call_contract" &[I32, I32, I32, I64, I32], Some(I32), 83_193, "Calls a contract's code in the caller's place.";
    StaticCallContract "static_call_contract" &[I32, I32, I32, I64, I32], Some(I32), 83_193, "Calls a contract that may not change state.";
    Create1 "create1" &[I32, I32, I32, I32, I32], None, 83_193, "Deploys a contract at the nonce's address.";
    Create2 "create2" &[I32, I32, I32, I32, I32, I32], None, 88_233, "Deploys a contract at the salt's address.";
    ReadReturnData "read_return_data" &[I32, I32, I32], Some(I32), 68_073, "Copies a part of what the last call returned.";
    ReturnDataSize "return_data_size" &[], Some(I32), 8_400, "Length of what the last call returned.";
    EmitLog "emit_log" &[I32, I32, I32], None, 68_073, "Emits a log.";
    AccountBalance "account_balance" &[I32, I32], None, 78_153, "An account's balance.";
    AccountCode "account_code" &[I32, I32, I32, I32], Some(I32), 68_073, "Copies a part of an account's code.";
    AccountCodeSize "account_code_size" &[I32], Some(I32), 68_073, "Length of an account's code.";
    AccountCodehash "account_codehash" &[I32, I32], None, 78_153, "Hash of an account's code.";
    BlockBasefee "block_basefee" &[I32], None, 13_440, "The block's base fee.";
    BlockCoinbase "block_coinbase" &[I32], None, 13_440, "The block's coinbase.";
    BlockGasLimit "block_gas_limit" &[], Some(I64), 8_400, "The block's gas limit.";
    BlockNumber "block_number" &[], Some(I64), 8_400, "The estimate of the parent chain's block number.";
    BlockTimestamp "block_timestamp" &[], Some(I64), 8_400, "The block's time in seconds.";
    Chainid "chainid" &[], Some(I64), 8_400, "The chain's id.";
    ContractAddress "contract_address" &[I32], None, 13_440, "The acting address.";
    EvmGasLeft "evm_gas_left" &[], Some(I64), 8_400, "Gas left.";
    EvmInkLeft "evm_ink_left" &[], Some(I64), 8_400, "Ink left.";
    MathDiv "math_div" &[I32, I32], None, 43_520, "256-bit division.";
    MathMod "math_mod" &[I32, I32], None, 43_520, "256-bit remainder.";
    MathPow "math_pow" &[I32, I32], None, 23_520, "256-bit power.";
    MathAddMod "math_add_mod" &[I32, I32, I32], None, 49_560, "256-bit addition under a modulus.";
    MathMulMod "math_mul_mod" &[I32, I32, I32], None, 52_660, "256-bit multiplication under a modulus.";
    MsgReentrant "msg_reentrant" &[], Some(I32), 8_400, "Whether the acting address is entered for a second time.";
    MsgSender "msg_sender" &[I32], None, 13_440, "The caller.";
    MsgValue "msg_value" &[I32], None, 13_440, "The value sent along.";
    NativeKeccak256 "native_keccak256" &[I32, I32, I32], None, 0, "Keccak-256 of a part of memory.";
    TxGasPrice "tx_gas_price" &[I32], None, 13_440, "The transaction's gas price.";
    TxInkPrice "tx_ink_price" &[], Some(I32), 8_400, "Ink that one gas buys.";
    TxOrigin "tx_origin" &[I32], None, 13_440, "The transaction's sender.";
    PayForMemoryGrow "pay_for_memory_grow" &[I32], None, 0, "Pays for memory pages; the instrumentation calls it before each `memory.grow`.";
}

impl HostFunction {
    /// The host function of this import name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }

    /// The signature as a contract author reads it, such as `(i32, i32) -> i64`.
    pub fn signature(self) -> String {
        signature(self.params(), self.result().as_slice())
    }
}

/// A function type in words: `(i32, i64) -> i32`.
pub(crate) fn signature(params: &[ValType], results: &[ValType]) -> String {
    let list = |types: &[ValType]| {
        types
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match results {
        [] => format!("({})", list(params)),
        _ => format!("({}) -> {}", list(params), list(results)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_base_ink_equals_the_table_of_the_network() {
        let table = include_str!("../../../tests/vectors/stylus/hostio_ink.csv");
        for function in HostFunction::ALL {
            if *function == HostFunction::PayForMemoryGrow {
                continue; // its row states a condition: 8400 for no page, else nothing
            }
            let row = table
                .lines()
                .find(|line| line.starts_with(&format!("{},", function.name())));
            let row = row.unwrap_or_else(|| panic!("{} has no row", function.name()));
            // The arguments may stand in quotes, with commas of their own.
            let rest = row[function.name().len() + 1..].to_owned();
            let after_args = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once("\",").expect("closing quote").1.to_owned(),
                None => rest.split_once(',').expect("arguments").1.to_owned(),
            };
            let ink = after_args.split(',').next().expect("base ink").parse();
            assert_eq!(ink, Ok(function.base_ink()), "{}", function.name());
        }
    }

    #[test]
    fn test_every_row_of_the_network_is_known() {
        let table = include_str!("../../../tests/vectors/stylus/hostio_ink.csv");
        let names = table.lines().skip(1).filter_map(|line| line.split(',').next());
        let unknown: Vec<_> = names
            .filter(|name| HostFunction::by_name(name).is_none())
            .collect();
        assert_eq!(unknown, ["console.log_* / tee_*"]);
    }
}
