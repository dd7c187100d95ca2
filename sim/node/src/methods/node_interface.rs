//! NodeInterface at 0xc8 and NodeInterfaceDebug at 0xc9: contracts that do not exist, whose methods the node answers itself when a call is
//! made to them directly.
//!
//! This chain posts no batches to a parent chain: no block is in one, and each has 0 confirmations there. What only the time before Nitro
//! had reverts and says so.

mod outbox;
mod ticket;

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{Revert, SolCall, SolError, SolInterface, sol};
use mintage_chain::{CallRequest, Overrides};
use mintage_vm::arbos::poster::{BROTLI_LEVEL, MadeUp, estimated_gas_down, gas_down};

use super::failure;
use crate::node::Node;
use crate::rpc::{BlockId, RpcError};

const NODE_INTERFACE: Address = address!("0x00000000000000000000000000000000000000c8");
const NODE_INTERFACE_DEBUG: Address = address!("0x00000000000000000000000000000000000000c9");
const ARB_GAS_INFO: Address = address!("0x000000000000000000000000000000000000006c");

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

    interface ArbGasInfo {
        function getL1BaseFeeEstimate() returns (uint256 price);
        function getMinimumGasPrice() returns (uint256 price);
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
            let prices = Prices::read(node, id)?;
            let gas = node
                .reader
                .estimate_gas(id.into(), &inner, &Overrides::default())
                .map_err(failure::call)?;
            let units = units(&inner, None);
            let ret = gasEstimateComponentsReturn {
                gas,
                gasForL1: estimated_gas_down(
                    units,
                    prices.l1_wei,
                    prices.base_fee_wei,
                    prices.min_base_fee_wei,
                ),
                baseFee: U256::from(prices.base_fee_wei),
                l1Price: prices.l1_wei,
            };
            gasEstimateComponentsCall::abi_encode_returns(&ret)
        }
        NodeInterfaceCalls::gasEstimateL1Component(c) => {
            let inner = inner(call, c.to, c.creation, c.data);
            let prices = Prices::read(node, id)?;
            let units = units(&inner, Some(MadeUp::GAS_LIMIT));
            // A tenth more, rounded down, as in an estimate, but at the whole base fee.
            let padded_wei =
                prices.l1_wei.saturating_mul(U256::from(units)) * U256::from(11_000) / U256::from(10_000);
            let ret = gasEstimateL1ComponentReturn {
                gasForL1: gas_down(1, padded_wei, prices.base_fee_wei),
                baseFee: U256::from(prices.base_fee_wei),
                l1Price: prices.l1_wei,
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

fn units(call: &CallRequest, gas_limit: Option<u64>) -> u64 {
    MadeUp {
        nonce: call.nonce,
        tip_wei: call.tip_wei,
        max_fee_wei: call.max_fee_wei,
        gas_limit,
        to: call.to,
        value_wei: call.value,
        data: &call.input,
        access_list: None,
        authorization_list: &[],
    }
    .padded_units(BROTLI_LEVEL)
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

struct Prices {
    l1_wei: U256,
    /// Of the next block.
    base_fee_wei: u64,
    min_base_fee_wei: u64,
}

impl Prices {
    fn read(node: &Node, id: BlockId) -> Result<Self, RpcError> {
        Ok(Self {
            l1_wei: ask::<ArbGasInfo::getL1BaseFeeEstimateCall>(
                node,
                id,
                ArbGasInfo::getL1BaseFeeEstimateCall {},
            )?,
            base_fee_wei: node.reader.pending_header().base_fee_wei,
            min_base_fee_wei: ask::<ArbGasInfo::getMinimumGasPriceCall>(
                node,
                id,
                ArbGasInfo::getMinimumGasPriceCall {},
            )?
            .saturating_to(),
        })
    }
}

/// What ArbGasInfo says at a block.
fn ask<C: SolCall>(node: &Node, id: BlockId, call: C) -> Result<C::Return, RpcError> {
    let request = CallRequest {
        to: Some(ARB_GAS_INFO),
        input: call.abi_encode().into(),
        ..CallRequest::default()
    };
    let outcome = node
        .reader
        .call(id.into(), &request, &Overrides::default())
        .map_err(failure::call)?;
    C::abi_decode_returns(&outcome.output)
        .map_err(|e| RpcError::internal(format!("ArbGasInfo does not answer: {e}")))
}
