//! ArbOwnerPublic (0x6b): who owns the chain and how it is set up, for everyone to read.

use revm::primitives::{Address, U256, address, b256};

use super::{
    abi::{self, addresses, one, words},
    call::{Call, Output, number},
    method::{Access, Method, Precompile, view, write},
};
use crate::arbos::{
    schema::{AddressSetSpace, schema},
    storage::Store,
    upgrade,
};

/// ArbOwnerPublic's address.
pub const ARB_OWNER_PUBLIC: Address = address!("000000000000000000000000000000000000006b");

/// Gas of reading the Stylus parameters.
const PARAMS_GAS: u64 = 100;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_OWNER_PUBLIC,
    name: "ArbOwnerPublic",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    view(0x26ef_7f68, "isChainOwner(address)", |call| {
        is_member(call, &schema().chain_owners)
    }),
    write(0x6fe8_6373, "rectifyChainOwner(address)", rectify).since(11),
    view(0x516b_4e0f, "getAllChainOwners()", |call| {
        all(call, &schema().chain_owners)
    }),
    view(0x3fec_bab0, "getNativeTokenManagementFrom()", |call| {
        slot(call, schema().root.native_token_from_ts)
    })
    .since(50),
    view(0xc686_f4db, "isNativeTokenOwner(address)", |call| {
        is_member(call, &schema().native_token_owners)
    })
    .since(41),
    view(0x3f86_01e4, "getAllNativeTokenOwners()", |call| {
        all(call, &schema().native_token_owners)
    })
    .since(41),
    view(0xc1d3_55b8, "getTransactionFilteringFrom()", |call| {
        slot(call, schema().root.filtering_from_ts)
    })
    .since(60),
    view(0xb323_52c3, "isTransactionFilterer(address)", |call| {
        is_member(call, &schema().transaction_filterers)
    })
    .since(60),
    view(0x595f_bb5a, "getAllTransactionFilterers()", |call| {
        all(call, &schema().transaction_filterers)
    })
    .since(60),
    view(0x3caa_5f12, "getFilteredFundsRecipient()", |call| {
        account(call, schema().root.filtered_funds_recipient)
    })
    .since(60),
    view(0x2d91_25e9, "getNetworkFeeAccount()", |call| {
        account(call, schema().root.network_fee_account)
    }),
    view(0xee95_a824, "getInfraFeeAccount()", |call| {
        account(call, schema().root.infra_fee_account)
    })
    .since(5),
    view(0x22d4_99c7, "getBrotliCompressionLevel()", |call| {
        slot(call, schema().root.brotli_level)
    })
    .since(20),
    view(0x49cc_daff, "getParentGasFloorPerToken()", |call| {
        slot(call, schema().l1.gas_floor_per_token)
    })
    .since(50),
    view(0x81ef_944c, "getScheduledUpgrade()", |call| {
        let arbos = call.arbos;
        let (version, from_ts) = upgrade::scheduled(call, arbos)?;
        Ok(words([U256::from(version), U256::from(from_ts)]))
    })
    .since(20),
    view(0x2aa9_551e, "isCalldataPriceIncreaseEnabled()", |call| {
        let features = call.read(schema().features)?;
        Ok(one(features.bit(0)))
    })
    .since(40),
    view(0xe5a7_f893, "getMaxStylusContractFragments()", |call| {
        call.burn(PARAMS_GAS)?;
        Ok(one(call.stylus_params()?.max_fragment_count))
    })
    .since(60),
    view(0x8e34_a64d, "getCollectTips()", |call| {
        let collect = call.read(schema().root.collect_tips)?;
        Ok(one(!collect.is_zero()))
    })
    .since(60),
];

/// A number as it stands. R.
pub(super) fn slot(call: &mut Call<'_>, slot: U256) -> Output {
    call.read(slot).map(one)
}

/// An address as it stands. R.
pub(super) fn account(call: &mut Call<'_>, slot: U256) -> Output {
    call.read_address(slot).map(abi::address)
}

/// Whether the argument is in a set. R.
pub(super) fn is_member(call: &mut Call<'_>, set: &AddressSetSpace) -> Output {
    let member = call.args.address(0)?;
    set.contains(call, member).map(one)
}

/// All members of a set. R·(1+n).
pub(super) fn all(call: &mut Call<'_>, set: &AddressSetSpace) -> Output {
    set.members(call).map(|members| addresses(&members))
}

fn rectify(call: &mut Call<'_>) -> Output {
    let owner = call.args.address(0)?;
    schema().chain_owners.rectify(call, owner)?;
    let topic = b256!("14c7c9cb05f84448a0f2fc5775a4048a7210cb040a35fd84cd45b2b863d04d82");
    call.log(vec![topic], words([number(owner)]))?;
    Ok(Vec::new())
}
