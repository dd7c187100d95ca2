//! Precompiled contracts: Ethereum's as ArbOS offers them, and those that Stylus itself needs.
//!
//! ArbOS's other precompiles belong to the chain that is built on this crate; it puts them in as the provider `P` of
//! [`ArbPrecompiles`] and may write them with [`call`].

mod arb_wasm;
mod arb_wasm_cache;
pub mod call;
mod ethereum;

pub use arb_wasm::ARB_WASM;
pub use arb_wasm_cache::ARB_WASM_CACHE;
pub use ethereum::EthereumPrecompiles;

use revm::{
    context::Cfg,
    handler::PrecompileProvider,
    interpreter::{CallInputs, InterpreterResult},
    primitives::{AddressSet, Bytes, bytes},
};

use crate::{arbos::ArbosVersion, evm::StylusContext, runtime::Runtime, state::DbError};
use call::Call;

/// The code that stands at the address of every precompile of ArbOS, so that callers which look see a contract.
pub const PRECOMPILE_CODE: Bytes = bytes!("fe");

/// The precompiles of a [`StylusEvm`](crate::StylusEvm): those of Stylus first, then those of `P`.
#[derive(Debug, Clone)]
pub struct ArbPrecompiles<P = EthereumPrecompiles> {
    below: P,
    warm: AddressSet,
    pub(crate) runtime: Runtime,
}

impl<P> ArbPrecompiles<P> {
    /// Puts the precompiles of Stylus above `below`.
    pub fn new(arbos: ArbosVersion, below: P) -> Self {
        Self {
            below,
            warm: AddressSet::default(),
            runtime: Runtime::new(arbos),
        }
    }

    /// The precompiles below those of Stylus.
    pub fn below(&self) -> &P {
        &self.below
    }

    /// The precompiles below those of Stylus, to be changed.
    pub fn below_mut(&mut self) -> &mut P {
        &mut self.below
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
            self.warm.extend([ARB_WASM, ARB_WASM_CACHE]);
        }
        changed
    }

    fn run(&mut self, ctx: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        let Runtime { arbos, pages, .. } = self.runtime;
        let result = match inputs.bytecode_address {
            ARB_WASM => Call::run(ctx, inputs, arbos, arb_wasm::METHODS, |call, body| {
                arb_wasm::run(call, body, pages.open)
            }),
            ARB_WASM_CACHE => Call::run(ctx, inputs, arbos, arb_wasm_cache::METHODS, arb_wasm_cache::run),
            _ => return self.below.run(ctx, inputs),
        };
        result
            .map(Some)
            .map_err(|error: DbError<CTX>| format!("the database failed in a precompile: {error}"))
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }
}
