//! Blocks by hand and by interval, and what waits for them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::methods::failure;
use crate::render;
use crate::rpc::{Answer, Params, RpcError, ok, word};
use crate::writer::{LONGEST_INTERVAL, MiningMode, Writer};

/// Blocks that one request may make: more would keep the chain from everybody else for long.
const MOST_BLOCKS: u64 = 100_000;
/// Blocks that one request may make and be told of.
const MOST_SHOWN: u64 = 1_000;

const NULL: &str = "null";

fn set_time(writer: &mut Writer, timestamp: u64) -> Result<(), RpcError> {
    writer
        .chain
        .set_next_timestamp(timestamp)
        .map_err(|e| RpcError::params(e.to_string()))
}

/// `evm_mine`: one block, at a time if one is given; or as ganache writes it, `{blocks, timestamp}`.
pub(super) fn mine_one(writer: &mut Writer, params: &Params) -> Answer {
    mine_with_options(writer, params, MOST_BLOCKS)?;
    ok("0x0")
}

/// Makes the blocks of `evm_mine`, at most so many, and says how many.
fn mine_with_options(writer: &mut Writer, params: &Params, most: u64) -> Result<u64, RpcError> {
    let number = |value: &Value| -> Result<u64, RpcError> {
        word(value)
            .ok()
            .and_then(|word| u64::try_from(word).ok())
            .ok_or_else(|| RpcError::params(format!("{value} is no number of blocks or seconds")))
    };
    let (mut blocks, mut timestamp) = (1, None);
    match params.value(0) {
        Some(Value::Object(options)) => {
            if let Some(value) = options.get("blocks") {
                blocks = number(value)?;
            }
            timestamp = options
                .get("timestamp")
                .filter(|value| !value.is_null())
                .map(number)
                .transpose()?;
        }
        Some(value) => timestamp = Some(number(value)?),
        None => {}
    }
    check_count(blocks, most)?;
    if let Some(timestamp) = timestamp {
        set_time(writer, timestamp)?;
    }
    for made in 0..blocks {
        writer.may_go_on(made, blocks)?;
        writer.mine_pending()?;
    }
    Ok(blocks)
}

fn check_count(blocks: u64, most: u64) -> Result<(), RpcError> {
    if blocks > most {
        return Err(RpcError::limit(format!(
            "{blocks} blocks asked for; one request makes at most {most}, ask for them by several requests"
        )));
    }
    Ok(())
}

/// `anvil_mine`: a number of blocks, and the seconds from one to the next.
pub(super) fn mine(writer: &mut Writer, params: &Params) -> Answer {
    let blocks = params.optional_number(0)?.unwrap_or(1);
    let interval = params.optional_number(1)?.filter(|secs| *secs > 0);
    check_count(blocks, MOST_BLOCKS)?;
    for made in 0..blocks {
        writer.may_go_on(made, blocks)?;
        if let (Some(secs), true) = (interval, made > 0) {
            let next = writer.chain.head().timestamp.saturating_add(secs);
            set_time(writer, next)?;
        }
        writer.mine_pending()?;
    }
    Ok(NULL.to_owned())
}

/// `evm_mine_detailed`: the blocks that were made, with their transactions and how they ended.
pub(super) fn mine_detailed(writer: &mut Writer, params: &Params) -> Answer {
    let made = mine_with_options(writer, params, MOST_SHOWN)?;
    let head = writer.chain.block_number();
    let blocks: Vec<Value> = (head + 1 - made..=head)
        .filter_map(|number| writer.node.reader.block(number))
        .map(|block| {
            let mut fields = render::block(&block, true);
            if let Some(transactions) = fields["transactions"].as_array_mut() {
                for (shown, mined) in transactions.iter_mut().zip(&block.transactions) {
                    shown["output"] = json!(mined.receipt.output);
                    if !mined.receipt.status {
                        let error = failure::reverted(&mined.receipt.output);
                        shown["error"] = error.message.into();
                    }
                }
            }
            fields
        })
        .collect();
    ok(&blocks)
}

pub(super) fn set_automine(writer: &mut Writer, params: &Params) -> Answer {
    let on = params.flag(0)?;
    writer.set_mining(if on {
        MiningMode::Automatic
    } else {
        MiningMode::Manual
    });
    if on {
        mine_what_waits(writer)?;
    }
    Ok(NULL.to_owned())
}

/// What came before blocks were made with transactions would wait for the next one. A block takes what fits, and leaves what offers too
/// little.
fn mine_what_waits(writer: &mut Writer) -> Result<(), RpcError> {
    let ready = |writer: &Writer| -> Result<usize, RpcError> {
        let pool = writer.node.reader.pool().map_err(failure::unread)?;
        Ok(pool.iter().filter(|pooled| pooled.ready).count())
    };
    let (mut made, mut left) = (0, ready(writer)?);
    while left > 0 {
        writer.may_go_on(made, made + 1)?;
        writer.mine_pending()?;
        made += 1;
        let before = std::mem::replace(&mut left, ready(writer)?);
        if left >= before {
            break;
        }
    }
    Ok(())
}

pub(super) fn automine(writer: &mut Writer, _: &Params) -> Answer {
    ok(&(writer.mining == MiningMode::Automatic))
}

/// Seconds, at most a year, or 0 for none.
pub(super) fn set_interval(writer: &mut Writer, params: &Params) -> Answer {
    let secs = params.number(0)?;
    let longest = LONGEST_INTERVAL.as_secs();
    if secs > longest {
        return Err(RpcError::params(format!(
            "{secs} seconds from one block to the next; at most {longest} (a year) are taken"
        )));
    }
    writer.set_mining(match secs {
        0 => MiningMode::Manual,
        secs => MiningMode::Interval(Duration::from_secs(secs)),
    });
    Ok(NULL.to_owned())
}

/// Seconds, or null if blocks are not made by interval.
pub(super) fn interval(writer: &mut Writer, _: &Params) -> Answer {
    match writer.mining {
        MiningMode::Interval(every) => ok(&every.as_secs()),
        _ => Ok(NULL.to_owned()),
    }
}

/// The hash if the transaction waited and does so no more, else null.
pub(super) fn drop_transaction(writer: &mut Writer, params: &Params) -> Answer {
    let hash = params.hash(0)?;
    if writer.chain.drop_transaction(hash) {
        ok(&hash)
    } else {
        Ok(NULL.to_owned())
    }
}

pub(super) fn drop_all(writer: &mut Writer, _: &Params) -> Answer {
    writer.chain.drop_all();
    Ok(NULL.to_owned())
}

pub(super) fn remove_sender(writer: &mut Writer, params: &Params) -> Answer {
    writer.chain.remove_sender(params.address(0)?);
    Ok(NULL.to_owned())
}
