//! Precompiled contracts: Ethereum's as ArbOS offers them, and those that Stylus itself needs.
//!
//! ArbOS's other precompiles belong to the chain that is built on this crate; it puts them in as the provider `P` of
//! [`ArbPrecompiles`].

mod ethereum;

pub use ethereum::EthereumPrecompiles;

use revm::{
    context::{Cfg, ContextTr},
    handler::PrecompileProvider,
    interpreter::{CallInputs, InterpreterResult},
    primitives::AddressSet,
};

use crate::{arbos::ArbosVersion, runtime::Runtime};

/// The precompiles of a [`StylusEvm`](crate::StylusEvm): those of Stylus first, then those of `P`.
#[derive(Debug, Clone)]
pub struct ArbPrecompiles<P = EthereumPrecompiles> {
    below: P,
    pub(crate) runtime: Runtime,
}

impl<P> ArbPrecompiles<P> {
    /// Puts the precompiles of Stylus above `below`.
    pub fn new(arbos: ArbosVersion, below: P) -> Self {
        Self {
            below,
            runtime: Runtime::new(arbos),
        }
    }
}

impl<CTX, P> PrecompileProvider<CTX> for ArbPrecompiles<P>
where
    CTX: ContextTr,
    P: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <CTX::Cfg as Cfg>::Spec) -> bool {
        self.below.set_spec(spec)
    }

    fn run(&mut self, ctx: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        self.below.run(ctx, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.below.warm_addresses()
    }
}
