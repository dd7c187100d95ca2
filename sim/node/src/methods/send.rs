//! Transactions in: signed by the client, or filled in and signed by the node.

use std::sync::Arc;

use alloy_consensus::{
    SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxLegacy, transaction::RlpEcdsaEncodableTx,
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind};
use mintage_chain::{Overrides, Transaction, TypedTransaction};
use serde_json::json;

use super::{Run, Submission, failure};
use crate::node::Node;
use crate::objects::TransactionObject;
use crate::render;
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};
use crate::writer::Writer;

pub(super) const METHODS: &[(&str, Run)] = &[
    ("eth_sendRawTransaction", Run::Submit(send_raw)),
    ("eth_sendRawTransactionSync", Run::Submit(send_raw_sync)),
    ("eth_sendTransaction", Run::Submit(send)),
    ("eth_sendUnsignedTransaction", Run::Submit(send_unsigned)),
    ("eth_signTransaction", Run::Call(sign)),
    ("eth_fillTransaction", Run::Call(fill_in)),
];

/// A signed transaction with its sender.
fn decoded(node: &Node, params: &Params) -> Result<Transaction, RpcError> {
    let raw = params.bytes(0)?;
    Transaction::decode(&raw, node.reader.chain_id()).map_err(|e| failure::rejected(&e))
}

fn submit(writer: &mut Writer, transaction: Transaction) -> Result<B256, RpcError> {
    writer.submit(transaction).map_err(|e| failure::rejected(&e))
}

fn send_raw(node: &Node, params: &Params) -> Result<Submission, RpcError> {
    let transaction = decoded(node, params)?;
    Ok(Box::new(|writer: &mut Writer| ok(&submit(writer, transaction)?)))
}

/// As `eth_sendRawTransaction`, with the receipt as answer.
fn send_raw_sync(node: &Node, params: &Params) -> Result<Submission, RpcError> {
    let transaction = decoded(node, params)?;
    Ok(Box::new(|writer: &mut Writer| {
        let hash = submit(writer, transaction)?;
        match writer.node.reader.transaction(hash) {
            Some(found) => Ok(render::receipt(&found.block, found.index)),
            None => Err(RpcError::server(format!(
                "the transaction {hash} was taken and waits for a block: blocks are not made with transactions now"
            ))),
        }
    }))
}

fn send(node: &Node, params: &Params) -> Result<Submission, RpcError> {
    let object: TransactionObject = params.object(0, "a transaction")?;
    let from = object
        .from
        .or_else(|| node.wallet.accounts().first().map(|account| account.address))
        .ok_or_else(|| RpcError::params("`from` is missing"))?;
    if !node.wallet.may_send(from) {
        return Err(RpcError::server(format!(
            "unknown account {from}: the node has no key of it; use anvil_impersonateAccount to send from it without one"
        )));
    }
    submission(node, object, from, signed)
}

/// A transaction from any account, without its key.
fn send_unsigned(node: &Node, params: &Params) -> Result<Submission, RpcError> {
    let object: TransactionObject = params.object(0, "a transaction")?;
    let from = object.from.ok_or_else(|| RpcError::params("`from` is missing"))?;
    submission(node, object, from, |_, _, _| None)
}

fn submission(
    node: &Node,
    object: TransactionObject,
    from: Address,
    sign: fn(&Node, Address, &TypedTransaction) -> Option<Bytes>,
) -> Result<Submission, RpcError> {
    let gas = gas(node, &object, from)?;
    // The nonce is taken where nobody else can take it meanwhile.
    Ok(Box::new(move |writer: &mut Writer| {
        let node = Arc::clone(&writer.node);
        let body = filled(&node, &object, from, gas)?;
        let transaction = match sign(&node, from, &body) {
            Some(raw) => {
                Transaction::decode(&raw, node.reader.chain_id()).map_err(|e| failure::rejected(&e))?
            }
            None => Transaction::unsigned(body, from),
        };
        ok(&submit(writer, transaction)?)
    }))
}

/// The gas that the client gives, or an estimate.
fn gas(node: &Node, object: &TransactionObject, from: Address) -> Result<u64, RpcError> {
    if let Some(gas) = object.gas {
        return Ok(gas);
    }
    let mut call = object.call(node.limits.call_gas)?;
    call.from = Some(from);
    node.reader
        .estimate_gas(BlockId::Pending.into(), &call, &Overrides::default())
        .map_err(failure::call)
}

