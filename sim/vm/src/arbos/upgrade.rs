//! Upgrades of ArbOS: what each version writes into the state when it begins.
//!
//! A chain's owner schedules one; the end of a block's start performs it, step by step. The birth of a chain takes the
//! same steps from version 30 on.

use revm::primitives::{Address, B256, Bytes, U256, address, bytes};

use super::{
    params::StylusParams,
    schema::schema,
    storage::{Result, Store},
    version::ArbosVersion,
};
use crate::precompile::{ARBOS_PRECOMPILES, PRECOMPILE_CODE};

/// The contract that keeps hashes of L2 blocks (EIP-2935, from ArbOS 40).
pub const HISTORY_ADDRESS: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// Hashes that it keeps.
pub const HISTORY_WINDOW: u64 = 393_168;
/// Its code: that of EIP-2935 with ArbSys.arbBlockNumber in the place of NUMBER, and the longer ring.
const HISTORY_CODE: Bytes = bytes!(
    "3373fffffffffffffffffffffffffffffffffffffffe1460605760203603605c575f3563a3b1b31d5f5260205f6004601c60645afa15605c57"
    "5f51600181038211605c57816205ffd0910311605c576205ffd09006545f5260205ff35b5f5ffd5b5f356205ffd0600163a3b1b31d5f5260205f"
    "6004601c60645afa15605c575f5103065500"
);

/// Gas of one transaction from ArbOS 50 on, as an upgrade to it sets it.
pub const TX_GAS_LIMIT: u64 = 32_000_000;

/// A scheduled upgrade: the version's number and the Unix time from which it is due. `(0, 0)` when none is, or when it
/// has been reached. 2R.
pub fn scheduled(store: &mut dyn Store, arbos: ArbosVersion) -> Result<(u64, u64)> {
    let root = &schema().root;
    let version = store.read_u64(root.upgrade_version)?;
    let from_ts = store.read_u64(root.upgrade_ts)?;
    Ok(if arbos.number() >= version {
        (0, 0)
    } else {
        (version, from_ts)
    })
}

/// Why an upgrade that is due could not be performed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an upgrade to ArbOS {0} is due, which does not exist here; schedule one of 30, 31, 32, 40, 41, 50, 51, 59, 60, 61"
)]
pub struct UnknownUpgrade(pub u64);

/// Performs the scheduled upgrade if it is due at `now_ts`: the version that holds afterwards.
///
/// The network stops a node at a version that it does not know; here that is the inner error, and nothing is written.
pub fn perform_due(
    store: &mut dyn Store,
    arbos: ArbosVersion,
    now_ts: u64,
) -> Result<std::result::Result<ArbosVersion, UnknownUpgrade>> {
    let (version, from_ts) = scheduled(store, arbos)?;
    if version == 0 || now_ts < from_ts {
        return Ok(Ok(arbos));
    }
    // Numbers in between are reserved and do nothing; the highest known one below is what then holds.
    let Some(target) = ArbosVersion::ALL
        .into_iter()
        .rev()
        .find(|known| known.number() <= version)
        .filter(|_| version <= ArbosVersion::ALL[ArbosVersion::ALL.len() - 1].number())
    else {
        return Ok(Err(UnknownUpgrade(version)));
    };
    for step in ArbosVersion::ALL {
        if step > arbos && step <= target {
            self::step(store, step)?;
        }
    }
    store.write(schema().root.version, U256::from(version))?;
    Ok(Ok(target))
}

/// What the begin of one version writes.
pub(super) fn step(store: &mut dyn Store, version: ArbosVersion) -> Result<()> {
    let slots = schema();
    match version {
        ArbosVersion::V40 => {
            let ledger = store.ledger();
            ledger.set_nonce(HISTORY_ADDRESS, 1)?;
            ledger.set_code(HISTORY_ADDRESS, HISTORY_CODE)?;
        }
        ArbosVersion::V50 => store.write(slots.l2.tx_limit, U256::from(TX_GAS_LIMIT))?,
        _ => {}
    }
    step_params(store, version)?;
    for (precompile, since) in ARBOS_PRECOMPILES {
        if since == version.number() {
            store.ledger().set_code(precompile, PRECOMPILE_CODE)?;
        }
    }
    Ok(())
}

