//! Read-only calls at any block.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::map::AddressSet;
use alloy_primitives::{Address, Bytes, Log, U256};
use mintage_vm::trace::Trace;

use super::{BlockId, ChainReader};
use crate::Chain;
use crate::call::Called;
use crate::error::{Halt, ReadError, Rejected};
use crate::execute::{CALL_GAS, Request};
use crate::outcome::{Touched, touched};
use crate::overrides::Overrides;
use crate::receipt::Status;

/// What is to be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// Sender; the zero address unless set.
    pub from: Option<Address>,
    /// Receiver; a creation if `None`.
    pub to: Option<Address>,
    /// Gas limit, held to the cap and what the L1 data takes; as much unless set.
    pub gas: Option<u64>,
    /// The most gas that a call may use beside that for its L1 data; 50,000,000 unless set.
    pub gas_cap: Option<u64>,
    /// The most to pay for a unit of gas, or the gas price; nothing is paid unless set.
    pub max_fee_wei: Option<u128>,
    /// The most to tip for a unit of gas. It has influence on the size of the L1 data, and where tips are collected on the
    /// price.
    pub tip_wei: Option<u128>,
    /// Ether to send along, in wei.
    pub value: U256,
    /// Calldata or init code.
    pub input: Bytes,
    /// Has influence on the size of the L1 data only; calls do not check nonces.
    pub nonce: Option<u64>,
    /// Accounts and slots that are warm from the start.
    pub access_list: AccessList,
    /// Delegations that are made before the call.
    pub authorization_list: Vec<SignedAuthorization>,
    /// Charges no gas for L1 data.
    pub skip_l1_charging: bool,
    /// Records what is done and what is looked at.
    pub traced: bool,
}

impl CallRequest {
    pub(crate) fn cap(&self) -> u64 {
        self.gas_cap.unwrap_or(CALL_GAS)
    }

    pub(crate) fn request(&self) -> Request {
        Request {
            from: self.from.unwrap_or_default(),
            to: self.to,
            value_wei: Some(self.value),
            data: self.input.clone(),
            gas: self.gas,
            max_fee_wei: self.max_fee_wei,
            tip_wei: self.tip_wei.unwrap_or(0),
            nonce: self.nonce,
            access_list: self.access_list.clone(),
            authorization_list: self.authorization_list.clone(),
            skips_l1: self.skip_l1_charging,
            traced: self.traced,
            ..Request::default()
        }
    }
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    /// How it ended.
    pub status: Status,
    /// What it returned; of a revert its data.
    pub output: Bytes,
    /// Gas, L1 gas included, refunds taken off.
    pub gas_used: u64,
    /// The part of `gas_used` for L1 data.
    pub gas_used_for_l1: u64,
    /// Gas given back for freed storage; already taken off `gas_used`.
    pub gas_refunded: u64,
    /// Events, unless it failed.
    pub logs: Vec<Log>,
    /// Where it would have created a contract.
    pub created: Option<Address>,
    /// What Stylus programs and contracts did, if [`CallRequest::traced`] asked.
    pub trace: Option<Box<Trace>>,
    /// Accounts and slots that it looked at, if it is traced.
    pub touched: Vec<Touched>,
}

impl CallOutcome {
    fn new(called: &Called) -> Self {
        let outcome = &called.outcome;
        Self {
            status: outcome.status.clone(),
            output: outcome.output.clone(),
            gas_used: outcome.gas_used,
            gas_used_for_l1: called.poster_gas,
            gas_refunded: outcome.gas_refunded,
            logs: outcome.logs.clone(),
            created: outcome.created,
            trace: outcome.trace.clone(),
            touched: outcome.touched.clone(),
        }
    }
}

/// An access list that fits a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessListOutcome {
    /// The list.
    pub access_list: AccessList,
    /// Gas of the call with it.
    pub gas_used: u64,
    /// How the call with it ended.
    pub outcome: CallOutcome,
}

