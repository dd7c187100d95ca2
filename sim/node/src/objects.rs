//! The objects that clients send: calls, transactions, overrides, log filters.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, U256};
use mintage_chain::{AccountOverride, BlockOverrides, CallRequest, LogQuery, Overrides};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::rpc::{BlockId, Params, RpcError, block_id, word};

/// What to call or send. Fields that no rule here needs (`chainId` of a call, `type`) are read and kept out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TransactionObject {
    pub(crate) from: Option<Address>,
    pub(crate) to: Option<Address>,
    #[serde(deserialize_with = "optional_number")]
    pub(crate) gas: Option<u64>,
    #[serde(deserialize_with = "optional_price")]
    pub(crate) gas_price: Option<u128>,
    #[serde(deserialize_with = "optional_price")]
    pub(crate) max_fee_per_gas: Option<u128>,
    #[serde(deserialize_with = "optional_price")]
    pub(crate) max_priority_fee_per_gas: Option<u128>,
    #[serde(deserialize_with = "optional_word")]
    pub(crate) value: Option<U256>,
    #[serde(deserialize_with = "optional_number")]
    pub(crate) nonce: Option<u64>,
    data: Option<Bytes>,
    input: Option<Bytes>,
    #[serde(deserialize_with = "access_list")]
    pub(crate) access_list: Option<AccessList>,
    #[serde(deserialize_with = "authorization_list")]
    pub(crate) authorization_list: Option<Vec<SignedAuthorization>>,
    #[serde(deserialize_with = "optional_number")]
    pub(crate) chain_id: Option<u64>,
    #[serde(rename = "type", deserialize_with = "optional_number")]
    pub(crate) kind: Option<u64>,
    #[serde(rename = "skipL1Charging")]
    skip_l1_charging: bool,
}

impl TransactionObject {
    /// The calldata or init code, under either of its names.
    pub(crate) fn input(&self) -> Result<Bytes, RpcError> {
        match (&self.input, &self.data) {
            (Some(input), Some(data)) if input != data => Err(RpcError::params(
                "both `data` and `input` are given and not equal; `input` is the name to use",
            )),
            (Some(bytes), _) | (None, Some(bytes)) => Ok(bytes.clone()),
            (None, None) => Ok(Bytes::new()),
        }
    }

    /// The most to pay for a unit of gas; `None` if nothing was said.
    pub(crate) fn max_fee_wei(&self) -> Result<Option<u128>, RpcError> {
        let (fee, tip) = (self.max_fee_per_gas, self.max_priority_fee_per_gas);
        if self.gas_price.is_some() && (fee.is_some() || tip.is_some()) {
            return Err(RpcError::params(
                "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
            ));
        }
        if let (Some(fee), Some(tip)) = (fee, tip)
            && tip > fee
        {
            return Err(RpcError::server(format!(
                "max priority fee per gas higher than max fee per gas, tip higher than fee cap: \
                 maxPriorityFeePerGas: {tip}, maxFeePerGas: {fee}"
            )));
        }
        Ok(self.gas_price.or(fee))
    }

