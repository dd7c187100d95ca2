//! NodeInterface at 0xc8 and NodeInterfaceDebug at 0xc9: contracts that do not exist, whose methods the node answers itself when a call is
//! made to them directly.
//!
//! This chain posts no batches to a parent chain: no block is in one, and each has 0 confirmations there. What only the time before Nitro
//! had reverts and says so.

mod outbox;
mod ticket;

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{Revert, SolCall, SolError, SolInterface, sol};
use mintage_chain::{CallRequest, L1Estimate, Overrides};

use super::failure;
use crate::node::Node;
use crate::rpc::{BlockId, RpcError};

const NODE_INTERFACE: Address = address!("0x00000000000000000000000000000000000000c8");
const NODE_INTERFACE_DEBUG: Address = address!("0x00000000000000000000000000000000000000c9");

sol! {
    interface NodeInterface {
        function gasEstimateComponents(address to, bool creation, bytes data)
            payable returns (uint64 gas, uint64 gasForL1, uint256 baseFee, uint256 l1Price);
        function gasEstimateL1Component(address to, bool creation, bytes data)
            payable returns (uint64 gasForL1, uint256 baseFee, uint256 l1Price);
        function nitroGenesisBlock() returns (uint256 number);
        function blockL1Num(uint64 l2Block) returns (uint64 l1Block);
        function l2BlockRangeForL1(uint64 l1Block) returns (uint64 first, uint64 last);
        function constructOutboxProof(uint64 size, uint64 leaf) returns (bytes32 send, bytes32 root, bytes32[] proof);
        function findBatchContainingBlock(uint64 l2Block) returns (uint64 batch);
        function getL1Confirmations(bytes32 blockHash) returns (uint64 confirmations);
        function estimateRetryableTicket(
            address sender, uint256 deposit, address to, uint256 l2CallValue,
            address excessFeeRefundAddress, address callValueRefundAddress, bytes data
        );
    }

    struct RetryableInfo {
        uint64 timeout;
        address from;
        address to;
        uint256 value;
        address beneficiary;
        uint64 tries;
        bytes data;
    }

    interface NodeInterfaceDebug {
        function getRetryable(bytes32 ticket) returns (RetryableInfo retryable);
    }
}

/// The answer to a call to one of the two; `None` for all other calls.
pub(super) fn answer(node: &Node, id: BlockId, call: &CallRequest) -> Option<Result<Bytes, RpcError>> {
    match call.to {
        Some(NODE_INTERFACE) => Some(node_interface(node, id, call)),
        Some(NODE_INTERFACE_DEBUG) => Some(node_interface_debug(node, id, call)),
        _ => None,
    }
}

/// What an estimate of gas is really about: of a call to `estimateRetryableTicket` the redeem. `None` for all others.
pub(super) fn estimated(
    node: &Node,
    id: BlockId,
    call: &CallRequest,
) -> Option<Result<(CallRequest, Overrides), RpcError>> {
    if call.to != Some(NODE_INTERFACE) {
        return None;
    }
    let asked = NodeInterface::estimateRetryableTicketCall::abi_decode(&call.input).ok()?;
    Some(ticket::redeem(node, id, &asked, call))
}

fn node_interface_debug(node: &Node, id: BlockId, call: &CallRequest) -> Result<Bytes, RpcError> {
    let Ok(asked) = NodeInterfaceDebug::getRetryableCall::abi_decode(&call.input) else {
        return Err(revert("NodeInterfaceDebug has no such method"));
    };
    let info = ticket::info(node, id, asked.ticket)?;
    Ok(NodeInterfaceDebug::getRetryableCall::abi_encode_returns(&info).into())
}

fn revert(reason: &str) -> RpcError {
    let data = Revert::from(reason).abi_encode();
    RpcError::revert(Some(reason), &data.into())
}

