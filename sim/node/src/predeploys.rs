//! What stands on the chain before its first block: the contracts and rights that tools expect.
//!
//! The sources of our own are in `contracts/`; `built.json` holds what solc makes of them, and a test compares.

use alloy_primitives::{Address, Bytes, U256, address, hex};
use mintage_chain::Chain;
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, AddressSetSpace, schema};

use crate::wallet::network_dev_account;

/// The factory that deploys by CREATE2 for everybody, at the same address on every chain.
pub const CREATE2_FACTORY: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");
/// What `cargo stylus deploy` calls for programs with a constructor.
pub const STYLUS_DEPLOYER: Address = address!("0xcEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// What `cargo stylus cache` bids at: the address that the network's own dev node gives it.
pub const CACHE_MANAGER: Address = address!("0x2F8Bd4EaB69764c105aDd7dE7CB0402557a44E6f");

/// Where libraries of clients look for Multicall3, on every chain.
pub const MULTICALL3: Address = address!("0xcA11bde05977b3631167028862bE2a173976CA11");

/// Calls CREATE2 with the first word as salt and the rest as init code, and returns the address.
const CREATE2_FACTORY_CODE: [u8; 69] = hex!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// Bytes of machine code that the network's cache holds: 512 MiB.
const CACHE_BYTES: u64 = 512 << 20;

const BUILT: &str = include_str!("../contracts/built.json");

/// Where they stand.
pub(crate) const ADDRESSES: [Address; 4] = [CREATE2_FACTORY, STYLUS_DEPLOYER, CACHE_MANAGER, MULTICALL3];

/// Everything: for a chain whose ArbOS is born with it.
pub(crate) fn install(chain: &mut Chain) {
    deploy(chain);
    take_over(chain);
}

/// Puts the contracts that anybody may deploy where there are none: a chain that is forked may have them.
pub(crate) fn deploy(chain: &mut Chain) {
    contract(chain, CREATE2_FACTORY, CREATE2_FACTORY_CODE.into());
    contract(chain, STYLUS_DEPLOYER, built("StylusDeployer"));
    contract(chain, MULTICALL3, built("Multicall3"));
}

fn contract(chain: &mut Chain, at: Address, code: Bytes) {
    if chain.code_at(at).is_empty() {
        chain.set_code(at, code);
        chain.set_nonce(at, 1);
    }
}

/// A cache manager, and the development account as owner.
fn take_over(chain: &mut Chain) {
    contract(chain, CACHE_MANAGER, built("CacheManager"));
    // Its first slot: the size of the cache, nothing in it, bids that lose nothing, not paused.
    chain.set_storage(CACHE_MANAGER, U256::ZERO, U256::from(CACHE_BYTES));
    join(chain, &schema().programs.cache_managers, CACHE_MANAGER);
    join(chain, &schema().chain_owners, network_dev_account().address);
}

fn built(name: &str) -> Bytes {
    let codes: serde_json::Value = serde_json::from_str(BUILT).expect("built.json is JSON");
    let code = codes[name].as_str().expect("a contract of contracts/");
    hex::decode(code).expect("hex").into()
}

/// Adds an address to a set in the ArbOS state, as its last member.
fn join(chain: &mut Chain, set: &AddressSetSpace, member: Address) {
    let word = |address: Address| -> U256 { address.into_word().into() };
    if !chain
        .storage_at(ARBOS_STATE_ADDRESS, set.place_slot(member))
        .is_zero()
    {
        return;
    }
    let size: u64 = chain
        .storage_at(ARBOS_STATE_ADDRESS, set.size_slot())
        .saturating_to();
    let place = size + 1;
    chain.set_storage(ARBOS_STATE_ADDRESS, set.size_slot(), U256::from(place));
    chain.set_storage(ARBOS_STATE_ADDRESS, set.member_slot(place), word(member));
    chain.set_storage(ARBOS_STATE_ADDRESS, set.place_slot(member), U256::from(place));
}
