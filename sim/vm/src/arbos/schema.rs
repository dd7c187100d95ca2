//! Where everything stands in ArbOS's storage: one typed place for all spaces and slots.
//!
//! A space is a part of the storage with a key of its own: `keccak(parent key ‖ id)`, the root's key being empty. The
//! slot of a 32-byte key in a space is `keccak(space key ‖ first 31 bytes)` with its last byte replaced by the key's, so
//! that neighbours in a space are neighbours in storage. Numbers are right-aligned words. What the words mean is with
//! the rules that use them.

use std::sync::LazyLock;

use revm::primitives::{Address, B256, U256, address, keccak256};

/// The account whose storage is ArbOS's state.
pub const ARBOS_STATE_ADDRESS: Address = address!("a4b05fffffffffffffffffffffffffffffffffff");
/// The account whose storage lists filtered transactions (from ArbOS 60).
pub const FILTERED_TRANSACTIONS_ADDRESS: Address = address!("a4b0500000000000000000000000000000000001");

/// A part of ArbOS's storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// `None` for the root, whose key is empty.
    key: Option<B256>,
    /// Slot of the key 0.
    first: U256,
}

impl Space {
    fn with_key(key: Option<B256>) -> Self {
        Self {
            key,
            first: slot_of(key, B256::ZERO),
        }
    }

    /// ArbOS's own fields.
    pub fn root() -> Self {
        Self::with_key(None)
    }

    /// The space `id` inside of this one.
    #[must_use]
    pub fn sub(&self, id: &[u8]) -> Self {
        let key = self.key.as_ref().map_or(&[][..], |key| &key.0);
        Self::with_key(Some(keccak256([key, id].concat())))
    }

    /// The storage slot of a 32-byte key.
    pub fn slot(&self, key: B256) -> U256 {
        slot_of(self.key, key)
    }

    /// The slot of a number.
    pub fn field(&self, field: u64) -> U256 {
        if field < 256 {
            self.first | U256::from(field)
        } else {
            self.slot(U256::from(field).into())
        }
    }
}

fn slot_of(space: Option<B256>, key: B256) -> U256 {
    let space = space.as_ref().map_or(&[][..], |space| &space.0);
    let mut slot = keccak256([space, &key.0[..31]].concat());
    slot.0[31] = key.0[31];
    slot.into()
}

/// All spaces and slots.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Fields of ArbOS itself.
    pub root: RootSlots,
    /// Space 0: the price of L1 data.
    pub l1: L1Slots,
    /// Space 1: the price of gas.
    pub l2: L2Slots,
    /// Space 2: retryable tickets, each in a space of its own; see [`retryable`](super::retryable).
    pub retryables: Space,
    /// Space 3: numbered addresses; see [`address_table`](super::address_table).
    pub address_table: Space,
    /// Space 4: the chain's owners.
    pub chain_owners: AddressSetSpace,
    /// Space 5: the Merkle tree of messages to L1; see [`sends`](super::sends).
    pub sends: Space,
    /// Space 6: L1 number and block hashes; see [`l1_blocks`](super::l1_blocks).
    pub l1_blocks: Space,
    /// Space 7: the chain's configuration, a JSON text.
    pub chain_config: Space,
    /// Space 8: Stylus programs.
    pub programs: ProgramSlots,
    /// Space 9, slot 0: switches; bit 0 is the calldata floor of EIP-7623.
    pub features: U256,
    /// Space 10: who may mint and burn the native token.
    pub native_token_owners: AddressSetSpace,
    /// Space 11: who may filter transactions.
    pub transaction_filterers: AddressSetSpace,
}

/// Fields of ArbOS itself.
#[derive(Clone, Copy, Debug)]
pub struct RootSlots {
    /// Version of ArbOS.
    pub version: U256,
    /// Version of the scheduled upgrade.
    pub upgrade_version: U256,
    /// Unix time of the scheduled upgrade.
    pub upgrade_ts: U256,
    /// Who receives fees.
    pub network_fee_account: U256,
    /// The chain's id.
    pub chain_id: U256,
    /// L2 number of the first block.
    pub genesis_block: U256,
    /// Who receives the least base fee's part of fees; zero for nobody.
    pub infra_fee_account: U256,
    /// Level of compression for poster gas.
    pub brotli_level: U256,
    /// From when native tokens may be minted; 0 is never.
    pub native_token_from_ts: U256,
    /// From when transactions may be filtered; 0 is never.
    pub filtering_from_ts: U256,
    /// Who receives the funds of filtered transactions.
    pub filtered_funds_recipient: U256,
    /// Whether tips are paid.
    pub collect_tips: U256,
}