fn node_interface(node: &Node, id: BlockId, call: &CallRequest) -> Result<Bytes, RpcError> {
    use NodeInterface::*;
    let Ok(asked) = NodeInterfaceCalls::abi_decode(&call.input) else {
        return Err(revert(
            "NodeInterface has no such method here: what belongs to the time before Nitro is not part of a local chain",
        ));
    };
    let answer = match asked {
        NodeInterfaceCalls::gasEstimateComponents(c) => {
            let inner = inner(call, c.to, c.creation, c.data);
            let l1 = l1_estimate(node, id, &inner)?;
            let gas = node
                .reader
                .estimate_gas(id.into(), &inner, &Overrides::default())
                .map_err(failure::call)?;
            let ret = gasEstimateComponentsReturn {
                gas,
                gasForL1: l1.gas,
                baseFee: U256::from(l1.base_fee_wei),
                l1Price: l1.price_per_unit_wei,
            };
            gasEstimateComponentsCall::abi_encode_returns(&ret)
        }
        NodeInterfaceCalls::gasEstimateL1Component(c) => {
            let inner = inner(call, c.to, c.creation, c.data);
            let l1 = l1_estimate(node, id, &inner)?;
            let ret = gasEstimateL1ComponentReturn {
                gasForL1: l1.gas_at_base_fee,
                baseFee: U256::from(l1.base_fee_wei),
                l1Price: l1.price_per_unit_wei,
            };
            gasEstimateL1ComponentCall::abi_encode_returns(&ret)
        }
        NodeInterfaceCalls::nitroGenesisBlock(_) => nitroGenesisBlockCall::abi_encode_returns(&U256::ZERO),
        NodeInterfaceCalls::blockL1Num(c) => {
            let block = node
                .reader
                .block(c.l2Block)
                .ok_or_else(|| revert("unknown block"))?;
            blockL1NumCall::abi_encode_returns(&block.l1_block_number)
        }
        NodeInterfaceCalls::l2BlockRangeForL1(c) => {
            let (first, last) = blocks_of(node, c.l1Block)
                .ok_or_else(|| revert("requested L1 block number not found in chain"))?;
            l2BlockRangeForL1Call::abi_encode_returns(&l2BlockRangeForL1Return { first, last })
        }
        NodeInterfaceCalls::constructOutboxProof(c) => {
            let made = outbox::proof(node, c.size, c.leaf)?;
            let ret = constructOutboxProofReturn {
                send: made.send,
                root: made.root,
                proof: made.beside,
            };
            constructOutboxProofCall::abi_encode_returns(&ret)
        }
        NodeInterfaceCalls::findBatchContainingBlock(_) => {
            return Err(revert("the block is in no batch: this chain posts none"));
        }
        NodeInterfaceCalls::getL1Confirmations(c) => {
            if node.reader.block_by_hash(c.blockHash).is_none() {
                return Err(revert("unknown block"));
            }
            getL1ConfirmationsCall::abi_encode_returns(&0)
        }
        NodeInterfaceCalls::estimateRetryableTicket(c) => {
            let (request, overrides) = ticket::redeem(node, id, &c, call)?;
            let called = node.reader.call(id.into(), &request, &overrides);
            super::call::output(&called.map_err(failure::call)?)?;
            Vec::new()
        }
    };
    Ok(answer.into())
}

/// The transaction that is asked about, from the sender and with the value of the call.
fn inner(call: &CallRequest, to: Address, creation: bool, data: Bytes) -> CallRequest {
    CallRequest {
        to: (!creation).then_some(to),
        input: data,
        ..call.clone()
    }
}

fn l1_estimate(node: &Node, id: BlockId, call: &CallRequest) -> Result<L1Estimate, RpcError> {
    node.reader.l1_estimate(id.into(), call).map_err(failure::call)
}

/// The first and the last block with an L1 number. L1 numbers never fall.
fn blocks_of(node: &Node, l1_number: u64) -> Option<(u64, u64)> {
    let end = node.reader.block_number() + 1;
    let first_from = |least: u64| {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            match node.reader.block(middle) {
                Some(block) if block.l1_block_number >= least => high = middle,
                _ => low = middle + 1,
            }
        }
        low
    };
    let (first, after) = (first_from(l1_number), first_from(l1_number.checked_add(1)?));
    (first < after).then(|| (first, after - 1))
}