fn step_params(store: &mut dyn Store, version: ArbosVersion) -> Result<()> {
    let slot = schema().programs.params;
    let word = store.read(slot)?;
    // Decoded as the latest version does: what the word does not hold yet is zero, and stays so.
    let mut params = StylusParams::decode(B256::from(word), ArbosVersion::V61);
    match version {
        ArbosVersion::V30 => params = StylusParams::for_arbos(ArbosVersion::V30),
        ArbosVersion::V31 => (params.version, params.min_init_gas) = (2, 69),
        ArbosVersion::V40 => params.max_wasm_size = super::version::DEFAULT_MAX_WASM_SIZE,
        ArbosVersion::V50 => params.max_stack_depth = params.max_stack_depth.min(22_000),
        ArbosVersion::V59 => params.version = 3,
        ArbosVersion::V60 => {
            params.max_wasm_size = version.max_wasm_size();
            params.max_fragment_count = version.max_fragment_count();
        }
        _ => return Ok(()),
    }
    store.write(slot, params.encode(version).into())
}

#[cfg(test)]
mod tests {
    use revm::primitives::{hex, keccak256};

    use super::{
        super::{
            genesis::ArbosGenesis,
            storage::{Free, MemoryLedger},
        },
        *,
    };

    #[test]
    fn test_history_code_has_the_hash_that_the_network_shows() {
        let shown = hex!("ceef1f6ad6c0cb7eb8fb15678abf11da3ce0d3a7c7106aa900c5930e556a43ff");
        assert_eq!(keccak256(HISTORY_CODE), shown);
    }

    /// An upgrade over all versions ends where a chain of the last version is born.
    #[test]
    fn test_cascade_ends_at_the_genesis_of_its_target() {
        for target in ArbosVersion::ALL {
            let mut upgraded = MemoryLedger::default();
            let genesis = |arbos| ArbosGenesis {
                arbos,
                ..ArbosGenesis::default()
            };
            genesis(ArbosVersion::V30).write(&mut upgraded).unwrap();
            let store = &mut Free(&mut upgraded);
            let root = &schema().root;
            store
                .poke(root.upgrade_version, U256::from(target.number()))
                .unwrap();
            store.poke(root.upgrade_ts, U256::from(100)).unwrap();
            assert_eq!(
                perform_due(store, ArbosVersion::V30, 99).unwrap(),
                Ok(ArbosVersion::V30)
            );
            assert_eq!(perform_due(store, ArbosVersion::V30, 100).unwrap(), Ok(target));
            assert_eq!(scheduled(store, target).unwrap(), (0, 0));
            store.poke(root.upgrade_version, U256::ZERO).unwrap();
            store.poke(root.upgrade_ts, U256::ZERO).unwrap();
            let mut born = MemoryLedger::default();
            genesis(target).write(&mut born).unwrap();
            assert_eq!(upgraded, born, "ArbOS {target}");
        }
    }

    #[test]
    fn test_an_unknown_version_changes_nothing_and_reserved_ones_act_as_the_one_below() {
        let mut ledger = MemoryLedger::default();
        ArbosGenesis::default().write(&mut ledger).unwrap();
        let root = &schema().root;
        let schedule = |ledger: &mut MemoryLedger, version: u64| {
            Free(ledger)
                .poke(root.upgrade_version, U256::from(version))
                .unwrap();
        };
        schedule(&mut ledger, 62);
        let before = ledger.clone();
        let due = perform_due(&mut Free(&mut ledger), ArbosVersion::V61, 0).unwrap();
        assert_eq!(due, Err(UnknownUpgrade(62)));
        assert_eq!(ledger, before);
        let mut old = MemoryLedger::default();
        let genesis = ArbosGenesis {
            arbos: ArbosVersion::V51,
            ..ArbosGenesis::default()
        };
        genesis.write(&mut old).unwrap();
        schedule(&mut old, 55);
        let due = perform_due(&mut Free(&mut old), ArbosVersion::V51, 0).unwrap();
        assert_eq!(due, Ok(ArbosVersion::V51));
    }
}
