//! ArbDebug (0xff): for chains of developers, who may make themselves the chain's owners.

use revm::primitives::{Address, B256, U256, address, b256};

use super::{
    abi::{dynamic, tail, words},
    call::{Call, Failure, Output, number},
    method::{Access, Method, Precompile, payable, pure, view, write},
};
use crate::arbos::{schema::schema, storage::Store};

/// ArbDebug's address.
pub const ARB_DEBUG: Address = address!("00000000000000000000000000000000000000ff");

/// `Custom(uint64,string,bool)`.
const CUSTOM: [u8; 4] = [0x17, 0x53, 0x06, 0x7f];
const BASIC: B256 = b256!("93c1309077578d0b9ed1398956be51f0c6e1fcc0b91d899836148550215acfe2");
const MIXED: B256 = b256!("a6059246508753631072a6a59c1127af99d3f4cc0f8d6370d4fae122b1dd4eaf");

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_DEBUG,
    name: "ArbDebug",
    since: 0,
    access: Access::DebugChains,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    write(0x0e5b_bc11, "becomeChainOwner()", |call| {
        let sender = call.sender();
        schema().chain_owners.add(call, sender)?;
        Ok(Vec::new())
    }),
    write(0x1be2_50d6, "overwriteContractCode(address,bytes)", |call| {
        let (contract, code) = (call.args.address(0)?, call.args.bytes(1)?);
        let before = call.host.code(contract)?;
        call.ledger().set_code(contract, code)?;
        Ok(dynamic(&before))
    }),
    payable(0x7b99_63ef, "events(bool,bytes32)", events),
    // A view that logs: the network refuses it when it comes to the log.
    view(0x8e5f_30ab, "eventsView()", |_| Err(Failure::Burnt)),
    pure(0x7ea8_9f8b, "customRevert(uint64)", |call| {
        let code: u64 = call.args.small(0)?;
        let text = b"an error of ArbDebug";
        let head = words([U256::from(code), U256::from(96), U256::from(true)]);
        Err(Failure::Error([&CUSTOM[..], &head, &tail(text)].concat()))
    }),
    // A real node stops here. A revert is what a caller can live with.
    write(0x4700_d305, "panic()", |_| Err(Failure::Plain)).since(30),
    pure(0x1e48_fe82, "legacyError()", |_| Err(Failure::Plain)),
];

fn events(call: &mut Call<'_>) -> Output {
    let (flag, value) = (call.args.boolean(0)?, call.args.word(1)?);
    let (sender, contract) = (call.sender(), call.inputs.target_address);
    let word = |flag: bool| B256::from(U256::from(flag));
    call.log(vec![BASIC, value], words([U256::from(!flag)]))?;
    let topics = vec![MIXED, word(flag), value, sender.into_word()];
    call.log(topics, words([U256::from(!flag), number(contract)]))?;
    let paid = call.inputs.call_value();
    Ok(words([number(sender), paid]))
}
