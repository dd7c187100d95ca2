//! Precompiled contracts: Ethereum's as ArbOS offers them, and ArbOS's own.
//!
//! Each of ArbOS's is a file with a table of methods ([`method`]); the frame around them all, with the rules for gas, is
//! in [`call`]; what they do to the state is in [`arbos`](crate::arbos). `PRECOMPILES.md` lists every method. The
//! virtual NodeInterface (0xc8, 0xc9) answers RPC requests only and does not belong here.

pub mod abi;
mod arb_address_table;
mod arb_aggregator;
mod arb_debug;
mod arb_filtered_transactions;
mod arb_gas_info;
mod arb_info;
mod arb_native_token;
mod arb_owner;
mod arb_owner_public;
mod arb_owner_stylus;
mod arb_retryable_tx;
mod arb_sys;
mod arb_wasm;
mod arb_wasm_cache;
pub mod call;
mod ethereum;
mod host;
mod inert;
pub mod method;

pub use arb_address_table::ARB_ADDRESS_TABLE;
pub use arb_aggregator::ARB_AGGREGATOR;
pub use arb_debug::ARB_DEBUG;
pub use arb_filtered_transactions::{ARB_FILTERED_TRANSACTIONS_MANAGER, is_filtered};
pub use arb_gas_info::ARB_GAS_INFO;
pub use arb_info::ARB_INFO;
pub use arb_native_token::ARB_NATIVE_TOKEN_MANAGER;
pub use arb_owner::ARB_OWNER;
pub use arb_owner_public::ARB_OWNER_PUBLIC;
pub use arb_sys::{ARB_SYS, L2_TO_L1_TX, SEND_MERKLE_UPDATE};
pub use arb_wasm::ARB_WASM;
pub use arb_wasm_cache::ARB_WASM_CACHE;
pub use ethereum::EthereumPrecompiles;
pub use host::Host;
pub(crate) use host::RevmHost;
pub use inert::{ARB_BLS, ARB_FUNCTION_TABLE, ARB_STATISTICS, ARBOS_ACTS, ARBOS_TEST};
pub use method::{Access, Method, Mutability, Precompile};

pub use crate::arbos::retry::ARB_RETRYABLE_TX;

use revm::{
    context::Cfg,
    context_interface::{ContextTr, JournalTr},
    handler::PrecompileProvider,
    interpreter::{CallInputs, InterpreterResult},
    primitives::{Address, AddressSet, Bytes, bytes},
};

use crate::{evm::StylusContext, runtime::Runtime};
use call::{Call, Caller};

/// The code that stands at the address of every precompile of ArbOS, so that callers which look see a contract.
pub const PRECOMPILE_CODE: Bytes = bytes!("fe");

/// ArbOS's precompiles, in the order of their addresses.
pub const PRECOMPILES: [Precompile; 18] = [
    arb_sys::PRECOMPILE,
    arb_info::PRECOMPILE,
    arb_address_table::PRECOMPILE,
    inert::BLS,
    inert::FUNCTION_TABLE,
    inert::TEST,
    arb_owner_public::PRECOMPILE,
    arb_gas_info::PRECOMPILE,
    arb_aggregator::PRECOMPILE,
    arb_retryable_tx::PRECOMPILE,
    inert::STATISTICS,
    arb_owner::PRECOMPILE,
    arb_wasm::PRECOMPILE,
    arb_wasm_cache::PRECOMPILE,
    arb_native_token::PRECOMPILE,
    arb_filtered_transactions::PRECOMPILE,
    arb_debug::PRECOMPILE,
    inert::ACTS,
];

/// Addresses of ArbOS's precompiles with the number of the ArbOS version that brought each.
pub const ARBOS_PRECOMPILES: [(Address, u64); PRECOMPILES.len()] = {
    let mut all = [(Address::ZERO, 0); PRECOMPILES.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = (PRECOMPILES[index].address, PRECOMPILES[index].since);
        index += 1;
    }
    all
};

/// The precompile at an address, if ArbOS has one there at this version.
fn precompile_at(address: Address, arbos: u64) -> Option<&'static Precompile> {
    static ALL: [Precompile; PRECOMPILES.len()] = PRECOMPILES;
    // Every other call of a contract ends here.
    let [head @ .., _, _, _] = &address.0.0;
    if head != &[0; 17] {
        return None;
    }
    ALL.iter()
        .find(|precompile| precompile.address == address)
        .filter(|precompile| precompile.since <= arbos)
}

/// The precompiles of a [`StylusEvm`](crate::StylusEvm): ArbOS's first, then those of `P`.
#[derive(Debug, Clone)]
pub struct ArbPrecompiles<P = EthereumPrecompiles> {
    below: P,
    warm: AddressSet,
    pub(crate) runtime: Runtime,
}

impl<P> ArbPrecompiles<P> {
    /// Puts ArbOS's precompiles above `below`.
    pub fn new(arbos: crate::ArbosVersion, below: P) -> Self {
        Self {
            below,
            warm: AddressSet::default(),
            runtime: Runtime::new(arbos),
        }
    }

    /// The precompiles below ArbOS's.
    pub fn below(&self) -> &P {
        &self.below
    }

    /// Whether a precompile stands at `address`, once a transaction has begun.
    pub(crate) fn is_precompile(&self, address: &Address) -> bool {
        self.warm.contains(address)
    }

    /// The precompiles below ArbOS's, to be changed.
    pub fn below_mut(&mut self) -> &mut P {
        &mut self.below
    }

    /// What the precompiles know of the block and the transaction, to be changed.
    pub fn context_mut(&mut self) -> &mut crate::arbos::ArbosContext {
        &mut self.runtime.context
    }
}

impl<CTX, P> PrecompileProvider<CTX> for ArbPrecompiles<P>
where
    CTX: StylusContext,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <CTX::Cfg as Cfg>::Spec) -> bool {
        let changed = self.below.set_spec(spec) || self.warm.is_empty();
        if changed {
            self.warm.clone_from(self.below.warm_addresses());
            let arbos = self.runtime.arbos.number();
            let there = ARBOS_PRECOMPILES.iter().filter(|(_, since)| *since <= arbos);
            self.warm.extend(there.map(|(address, _)| *address));
        }
        changed
    }

    fn run(&mut self, ctx: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        let Runtime {
            arbos,
            pages,
            frames,
            context,
            ..
        } = &self.runtime;
        let Some(address) = context.precompile_in(inputs.bytecode_address) else {
            return Ok(None);
        };
        let Some(precompile) = precompile_at(address, arbos.number()) else {
            if address == inputs.bytecode_address {
                return self.below.run(ctx, inputs);
            }
            let moved = CallInputs {
                bytecode_address: address,
                ..inputs.clone()
            };
            return self.below.run(ctx, &moved);
        };
        let caller = Caller {
            open_pages: pages.open,
            callers_caller: frames.caller_at(ctx.journal().depth().wrapping_sub(2)),
        };
        let data = inputs.input.bytes(ctx);
        let mut host = RevmHost(ctx);
        Call::run(&mut host, inputs, &data, *arbos, context, caller, precompile)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }
}