    /// As the chain wants a call that may use `gas_limit` gas at most.
    pub(crate) fn call(&self, gas_limit: u64) -> Result<CallRequest, RpcError> {
        Ok(CallRequest {
            from: self.from,
            to: self.to,
            // More than the node gives is all that it gives, with the L1 part on top.
            gas: self.gas.filter(|gas| *gas <= gas_limit),
            gas_cap: Some(gas_limit),
            max_fee_wei: self.max_fee_wei()?,
            // One gas price is both.
            tip_wei: self.max_priority_fee_per_gas.or(self.gas_price),
            value: self.value.unwrap_or_default(),
            input: self.input()?,
            nonce: self.nonce,
            access_list: self.access_list.clone().unwrap_or_default(),
            authorization_list: self.authorization_list.clone().unwrap_or_default(),
            skip_l1_charging: self.skip_l1_charging,
            traced: false,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessListItemObject {
    address: Address,
    #[serde(default)]
    storage_keys: Vec<B256>,
}

fn access_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccessList>, D::Error> {
    let items = Option::<Vec<AccessListItemObject>>::deserialize(deserializer)?;
    let item = |item: AccessListItemObject| AccessListItem {
        address: item.address,
        storage_keys: item.storage_keys,
    };
    Ok(items.map(|items| AccessList(items.into_iter().map(item).collect())))
}

/// A delegation as wallets sign it. The parity of the signature is `yParity`, or `v` as some write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationObject {
    #[serde(deserialize_with = "some_word")]
    chain_id: U256,
    address: Address,
    #[serde(deserialize_with = "some_word")]
    nonce: U256,
    #[serde(alias = "v", deserialize_with = "some_word")]
    y_parity: U256,
    #[serde(deserialize_with = "some_word")]
    r: U256,
    #[serde(deserialize_with = "some_word")]
    s: U256,
}

fn some_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
    word(&Value::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn authorization_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<SignedAuthorization>>, D::Error> {
    let read = |object: AuthorizationObject| {
        let nonce = u64::try_from(object.nonce).map_err(|_| de::Error::custom("a nonce above 2^64-1"))?;
        // v counts from 27.
        let parity = match u64::try_from(object.y_parity) {
            Ok(0 | 27) => 0,
            Ok(1 | 28) => 1,
            _ => return Err(de::Error::custom("the parity of a signature is 0 or 1")),
        };
        let inner = Authorization {
            chain_id: object.chain_id,
            address: object.address,
            nonce,
        };
        Ok(SignedAuthorization::new_unchecked(
            inner, parity, object.r, object.s,
        ))
    };
    let Some(objects) = Option::<Vec<AuthorizationObject>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    objects.into_iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn optional_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<U256>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(value) => word(&value).map(Some).map_err(de::Error::custom),
    }
}

fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let too_large = |_| de::Error::custom("the number is above 2^64-1");
    optional_word(deserializer)?
        .map(|word| u64::try_from(word).map_err(too_large))
        .transpose()
}

fn optional_price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
    let too_large = |_| de::Error::custom("a price above 2^128-1 wei");
    optional_word(deserializer)?
        .map(|word| u128::try_from(word).map_err(too_large))
        .transpose()
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct AccountOverrideObject {
    #[serde(deserialize_with = "optional_word")]
    balance: Option<U256>,
    #[serde(deserialize_with = "optional_number")]
    nonce: Option<u64>,
    code: Option<Bytes>,
    state: Option<BTreeMap<B256, B256>>,
    state_diff: Option<BTreeMap<B256, B256>>,
    #[serde(rename = "movePrecompileToAddress")]
    move_precompile: Option<Address>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BlockOverridesObject {
    #[serde(deserialize_with = "optional_number")]
    number: Option<u64>,
    #[serde(deserialize_with = "optional_number")]
    time: Option<u64>,
    #[serde(alias = "timestamp", deserialize_with = "optional_number")]
    timestamp: Option<u64>,
    #[serde(deserialize_with = "optional_number")]
    gas_limit: Option<u64>,
    #[serde(alias = "coinbase")]
    fee_recipient: Option<Address>,
    #[serde(alias = "baseFee", deserialize_with = "optional_number")]
    base_fee_per_gas: Option<u64>,
    #[serde(alias = "random", alias = "prevRandao", deserialize_with = "optional_word")]
    difficulty: Option<U256>,
}

fn slots(map: BTreeMap<B256, B256>) -> Vec<(U256, U256)> {
    map.into_iter()
        .map(|(slot, value)| (slot.into(), value.into()))
        .collect()
}

/// State overrides at one place of the parameters, block overrides at the next.
pub(crate) fn overrides(params: &Params, place: usize) -> Result<Overrides, RpcError> {
    overrides_of(params.value(place), params.value(place + 1))
}

fn read<T: de::DeserializeOwned + Default>(value: Option<&Value>, what: &str) -> Result<T, RpcError> {
    match value {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => T::deserialize(value).map_err(|e| RpcError::params(format!("{what}: {e}"))),
    }
}

/// State overrides and block overrides from their objects.
pub(crate) fn overrides_of(accounts: Option<&Value>, block: Option<&Value>) -> Result<Overrides, RpcError> {
    let accounts: BTreeMap<Address, AccountOverrideObject> = read(accounts, "state overrides")?;
    let block: BlockOverridesObject = read(block, "block overrides")?;
    let mut state = Vec::with_capacity(accounts.len());
    for (address, account) in accounts {
        if account.state.is_some() && account.state_diff.is_some() {
            return Err(RpcError::params(format!(
                "the override of {address} has both `state` and `stateDiff`"
            )));
        }
        let over = AccountOverride {
            balance: account.balance,
            nonce: account.nonce,
            code: account.code,
            state: account.state.map(slots),
            state_diff: account.state_diff.map(slots).unwrap_or_default(),
            move_precompile_to: account.move_precompile,
        };
        state.push((address, over));
    }
    Ok(Overrides {
        state,
        block: BlockOverrides {
            number: block.number,
            time: block.time.or(block.timestamp),
            gas_limit: block.gas_limit,
            coinbase: block.fee_recipient,
            base_fee_wei: block.base_fee_per_gas,
            difficulty: block.difficulty,
        },
    })
}

/// Addresses of a log filter, and alternatives for each of its topics: every log is held against all of them.
const ALTERNATIVES: usize = 1_000;

/// Which logs a client wants, and from where.
#[derive(Clone, Debug)]
pub(crate) struct LogFilter {
    pub(crate) range: LogRange,
    pub(crate) addresses: Vec<Address>,
    pub(crate) topics: [Vec<B256>; 4],
}

/// Blocks to look for logs in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LogRange {
    Block(B256),
    From(BlockId, BlockId),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LogFilterObject {
    from_block: Option<Value>,
    to_block: Option<Value>,
    block_hash: Option<B256>,
    address: Option<OneOrMany<Address>>,
    topics: Option<Vec<Option<OneOrMany<B256>>>>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

fn few<T>(what: &str, wanted: Option<OneOrMany<T>>) -> Result<Vec<T>, RpcError> {
    let wanted = wanted.map(OneOrMany::into_vec).unwrap_or_default();
    if wanted.len() > ALTERNATIVES {
        return Err(RpcError::limit(format!(
            "{} {what} of a log filter; at most {ALTERNATIVES} are taken, ask by several requests",
            wanted.len()
        )));
    }
    Ok(wanted)
}

impl LogFilter {
    /// Reads a filter; one that is absent wants the logs of the newest block.
    pub(crate) fn read(params: &Params, place: usize) -> Result<Self, RpcError> {
        let object: LogFilterObject = params.optional(place, "a log filter")?.unwrap_or_default();
        let block = |value: &Option<Value>| match value {
            None | Some(Value::Null) => Ok(BlockId::Latest),
            Some(value) => block_id(value).map_err(RpcError::params),
        };
        let range = match object.block_hash {
            Some(_) if object.from_block.is_some() || object.to_block.is_some() => {
                return Err(RpcError::params(
                    "cannot specify both blockHash and fromBlock/toBlock, choose one or the other",
                ));
            }
            Some(hash) => LogRange::Block(hash),
            None => LogRange::From(block(&object.from_block)?, block(&object.to_block)?),
        };
        let wanted = object.topics.unwrap_or_default();
        if wanted.len() > 4 {
            return Err(RpcError::params("a log has at most 4 topics"));
        }
        let mut topics: [Vec<B256>; 4] = Default::default();
        for (place, topic) in topics.iter_mut().zip(wanted) {
            *place = few("alternatives for a topic", topic)?;
        }
        Ok(Self {
            range,
            addresses: few("addresses", object.address)?,
            topics,
        })
    }

    /// As the chain wants it, over blocks `from` to `to`.
    pub(crate) fn query(&self, from: u64, to: u64, max_results: Option<usize>) -> LogQuery {
        LogQuery {
            from,
            to,
            addresses: self.addresses.clone(),
            topics: self.topics.clone(),
            max_results,
        }
    }
}
