//! ArbOS state of programs: what parameters and records hold. Where they stand is in [`schema`](crate::arbos::schema).
//!
//! The network keeps all of this in ordinary storage slots, so snapshots and reverts need nothing special. Reading and
//! writing here never warms anything and costs nothing by itself; what a precompile charges for it is its business.

use std::cell::RefCell;

use revm::{
    Database,
    context_interface::{ContextTr, JournalTr},
    primitives::{B256, U256},
    state::EvmState,
};

use crate::{
    activate::{DataPricer, Lifetime},
    arbos::{ArbosVersion, StylusParams, schema::schema},
};

pub use crate::arbos::schema::{ARBOS_STATE_ADDRESS, AddressSetSpace, Space};

/// The slot of the Stylus parameters.
pub fn params_slot() -> U256 {
    schema().programs.params
}

/// The slot of a program's record.
pub fn record_slot(code_hash: B256) -> U256 {
    // Every call of a program asks for this hash of a hash.
    thread_local! {
        static KNOWN: RefCell<[(B256, U256); 64]> = const { RefCell::new([(B256::ZERO, U256::ZERO); 64]) };
    }
    KNOWN.with_borrow_mut(|known| {
        let place = &mut known[usize::from(code_hash.0[0]) % known.len()];
        if place.0 != code_hash || code_hash.is_zero() {
            *place = (code_hash, schema().programs.records.slot(code_hash));
        }
        place.1
    })
}

/// The slot of a program's module hash.
pub fn module_hash_slot(code_hash: B256) -> U256 {
    schema().programs.module_hashes.slot(code_hash)
}

/// What the network records for an activated program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramRecord {
    /// Stylus version of the activation; 0 when there was none.
    pub version: u16,
    /// Recorded cost of initialisation.
    pub init_cost: u16,
    /// Recorded cost of entering from the cache.
    pub cached_cost: u16,
    /// Memory pages that each call opens.
    pub footprint: u16,
    /// Hours since [`START_TIMESTAMP`](crate::activate::START_TIMESTAMP), 24 bits.
    pub activated_at_hours: u32,
    /// Predicted size of the compiled code in KiB, 24 bits.
    pub asm_estimate_kib: u32,
    /// Whether a cache manager keeps it cached.
    pub cached: bool,
}

impl ProgramRecord {
    /// Reads a storage word.
    pub fn decode(word: U256) -> Self {
        let word = word.to_be_bytes::<32>();
        let half = |at: usize| u16::from_be_bytes([word[at], word[at + 1]]);
        let three = |at: usize| u32::from_be_bytes([0, word[at], word[at + 1], word[at + 2]]);
        Self {
            version: half(0),
            init_cost: half(2),
            cached_cost: half(4),
            footprint: half(6),
            activated_at_hours: three(8),
            asm_estimate_kib: three(11),
            cached: word[14] != 0,
        }
    }

    /// The storage word. Hours and KiB keep their low 24 bits.
    pub fn encode(&self) -> U256 {
        let mut word = [0; 32];
        word[0..2].copy_from_slice(&self.version.to_be_bytes());
        word[2..4].copy_from_slice(&self.init_cost.to_be_bytes());
        word[4..6].copy_from_slice(&self.cached_cost.to_be_bytes());
        word[6..8].copy_from_slice(&self.footprint.to_be_bytes());
        word[8..11].copy_from_slice(&self.activated_at_hours.to_be_bytes()[1..]);
        word[11..14].copy_from_slice(&self.asm_estimate_kib.to_be_bytes()[1..]);
        word[14] = self.cached.into();
        U256::from_be_bytes(word)
    }

    /// When it was activated.
    pub const fn lifetime(&self) -> Lifetime {
        Lifetime {
            activated_at_hours: self.activated_at_hours,
        }
    }

    /// Whether the program may be called at `now_ts` under these parameters.
    pub fn check_usable(&self, params: &StylusParams, now_ts: u64) -> Result<(), Unusable> {
        if self.version == 0 {
            return Err(Unusable::NotActivated);
        }
        if self.version != params.version {
            return Err(Unusable::NeedsUpgrade {
                version: self.version,
                stylus_version: params.version,
            });
        }
        let lifetime = self.lifetime();
        if lifetime.is_expired(params, now_ts) {
            return Err(Unusable::Expired {
                age_secs: lifetime.age_secs(now_ts),
            });
        }
        Ok(())
    }
}

