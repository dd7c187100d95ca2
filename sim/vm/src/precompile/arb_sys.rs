//! ArbSys (0x64): the L2 block, aliases of L1 callers, messages to L1.

use revm::primitives::{Address, B256, U256, address, b256, keccak256};

use super::{
    abi::{self, error, one, words},
    call::{Call, Failure, Output, number},
    method::{Access, Method, Precompile, payable, pure, view},
};
use crate::arbos::{
    ArbosVersion, alias,
    schema::schema,
    sends,
    storage::{Store, keccak_gas},
};

/// ArbSys's address.
pub const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");

/// Topic of `SendMerkleUpdate(uint256,bytes32,uint256)`.
pub const SEND_MERKLE_UPDATE: B256 =
    b256!("e9e13da364699fb5b0496ff5a0fc70760ad5836e93ba96568a4e42b9914a8b95");
/// Topic of `L2ToL1Tx(address,address,uint256,uint256,uint256,uint256,uint256,uint256,bytes)`.
pub const L2_TO_L1_TX: B256 = b256!("3e7aafa77dbf186b7fd488006beff893744caa3c4f6f299e8a709fa2087374fc");

/// `InvalidBlockNumber(uint256,uint256)`.
const INVALID_BLOCK_NUMBER: [u8; 4] = [0xd5, 0xdc, 0x64, 0x2d];

/// What `arbOSVersion()` adds to the number, for the versions of the network before Nitro.
const VERSION_OFFSET: u64 = 55;
/// How far back `arbBlockHash` looks.
const HASH_WINDOW: u64 = 256;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_SYS,
    name: "ArbSys",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    view(0xa3b1_b31d, "arbBlockNumber()", |call| {
        Ok(one(call.context.l2_block_number))
    }),
    view(0x2b40_7a82, "arbBlockHash(uint256)", block_hash),
    view(0xd127_f54a, "arbChainID()", |call| Ok(one(call.host.chain_id()))),
    view(0x0510_38f2, "arbOSVersion()", |call| {
        Ok(one(VERSION_OFFSET + call.arbos.number()))
    }),
    // There is no storage gas any more; the network answers 0, too.
    view(0xa945_97ff, "getStorageGasAvailable()", |_| Ok(one(0u64))),
    view(0x08bd_624c, "isTopLevelCall()", |call| {
        Ok(one(call.host.depth() <= 2))
    }),
    pure(
        0x4dbb_d506,
        "mapL1SenderContractAddressToL2Alias(address,address)",
        |call| Ok(abi::address(alias::to_l2(call.args.address(0)?))),
    ),
    view(0x175a_260b, "wasMyCallersAddressAliased()", |call| {
        Ok(one(was_aliased(call)))
    }),
    view(0xd745_23b3, "myCallersAddressWithoutAliasing()", |call| {
        let caller = call.caller.callers_caller.unwrap_or_default();
        Ok(abi::address(if was_aliased(call) {
            alias::to_l1(caller)
        } else {
            caller
        }))
    }),
    payable(0x25e1_6063, "withdrawEth(address)", |call| {
        let destination = call.args.address(0)?;
        send(call, destination, &[])
    }),
    payable(0x928c_169a, "sendTxToL1(address,bytes)", |call| {
        let (destination, data) = (call.args.address(0)?, call.args.bytes(1)?);
        send(call, destination, &data)
    }),
    view(0x7aee_cd2a, "sendMerkleTreeState()", tree_state),
];

fn block_hash(call: &mut Call<'_>) -> Output {
    let requested = call.args.uint(0)?;
    let current = call.context.l2_block_number;
    let within = u64::try_from(requested)
        .ok()
        .filter(|number| *number < current && *number >= current.saturating_sub(HASH_WINDOW));
    let Some(block) = within else {
        return Err(error(INVALID_BLOCK_NUMBER, [requested, U256::from(current)]));
    };
    let hash = match &call.context.l2_block_hashes {
        Some(hashes) => hashes.hash_of(block)?,
        None => None,
    };
    hash.map(|hash| hash.to_vec()).ok_or(Failure::Plain)
}

/// Whether an L1 message made the call at the top level, so that its sender is an alias.
fn was_aliased(call: &Call<'_>) -> bool {
    let origin = call.host.origin();
    let at_the_top =
        call.host.depth() < 2 || call.caller.callers_caller.is_none_or(|caller| caller == origin);
    at_the_top && matches!(call.context.tx_type, 0x65 | 0x66 | 0x68)
}

/// Puts a message for L1 into the tree, and destroys its value here.
fn send(call: &mut Call<'_>, destination: Address, data: &[u8]) -> Output {
    let value = call.inputs.call_value();
    if call.arbos >= ArbosVersion::V41 && !value.is_zero() {
        // A native token that is minted here has nothing behind it there.
        if schema().native_token_owners.size(call)? > 0 {
            return Err(Failure::Plain);
        }
    }
    let l1_number = call.host.l1_number();
    let l2_number = U256::from(call.context.l2_block_number);
    let time = U256::from(call.now_ts());
    let numbers = words([l2_number, l1_number, time, value]);
    let message = [call.sender().as_slice(), destination.as_slice(), &numbers, data].concat();
    call.burn(keccak_gas(message.len() as u64))?;
    let hash = keccak256(&message);
    let (leaf, updates) = sends::append(call, hash)?;
    // The network reads the L1 number from the state for the log.
    call.read(schema().l1_blocks.field(0))?;
    call.burn_wei(ARB_SYS, value)?;
    for update in &updates {
        let topics = vec![
            SEND_MERKLE_UPDATE,
            B256::ZERO,
            update.hash,
            update.position().into(),
        ];
        call.log(topics, Vec::new())?;
    }
    let topics = vec![
        L2_TO_L1_TX,
        destination.into_word(),
        hash,
        U256::from(leaf).into(),
    ];
    let head = words([
        number(call.sender()),
        l2_number,
        l1_number,
        time,
        value,
        U256::from(6 * 32),
    ]);
    call.log(topics, [head, abi::tail(data)].concat())?;
    Ok(one(leaf))
}

/// For the nodes that build proofs; on the chain only the zero address may ask.
fn tree_state(call: &mut Call<'_>) -> Output {
    if !call.sender().is_zero() {
        return Err(Failure::Plain);
    }
    let size = sends::count(call)?;
    let root = sends::root(call)?;
    let partials = sends::partials(call)?;
    let head = words([
        U256::from(size),
        root.into(),
        U256::from(3 * 32),
        U256::from(partials.len()),
    ]);
    let partials = partials.iter().flat_map(|hash| hash.0);
    Ok(head.into_iter().chain(partials).collect())
}