/// The transaction with nonce, gas and fees that the client left out.
fn filled(
    node: &Node,
    object: &TransactionObject,
    from: Address,
    gas: u64,
) -> Result<TypedTransaction, RpcError> {
    let chain_id = node.reader.chain_id();
    if object.chain_id.is_some_and(|given| given != chain_id) {
        return Err(RpcError::params(format!(
            "chainId does not match node's (have={}, want={chain_id})",
            object.chain_id.unwrap_or_default()
        )));
    }
    let nonce = match object.nonce {
        Some(nonce) => nonce,
        None => node.reader.next_nonce(from).map_err(failure::unread)?,
    };
    let max_fee_wei = object.max_fee_wei()?;
    let tip = object.max_priority_fee_per_gas.unwrap_or_default();
    // Twice the base fee leaves room for it to rise; what is not needed is not taken.
    let fee =
        max_fee_wei.unwrap_or_else(|| (2 * u128::from(node.reader.gas_price_wei())).saturating_add(tip));
    body(object, chain_id, nonce, gas, fee, tip)
}

fn body(
    object: &TransactionObject,
    chain_id: u64,
    nonce: u64,
    gas_limit: u64,
    fee: u128,
    tip: u128,
) -> Result<TypedTransaction, RpcError> {
    let to = object.to.map_or(TxKind::Create, TxKind::Call);
    let (value, input) = (object.value.unwrap_or_default(), object.input()?);
    let access_list = object.access_list.clone().unwrap_or_default();
    let kind = object.kind.unwrap_or(match object {
        TransactionObject {
            authorization_list: Some(_),
            ..
        } => 4,
        TransactionObject { gas_price: None, .. } => 2,
        TransactionObject {
            access_list: Some(_), ..
        } => 1,
        _ => 0,
    });
    Ok(match kind {
        0 => TypedTransaction::Legacy(TxLegacy {
            chain_id: Some(chain_id),
            nonce,
            gas_price: fee,
            gas_limit,
            to,
            value,
            input,
        }),
        1 => TypedTransaction::Eip2930(TxEip2930 {
            chain_id,
            nonce,
            gas_price: fee,
            gas_limit,
            to,
            value,
            access_list,
            input,
        }),
        2 => TypedTransaction::Eip1559(TxEip1559 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: tip,
            to,
            value,
            access_list,
            input,
        }),
        4 => TypedTransaction::Eip7702(TxEip7702 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: tip,
            to: object
                .to
                .ok_or_else(|| RpcError::params("a transaction with authorizations needs `to`"))?,
            value,
            access_list,
            authorization_list: object.authorization_list.clone().unwrap_or_default(),
            input,
        }),
        other => {
            return Err(RpcError::server(format!(
                "transaction type not valid in this context: {other}"
            )));
        }
    })
}

/// The raw signed transaction; `None` if the node has no key of the sender.
fn signed(node: &Node, from: Address, body: &TypedTransaction) -> Option<Bytes> {
    fn raw<T>(node: &Node, from: Address, body: &T) -> Option<Bytes>
    where
        T: SignableTransaction<alloy_primitives::Signature> + RlpEcdsaEncodableTx + Clone,
        alloy_consensus::Signed<T>: Encodable2718,
    {
        let signature = node.wallet.sign_hash(from, body.signature_hash())?;
        Some(body.clone().into_signed(signature).encoded_2718().into())
    }
    match body {
        TypedTransaction::Legacy(body) => raw(node, from, body),
        TypedTransaction::Eip2930(body) => raw(node, from, body),
        TypedTransaction::Eip1559(body) => raw(node, from, body),
        TypedTransaction::Eip7702(body) => raw(node, from, body),
        _ => None,
    }
}

fn sign(node: &Node, params: &Params) -> Answer {
    let object: TransactionObject = params.object(0, "a transaction")?;
    let from = object.from.ok_or_else(|| RpcError::params("`from` is missing"))?;
    let body = filled(node, &object, from, gas(node, &object, from)?)?;
    match signed(node, from, &body) {
        Some(raw) => ok(&raw),
        None => Err(RpcError::server(format!("the node has no key of {from}"))),
    }
}

/// The unsigned transaction with everything filled in, as text for signers and as fields.
fn fill_in(node: &Node, params: &Params) -> Answer {
    let object: TransactionObject = params.object(0, "a transaction")?;
    let from = object.from.unwrap_or_default();
    let body = filled(node, &object, from, gas(node, &object, from)?)?;
    let mut raw = Vec::new();
    match &body {
        TypedTransaction::Legacy(body) => body.encode_for_signing(&mut raw),
        TypedTransaction::Eip2930(body) => body.encode_for_signing(&mut raw),
        TypedTransaction::Eip1559(body) => body.encode_for_signing(&mut raw),
        TypedTransaction::Eip7702(body) => body.encode_for_signing(&mut raw),
        _ => return Err(RpcError::server("transaction type not valid in this context")),
    }
    let transaction = Transaction::unsigned(body, from);
    let mut fields = render::transaction(&transaction, None);
    if transaction.max_priority_fee_per_gas().is_some()
        && let Some(fields) = fields.as_object_mut()
    {
        // Not mined: what it will pay is not known.
        fields.insert("gasPrice".to_owned(), serde_json::Value::Null);
    }
    Ok(json!({ "raw": Bytes::from(raw), "tx": fields }).to_string())
}