/// Why there is no answer to a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It cannot even begin.
    #[error("{}", .0.network_message())]
    Rejected(#[from] Rejected),
    /// It reverts, whatever gas it has.
    #[error("execution reverted")]
    Reverted {
        /// Its data.
        output: Bytes,
    },
    /// It breaks off, whatever gas it has.
    #[error("{0}")]
    Halted(Halt),
    /// It needs more gas than there may be.
    #[error("gas required exceeds allowance ({allowance})")]
    GasAllowance {
        /// The most that it may have.
        allowance: u64,
    },
    /// The state is not there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No block has such a transaction.
    #[error("transaction not found")]
    UnknownTransaction,
}

impl ChainReader {
    /// Runs a call at a block. Reverts are outcomes, not errors.
    ///
    /// # Errors
    /// [`CallError::Rejected`] if it cannot begin, [`CallError::Read`] if the state is not there.
    pub fn call(
        &self,
        id: BlockId,
        call: &CallRequest,
        overrides: &Overrides,
    ) -> Result<CallOutcome, CallError> {
        self.scratch(id, overrides)?.read_call(call)
    }

    /// The accounts and slots that a call touches, as a list that makes them warm. Repeated until the list does not change,
    /// for gas can decide about the way.
    ///
    /// # Errors
    /// As [`ChainReader::call`].
    pub fn access_list(
        &self,
        id: BlockId,
        call: &CallRequest,
        overrides: &Overrides,
    ) -> Result<AccessListOutcome, CallError> {
        const ROUNDS: usize = 16;
        let chain = self.scratch(id, overrides)?;
        let mut request = call.request();
        let mut called = chain.capped_call(&request, call.cap())?;
        for _ in 0..ROUNDS {
            let list = touched_list(&chain, &request, &called);
            if list == request.access_list {
                break;
            }
            request.access_list = list;
            called = chain.capped_call(&request, call.cap())?;
        }
        Ok(AccessListOutcome {
            gas_used: called.outcome.gas_used,
            outcome: CallOutcome::new(&called),
            access_list: request.access_list,
        })
    }
}

impl Chain {
    /// Runs a call as [`ChainReader::call`] does, on this chain: of one from [`ChainReader::scratch`] it is known then what the call
    /// found. Nothing remains of it.
    ///
    /// # Errors
    /// As [`ChainReader::call`].
    pub fn read_call(&self, call: &CallRequest) -> Result<CallOutcome, CallError> {
        Ok(CallOutcome::new(&self.capped_call(&call.request(), call.cap())?))
    }

    /// A call with the limit that nodes put on its gas.
    fn capped_call(&self, request: &Request, gas_cap: u64) -> Result<Called, CallError> {
        let called = self.uncertain_call(request, gas_cap);
        // An error may be one only because something could not be read.
        self.readable()?;
        called
    }

    fn uncertain_call(&self, request: &Request, gas_cap: u64) -> Result<Called, CallError> {
        let block = self.call_block();
        let price_wei = self.call_price(request, block)?;
        let poster_gas = self.call_poster(request, block)?;
        let cap = gas_cap.saturating_add(poster_gas);
        let limit = request.gas.map_or(cap, |gas| gas.min(cap));
        Ok(self.run_limited(request, block, price_wei, limit, poster_gas)?)
    }
}

/// What was touched, in order, without what is warm in any case: sender, receiver, precompiles, contracts that were created. Of
/// sender and receiver their slots count.
fn touched_list(chain: &Chain, request: &Request, called: &Called) -> AccessList {
    let warm: AddressSet = [Some(request.from), request.to, Some(chain.call_block().coinbase)]
        .into_iter()
        .flatten()
        .collect();
    let items = touched(&called.touched).into_iter().map(|one| AccessListItem {
        address: one.address,
        storage_keys: one.slots.into_iter().map(Into::into).collect(),
    });
    let is_created = |address| {
        called
            .touched
            .get(&address)
            .is_some_and(|account| account.is_created())
    };
    let items = items.filter(|item| !is_created(item.address)).filter(|item| {
        let needs_no_entry = warm.contains(&item.address) || chain.is_precompile(item.address);
        !item.storage_keys.is_empty() || !needs_no_entry
    });
    AccessList(items.collect())
}
