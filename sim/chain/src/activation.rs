//! Whether a program would be activated, by the parameters of this chain: found before anything is sent, and told with its reason, which
//! the ArbWasm precompile keeps to itself.

use alloy_primitives::Address;
use mintage_vm::activate::{Activation, activate};
use mintage_vm::arbos::StylusParams;
use mintage_vm::code::{self, CodeError, CodeKind, Root};
use mintage_vm::state::{ARBOS_STATE_ADDRESS, params_slot};
use mintage_vm::{ActivationRules, arbos::ArbosVersion};

use crate::Chain;

impl Chain {
    /// Why ArbWasm refuses to activate the code at an address; `None` if it does not, as far as that depends on the code.
    ///
    /// ```
    /// # use mintage_chain::{Address, Chain};
    /// let reason = Chain::new().activation_refusal(Address::repeat_byte(7)).expect("there is nothing");
    /// assert!(reason.contains("not a Stylus program"), "{reason}");
    /// ```
    pub fn activation_refusal(&self, program: Address) -> Option<String> {
        self.judge(&self.code_at(program)).err()
    }

    /// What the activation of code finds, or why it is refused.
    pub(crate) fn judge(&self, code: &[u8]) -> Result<Activation, String> {
        let (arbos, params) = (self.arbos(), self.stylus_params());
        let wasm = self
            .wasm(code, arbos, &params)
            .map_err(|error| error.to_string())?;
        activate(&wasm, &ActivationRules::new(arbos, &params, 0)).map_err(|rejection| rejection.to_string())
    }

    /// The module, from one account or from a root's fragments.
    fn wasm(&self, code: &[u8], arbos: ArbosVersion, params: &StylusParams) -> Result<Vec<u8>, CodeError> {
        if CodeKind::of(code, arbos) != CodeKind::Root {
            return code::decode(code, params.max_wasm_size);
        }
        let root = Root::parse(code)?;
        root.check(params)?;
        let parts: Vec<_> = root
            .fragments
            .iter()
            .map(|fragment| self.code_at(*fragment))
            .collect();
        root.join(parts.iter().map(|part| &part[..]))
    }

    /// The chain's Stylus parameters, which its owner may change.
    fn stylus_params(&self) -> StylusParams {
        StylusParams::decode(
            self.storage_at(ARBOS_STATE_ADDRESS, params_slot()).into(),
            self.arbos(),
        )
    }
}
