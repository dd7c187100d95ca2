//! Accounts and their storage at a block.

use alloy_primitives::B256;
use mintage_chain::StateView;
use serde_json::json;

use super::{Run, failure};
use crate::node::Node;
use crate::render::quantity;
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    ("eth_getBalance", Run::Quick(balance)),
    ("eth_getTransactionCount", Run::Quick(nonce)),
    ("eth_getCode", Run::Quick(code)),
    ("eth_getStorageAt", Run::Quick(storage)),
    ("eth_getAccountInfo", Run::Quick(account_info)),
];

fn at(node: &Node, params: &Params, place: usize) -> Result<StateView, RpcError> {
    let id = params.block(place, BlockId::Latest)?;
    node.reader.state(id.into()).map_err(failure::unread)
}

fn balance(node: &Node, params: &Params) -> Answer {
    let address = params.address(0)?;
    let wei = at(node, params, 1)?.balance(address).map_err(failure::unread)?;
    ok(&quantity(wei))
}

fn nonce(node: &Node, params: &Params) -> Answer {
    let address = params.address(0)?;
    let nonce = if params.block(1, BlockId::Latest)? == BlockId::Pending {
        node.reader.next_nonce(address)
    } else {
        at(node, params, 1)?.nonce(address)
    };
    ok(&quantity(nonce.map_err(failure::unread)?))
}

fn code(node: &Node, params: &Params) -> Answer {
    let address = params.address(0)?;
    let code = at(node, params, 1)?.code(address).map_err(failure::unread)?;
    ok(&code)
}

fn storage(node: &Node, params: &Params) -> Answer {
    let (address, slot) = (params.address(0)?, params.slot(1)?);
    let word = at(node, params, 2)?
        .storage(address, slot)
        .map_err(failure::unread)?;
    ok(&B256::from(word))
}

/// What foundry asks instead of three requests.
fn account_info(node: &Node, params: &Params) -> Answer {
    let address = params.address(0)?;
    let state = at(node, params, 1)?;
    let fields = json!({
        "balance": quantity(state.balance(address).map_err(failure::unread)?),
        "nonce": quantity(state.nonce(address).map_err(failure::unread)?),
        "code": state.code(address).map_err(failure::unread)?,
    });
    Ok(fields.to_string())
}