/// The price of L1 data.
#[derive(Clone, Copy, Debug)]
pub struct L1Slots {
    /// Who receives rewards.
    pub pay_rewards_to: U256,
    /// Units over which a surplus is to be worked off.
    pub equilibration_units: U256,
    /// How slowly the price moves.
    pub inertia: U256,
    /// Wei of reward for a unit.
    pub per_unit_reward: U256,
    /// Unix time of the last update.
    pub last_update_ts: U256,
    /// Wei of rewards not yet paid.
    pub rewards_due: U256,
    /// Units since the last update.
    pub units_since_update: U256,
    /// Wei for a unit.
    pub price_per_unit: U256,
    /// Surplus at the last update, signed.
    pub last_surplus: U256,
    /// Gas added for each batch, signed.
    pub per_batch_gas: U256,
    /// Cap on what an update may cost, in bips; 0 is none.
    pub cap_bips: U256,
    /// Wei in the fund that transactions paid.
    pub fees_available: U256,
    /// Least L1 gas for a token of a batch (from ArbOS 50).
    pub gas_floor_per_token: U256,
    /// Space 0 of it: batch posters.
    pub posters: PosterSpace,
}

/// Batch posters, who they are and what they are owed.
///
/// Only the place of the table is recorded from the network; the order inside is the one of this crate.
#[derive(Clone, Copy, Debug)]
pub struct PosterSpace {
    /// Wei due to all of them.
    pub total_due: U256,
    /// Their addresses.
    pub members: AddressSetSpace,
    info: Space,
}

impl PosterSpace {
    /// Slots of a poster: wei due to it, and who is paid.
    pub fn info(&self, poster: Address) -> (U256, U256) {
        let one = self.info.sub(poster.as_slice());
        (one.field(0), one.field(1))
    }
}

/// The price of gas.
#[derive(Clone, Copy, Debug)]
pub struct L2Slots {
    /// Gas a second of the legacy pricing.
    pub speed: U256,
    /// Gas of a block (of a transaction before ArbOS 50).
    pub block_limit: U256,
    /// Base fee of the next block in wei.
    pub base_fee: U256,
    /// Least base fee in wei.
    pub min_base_fee: U256,
    /// Backlog of the legacy pricing.
    pub backlog: U256,
    /// Inertia of the legacy pricing in seconds.
    pub inertia: U256,
    /// Tolerance of the legacy pricing in seconds.
    pub tolerance: U256,
    /// Gas of a transaction (from ArbOS 50).
    pub tx_limit: U256,
    /// Space 0 of it: constraints (from ArbOS 50).
    pub constraints: VectorSpace,
    /// Space 1 of it: constraints by kinds of gas (from ArbOS 60).
    pub multi_gas_constraints: VectorSpace,
    /// Space 2 of it: fees by kind, those of this block first, then those of the next.
    pub multi_gas_fees: Space,
}

/// A list in storage: its length, and a space for each element.
#[derive(Clone, Copy, Debug)]
pub struct VectorSpace(Space);

impl VectorSpace {
    /// The slot of the length.
    pub fn len_slot(&self) -> U256 {
        self.0.field(0)
    }

    /// The space of an element.
    pub fn element(&self, index: u64) -> Space {
        self.0.sub(&index.to_be_bytes())
    }
}

/// A set of addresses: its size, its members in order from place 1 on, and each member's place.
#[derive(Clone, Copy, Debug)]
pub struct AddressSetSpace {
    space: Space,
    places: Space,
}

impl AddressSetSpace {
    fn new(space: Space) -> Self {
        Self {
            space,
            places: space.sub(&[0]),
        }
    }

    /// The slot of the set's size.
    pub fn size_slot(&self) -> U256 {
        self.space.field(0)
    }

    /// The slot of the `place`th member, counted from 1.
    pub fn member_slot(&self, place: u64) -> U256 {
        self.space.field(place)
    }

    /// The slot of a member's place; 0 stands there for everyone else.
    pub fn place_slot(&self, member: Address) -> U256 {
        self.places.slot(member.into_word())
    }
}

/// Stylus programs.
#[derive(Clone, Copy, Debug)]
pub struct ProgramSlots {
    /// The Stylus parameters, one word.
    pub params: U256,
    /// Records by code hash.
    pub records: Space,
    /// Hashes of compiled modules by code hash.
    pub module_hashes: Space,
    /// Demand, bytes a second, last update, least price, inertia.
    pub data_pricer: [U256; 5],
    /// Who may cache programs.
    pub cache_managers: AddressSetSpace,
    /// Gas that each activation takes on top (from ArbOS 59).
    pub activation_gas: U256,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::new);

/// All spaces and slots, computed once.
pub fn schema() -> &'static Schema {
    &SCHEMA
}

