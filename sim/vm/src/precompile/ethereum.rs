//! Ethereum's precompiles in the set and at the prices of each ArbOS version.

use std::sync::OnceLock;

use revm::{
    context::{Cfg, ContextTr},
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    precompile::{Precompiles, secp256r1},
    primitives::AddressSet,
};

use crate::arbos::ArbosVersion;

/// Ethereum's precompiles as an ArbOS version offers them. Up to ArbOS 41 Cancun's with P256VERIFY at 3450 gas and
/// without the BLS12-381 curve (although the opcodes are Prague's from 40); from ArbOS 50 Osaka's.
#[derive(Debug, Clone)]
pub struct EthereumPrecompiles {
    inner: EthPrecompiles,
}

impl EthereumPrecompiles {
    /// The set of this ArbOS version.
    pub fn new(arbos: ArbosVersion) -> Self {
        let precompiles = if arbos < ArbosVersion::V50 {
            cancun_with_p256()
        } else {
            Precompiles::osaka()
        };
        Self {
            inner: EthPrecompiles {
                precompiles,
                spec: arbos.spec_id(),
            },
        }
    }
}

fn cancun_with_p256() -> &'static Precompiles {
    static SET: OnceLock<Precompiles> = OnceLock::new();
    SET.get_or_init(|| {
        let mut set = Precompiles::cancun().clone();
        set.extend([secp256r1::P256VERIFY]);
        set
    })
}

impl<CTX: ContextTr> PrecompileProvider<CTX> for EthereumPrecompiles {
    type Output = InterpreterResult;

    /// Never a change: the set depends on the ArbOS version alone.
    fn set_spec(&mut self, _spec: <CTX::Cfg as Cfg>::Spec) -> bool {
        false
    }

    fn run(&mut self, ctx: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        self.inner.run(ctx, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.inner.warm_addresses()
    }
}