/// Why a program cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Nothing is recorded for this code.
    #[error("the program was never activated: call ArbWasm.activateProgram with its address first")]
    NotActivated,
    /// It was activated under another Stylus version.
    #[error(
        "the program was activated for Stylus version {version}, the chain runs {stylus_version}: activate it again"
    )]
    NeedsUpgrade {
        /// Version of the activation.
        version: u16,
        /// Version of the chain.
        stylus_version: u16,
    },
    /// The activation is too old.
    #[error("the program's activation expired ({age_secs} seconds old): activate it again")]
    Expired {
        /// Seconds since the activation.
        age_secs: u64,
    },
}

/// The error of a context's database.
pub type DbError<CTX> = <<CTX as ContextTr>::Db as Database>::Error;

/// Reads a slot of ArbOS's storage.
pub fn read<CTX>(ctx: &mut CTX, slot: U256) -> Result<U256, DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let (db, state) = ctx.journal_mut().db_and_state_mut();
    match state
        .get(&ARBOS_STATE_ADDRESS)
        .and_then(|account| account.storage.get(&slot))
    {
        Some(value) => Ok(value.present_value),
        None => db.storage(ARBOS_STATE_ADDRESS, slot),
    }
}

/// Writes a slot of ArbOS's storage. It is undone with the frame, like any other.
pub fn write<CTX>(ctx: &mut CTX, slot: U256, value: U256) -> Result<(), DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    let journal = ctx.journal_mut();
    let was_cold = journal.load_account(ARBOS_STATE_ADDRESS)?.is_cold;
    journal.touch_account(ARBOS_STATE_ADDRESS);
    journal.sstore(ARBOS_STATE_ADDRESS, slot, value)?;
    // ArbOS's own accesses leave no mark in the access list.
    if was_cold && let Some(account) = journal.evm_state_mut().get_mut(&ARBOS_STATE_ADDRESS) {
        account.mark_cold();
    }
    Ok(())
}

/// The chain's Stylus parameters. A state without them has those that ArbOS sets at its birth.
pub fn params<CTX>(ctx: &mut CTX, arbos: ArbosVersion) -> Result<StylusParams, DbError<CTX>>
where
    CTX: ContextTr<Journal: JournalTr<State = EvmState>>,
{
    read(ctx, params_slot()).map(|word| params_of_word(word, arbos))
}

/// The Stylus parameters of their storage word; those of ArbOS's birth when nothing is stored.
pub(crate) fn params_of_word(word: U256, arbos: ArbosVersion) -> StylusParams {
    if word.is_zero() {
        StylusParams::for_arbos(arbos)
    } else {
        StylusParams::decode(word.into(), arbos)
    }
}

/// The data pricer as five words, in the order in which they stand.
pub(crate) fn data_pricer_words(pricer: &DataPricer) -> [U256; 5] {
    [
        U256::from(pricer.demand),
        U256::from(pricer.bytes_per_second),
        U256::from(pricer.last_update_ts),
        U256::from(pricer.min_price),
        U256::from(pricer.inertia),
    ]
}

/// Storage that a chain is born with so that programs can be activated and run: the ArbOS version, the Stylus
/// parameters and the data pricer. To be put under [`ARBOS_STATE_ADDRESS`], whose nonce is 1.
pub fn genesis_storage(arbos: ArbosVersion) -> Vec<(U256, U256)> {
    let params = StylusParams::for_arbos(arbos).encode(arbos);
    let pricer = DataPricer::default();
    let mut storage = vec![
        (schema().root.version, U256::from(arbos.number())),
        (params_slot(), params.into()),
    ];
    storage.extend(
        schema()
            .programs
            .data_pricer
            .into_iter()
            .zip(data_pricer_words(&pricer)),
    );
    storage.retain(|(_, value)| !value.is_zero());
    storage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_record_survives_its_word() {
        let record = ProgramRecord {
            version: 3,
            init_cost: 4000,
            cached_cost: 500,
            footprint: 17,
            activated_at_hours: 0x0a_bcde,
            asm_estimate_kib: 0x01_2345,
            cached: true,
        };
        assert_eq!(ProgramRecord::decode(record.encode()), record);
        assert_eq!(ProgramRecord::decode(U256::ZERO), ProgramRecord::default());
    }

    #[test]
    fn test_check_usable_looks_at_activation_then_version_then_age() {
        let params = StylusParams::default();
        let record = ProgramRecord {
            version: 2,
            activated_at_hours: 0,
            ..ProgramRecord::default()
        };
        let late = u64::MAX / 2;
        assert_eq!(
            ProgramRecord::default().check_usable(&params, late),
            Err(Unusable::NotActivated)
        );
        let expected = Unusable::NeedsUpgrade {
            version: 2,
            stylus_version: 3,
        };
        assert_eq!(record.check_usable(&params, late), Err(expected));
        let record = ProgramRecord { version: 3, ..record };
        assert!(matches!(
            record.check_usable(&params, late),
            Err(Unusable::Expired { .. })
        ));
    }
}