impl Schema {
    fn new() -> Self {
        let root = Space::root();
        Self {
            root: RootSlots {
                version: root.field(0),
                upgrade_version: root.field(1),
                upgrade_ts: root.field(2),
                network_fee_account: root.field(3),
                chain_id: root.field(4),
                genesis_block: root.field(5),
                infra_fee_account: root.field(6),
                brotli_level: root.field(7),
                native_token_from_ts: root.field(8),
                filtering_from_ts: root.field(9),
                filtered_funds_recipient: root.field(10),
                collect_tips: root.field(11),
            },
            l1: L1Slots::new(root.sub(&[0])),
            l2: L2Slots::new(root.sub(&[1])),
            retryables: root.sub(&[2]),
            address_table: root.sub(&[3]),
            chain_owners: AddressSetSpace::new(root.sub(&[4])),
            sends: root.sub(&[5]),
            l1_blocks: root.sub(&[6]),
            chain_config: root.sub(&[7]),
            programs: ProgramSlots::new(root.sub(&[8])),
            features: root.sub(&[9]).field(0),
            native_token_owners: AddressSetSpace::new(root.sub(&[10])),
            transaction_filterers: AddressSetSpace::new(root.sub(&[11])),
        }
    }
}

impl L1Slots {
    fn new(l1: Space) -> Self {
        let posters = l1.sub(&[0]);
        Self {
            pay_rewards_to: l1.field(0),
            equilibration_units: l1.field(1),
            inertia: l1.field(2),
            per_unit_reward: l1.field(3),
            last_update_ts: l1.field(4),
            rewards_due: l1.field(5),
            units_since_update: l1.field(6),
            price_per_unit: l1.field(7),
            last_surplus: l1.field(8),
            per_batch_gas: l1.field(9),
            cap_bips: l1.field(10),
            fees_available: l1.field(11),
            gas_floor_per_token: l1.field(12),
            posters: PosterSpace {
                total_due: posters.field(0),
                members: AddressSetSpace::new(posters.sub(&[0])),
                info: posters.sub(&[1]),
            },
        }
    }
}

impl L2Slots {
    fn new(l2: Space) -> Self {
        Self {
            speed: l2.field(0),
            block_limit: l2.field(1),
            base_fee: l2.field(2),
            min_base_fee: l2.field(3),
            backlog: l2.field(4),
            inertia: l2.field(5),
            tolerance: l2.field(6),
            tx_limit: l2.field(7),
            constraints: VectorSpace(l2.sub(&[0])),
            multi_gas_constraints: VectorSpace(l2.sub(&[1])),
            multi_gas_fees: l2.sub(&[2]),
        }
    }
}

impl ProgramSlots {
    fn new(programs: Space) -> Self {
        let pricer = programs.sub(&[3]);
        Self {
            params: programs.sub(&[0]).field(0),
            records: programs.sub(&[1]),
            module_hashes: programs.sub(&[2]),
            data_pricer: [0, 1, 2, 3, 4].map(|field| pricer.field(field)),
            cache_managers: AddressSetSpace::new(programs.sub(&[4])),
            activation_gas: programs.sub(&[5]).field(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_slots_of_a_space_are_neighbours_up_to_a_page() {
        let space = Space::root().sub(&[8]);
        assert_eq!(space.field(4), space.field(3) + U256::from(1));
        for field in [0u64, 1, 255, 256, 257, 1 << 40] {
            assert_eq!(space.field(field), space.slot(U256::from(field).into()));
        }
    }

    #[test]
    fn test_spaces_follow_the_rule_of_the_network() {
        let key = keccak256([4]);
        let mut slot = keccak256([&key.0[..], &[0; 31]].concat());
        slot.0[31] = 2;
        assert_eq!(schema().chain_owners.member_slot(2), U256::from_be_bytes(slot.0));
        let sub = keccak256([&keccak256([1]).0[..], &[0]].concat());
        let one = keccak256([&sub.0[..], &7u64.to_be_bytes()].concat());
        let mut slot = keccak256([&one.0[..], &[0; 31]].concat());
        slot.0[31] = 1;
        assert_eq!(
            schema().l2.constraints.element(7).field(1),
            U256::from_be_bytes(slot.0)
        );
    }

    #[test]
    fn test_no_two_fields_share_a_slot() {
        let s = schema();
        let mut slots = vec![
            s.root.version,
            s.root.collect_tips,
            s.l1.pay_rewards_to,
            s.l1.gas_floor_per_token,
            s.l1.posters.total_due,
            s.l1.posters.members.size_slot(),
            s.l1.posters.info(Address::ZERO).0,
            s.l1.posters.info(Address::ZERO).1,
            s.l2.speed,
            s.l2.tx_limit,
            s.l2.constraints.len_slot(),
            s.l2.multi_gas_constraints.len_slot(),
            s.l2.multi_gas_fees.field(0),
            s.retryables.field(0),
            s.address_table.field(0),
            s.chain_owners.size_slot(),
            s.sends.field(0),
            s.l1_blocks.field(0),
            s.chain_config.field(0),
            s.programs.params,
            s.programs.records.field(0),
            s.programs.module_hashes.field(0),
            s.programs.data_pricer[0],
            s.programs.cache_managers.size_slot(),
            s.programs.activation_gas,
            s.features,
            s.native_token_owners.size_slot(),
            s.transaction_filterers.size_slot(),
        ];
        let count = slots.len();
        slots.sort();
        slots.dedup();
        assert_eq!(slots.len(), count);
    }
}
