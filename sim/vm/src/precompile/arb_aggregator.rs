//! ArbAggregator (0x6d): who posts batches to L1, and who is paid for it.

use revm::primitives::{Address, U256, address};

use super::{
    abi::{self, addresses, one, words},
    call::{Call, Failure, Output, number},
    method::{Access, Method, Precompile, view, write},
};
use crate::arbos::{
    genesis::{SEQUENCER, add_poster},
    schema::schema,
    storage::{Result, Store},
};

/// ArbAggregator's address.
pub const ARB_AGGREGATOR: Address = address!("000000000000000000000000000000000000006d");

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_AGGREGATOR,
    name: "ArbAggregator",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    view(0x52f1_0740, "getPreferredAggregator(address)", |_| {
        Ok(words([number(SEQUENCER), U256::ONE]))
    }),
    view(0x8758_83f2, "getDefaultAggregator()", |_| {
        Ok(abi::address(SEQUENCER))
    }),
    view(0xe105_73a3, "getBatchPosters()", |call| {
        let posters = schema().l1.posters.members.members(call)?;
        Ok(addresses(&posters))
    }),
    write(0xdf41_e1e2, "addBatchPoster(address)", add),
    view(0x9c2c_5bb5, "getFeeCollector(address)", |call| {
        let poster = call.args.address(0)?;
        collector(call, poster).map(abi::address)
    }),
    write(0x2914_9799, "setFeeCollector(address,address)", set_collector),
    // A transaction's own L1 fee of a poster is from before Nitro: it is 0, and setting it does nothing.
    view(0x0497_64af, "getTxBaseFee(address)", |_| Ok(one(0u64))),
    write(0x5be6_888b, "setTxBaseFee(address,uint256)", |_| Ok(Vec::new())),
];

/// Who is paid for a poster. 2R. [`Failure::Plain`] for who is no poster.
fn collector(call: &mut Call<'_>, poster: Address) -> Result<Address> {
    let posters = &schema().l1.posters;
    if !posters.members.contains(call, poster)? {
        return Err(Failure::Plain);
    }
    call.read_address(posters.info(poster).1)
}

fn add(call: &mut Call<'_>) -> Output {
    let poster = call.args.address(0)?;
    let sender = call.sender();
    if !schema().chain_owners.contains(call, sender)? {
        return Err(Failure::Plain);
    }
    if !schema().l1.posters.members.contains(call, poster)? {
        add_poster(call, poster, poster)?;
    }
    Ok(Vec::new())
}

/// The poster itself, who is paid for it, and the chain's owners may.
fn set_collector(call: &mut Call<'_>) -> Output {
    let (poster, to) = (call.args.address(0)?, call.args.address(1)?);
    let before = collector(call, poster)?;
    let sender = call.sender();
    if sender != poster && sender != before && !schema().chain_owners.contains(call, sender)? {
        return Err(Failure::Plain);
    }
    call.write(schema().l1.posters.info(poster).1, number(to))?;
    Ok(Vec::new())
}
