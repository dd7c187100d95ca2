//! What ArbOS has written into the state of a chain before its first transaction.
//!
//! Only what programs, tools or this crate read is here: versions, fee accounts, prices, owners. Where it stands
//! follows ArbOS's storage scheme, see [`mintage_vm::state`], which also gives what Stylus needs.

use alloy_primitives::{Address, Bytes, U256};
use mintage_vm::arbos::ArbosVersion;
use mintage_vm::state::{ARBOS_STATE_ADDRESS, Space, chain_owners, genesis_storage};
use revm::bytecode::Bytecode;

use crate::state::State;

/// What a chain is born with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) arbos: ArbosVersion,
    pub(crate) chain_id: u64,
    pub(crate) min_base_fee_wei: u64,
    pub(crate) base_fee_wei: u64,
    pub(crate) network_fee_account: Address,
    pub(crate) infra_fee_account: Address,
    pub(crate) l1_price_per_unit_wei: U256,
    pub(crate) owners: Vec<Address>,
}

/// Precompile addresses (last byte) by the ArbOS version that brought them.
const PRECOMPILES: [(u8, u64); 17] = [
    (0x64, 0),
    (0x65, 0),
    (0x66, 0),
    (0x67, 0),
    (0x68, 0),
    (0x69, 0),
    (0x6b, 0),
    (0x6c, 0),
    (0x6d, 0),
    (0x6e, 0),
    (0x6f, 0),
    (0x70, 0),
    (0x71, 30),
    (0x72, 30),
    (0x73, 41),
    (0x74, 60),
    (0xff, 0),
];

impl Genesis {
    /// Writes ArbOS's account and the marker code of its precompiles.
    pub(crate) fn write(&self, state: &mut State) {
        state.set_nonce(ARBOS_STATE_ADDRESS, 1);
        let root = Space::root();
        let fields = [
            (3, word(self.network_fee_account)),
            (4, U256::from(self.chain_id)),
            (6, word(self.infra_fee_account)),
            (7, U256::from(1)),
        ];
        for (slot, value) in fields {
            state.set_storage(ARBOS_STATE_ADDRESS, root.field(slot), value);
        }
        self.write_l1(state, &root.sub(&[0]));
        self.write_l2(state, &root.sub(&[1]));
        self.write_owners(state);
        for (slot, value) in genesis_storage(self.arbos) {
            state.set_storage(ARBOS_STATE_ADDRESS, slot, value);
        }
        for (last, since) in PRECOMPILES {
            if since <= self.arbos.number() {
                // So that EXTCODESIZE finds something; what runs is the precompile.
                let address = Address::with_last_byte(last);
                state.set_code(address, Bytecode::new_legacy(Bytes::from_static(&[0xfe])));
            }
        }
    }

    fn write_l1(&self, state: &mut State, l1: &Space) {
        let fields = [
            (1, U256::from(160_000_000u64)),
            (2, U256::from(10)),
            (3, U256::from(10)),
            (7, self.l1_price_per_unit_wei),
            (9, U256::from(210_000)),
        ];
        for (slot, value) in fields {
            state.set_storage(ARBOS_STATE_ADDRESS, l1.field(slot), value);
        }
    }

    fn write_l2(&self, state: &mut State, l2: &Space) {
        let mut fields = vec![
            (0, 7_000_000),
            (1, 32_000_000),
            (2, self.base_fee_wei),
            (3, self.min_base_fee_wei),
            (5, 102),
            (6, 10),
        ];
        if self.arbos.number() >= 50 {
            fields.push((7, 32_000_000));
        }
        for (slot, value) in fields {
            state.set_storage(ARBOS_STATE_ADDRESS, l2.field(slot), U256::from(value));
        }
    }

    fn write_owners(&self, state: &mut State) {
        let set = chain_owners();
        state.set_storage(
            ARBOS_STATE_ADDRESS,
            set.size_slot(),
            U256::from(self.owners.len()),
        );
        for (place, owner) in (1u64..).zip(&self.owners) {
            state.set_storage(ARBOS_STATE_ADDRESS, set.member_slot(place), word(*owner));
            state.set_storage(ARBOS_STATE_ADDRESS, set.place_slot(*owner), U256::from(place));
        }
    }
}

fn word(address: Address) -> U256 {
    address.into_word().into()
}
