//! Transactions and read-only calls as a test writes them.

use std::marker::PhantomData;
use std::ops::Deref;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use crate::Chain;
use crate::error::ChainError;
use crate::execute::Request;
use crate::outcome::Outcome;
use crate::receipt::{Receipt, Status};
use crate::revert::Revert;

/// A transaction or call in the making. `R` is the chain, borrowed for writing ([`Chain::tx`]) or for reading
/// ([`Chain::view`]); `O` is what its output decodes to, raw bytes until [`TxBuilder::calling`].
///
/// ```
/// # use mintage_chain::U256;
/// # let mut chain = mintage_chain::Chain::new();
/// # let [alice, bob] = chain.accounts();
/// let receipt = chain.tx(alice, bob).value(5).gas(50_000).send()?;
/// assert_eq!(receipt.gas_cost_wei(), 21_000 * 20_000_000);
/// # Ok::<(), mintage_chain::ChainError>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing happens until `send`, `include` or `call`"]
pub struct TxBuilder<R, O = Raw> {
    chain: R,
    request: Request,
    output: PhantomData<fn() -> O>,
}

/// Output that is not decoded.
#[derive(Clone, Copy, Debug)]
pub struct Raw;

/// Output that is decoded as the return values of the Solidity method `C`.
#[derive(Clone, Copy, Debug)]
pub struct Typed<C>(PhantomData<C>);

/// How the output of a transaction is read.
pub trait Decode {
    /// What it is read as.
    type Output;
    /// Whether the receiver must have code: a method call to an address without code succeeds on the network and
    /// does nothing, which is never what a test wants.
    const NEEDS_CODE: bool;

    /// Reads the output of a call to `to`.
    ///
    /// # Errors
    /// [`ChainError::BadOutput`] if it is not of the declared type.
    fn decode(output: Bytes, to: Option<Address>) -> Result<Self::Output, ChainError>;
}

impl Decode for Raw {
    type Output = Bytes;
    const NEEDS_CODE: bool = false;

    fn decode(output: Bytes, _: Option<Address>) -> Result<Bytes, ChainError> {
        Ok(output)
    }
}

impl<C: SolCall> Decode for Typed<C> {
    type Output = C::Return;
    const NEEDS_CODE: bool = true;

    fn decode(output: Bytes, to: Option<Address>) -> Result<C::Return, ChainError> {
        C::abi_decode_returns_validate(&output).map_err(|error| ChainError::BadOutput {
            method: C::SIGNATURE,
            to: to.unwrap_or_default(),
            len: output.len(),
            reason: error.to_string(),
        })
    }
}

impl<R, O> TxBuilder<R, O> {
    fn new(chain: R, from: Address, to: Option<Address>) -> Self {
        let request = Request {
            from,
            to,
            value_wei: Some(U256::ZERO),
            ..Request::default()
        };
        Self {
            chain,
            request,
            output: PhantomData,
        }
    }

    /// Ether to send along, in wei, as any kind of integer. A negative one is rejected when it is sent.
    pub fn value(mut self, wei: impl TryInto<U256>) -> Self {
        self.request.value_wei = wei.try_into().ok();
        self
    }

    /// Gas limit: 32,000,000 unless set, 50,000,000 for a read-only call.
    pub fn gas(mut self, limit: u64) -> Self {
        self.request.gas = Some(limit);
        self
    }

    /// The most to pay for a unit of gas, in wei; the base fee unless set. What is paid is the base fee in any case.
    pub fn max_fee_wei(mut self, wei: u128) -> Self {
        self.request.max_fee_wei = Some(wei);
        self
    }

    /// Takes no payment for gas, for senders without ether, such as an impersonated contract. BASEFEE and GASPRICE
    /// are 0 in such a transaction. A read-only call is so unless it has a price.
    pub fn free_gas(mut self) -> Self {
        self.request.free_gas = true;
        self
    }

    /// Records its call tree in the receipt's `trace`: frames, host calls, accesses to the state. It changes no result.
    pub fn traced(mut self) -> Self {
        self.request.traced = true;
        self
    }

    /// As [`TxBuilder::traced`], and records what each function of each program uses
    /// ([`Profile::of_frame`](mintage_vm::profile::Profile::of_frame) reads it). It changes no result, but takes longer.
    pub fn profiled(mut self) -> Self {
        self.request.traced = true;
        self.request.profiled = true;
        self
    }

    /// The nonce; the sender's next unless set.
    pub fn nonce(mut self, nonce: u64) -> Self {
        self.request.nonce = Some(nonce);
        self
    }

    /// Calldata as bytes; of a creation, the init code.
    pub fn data(mut self, data: impl Into<Bytes>) -> Self {
        self.request.data = data.into();
        self
    }

    /// Calldata from a Solidity method with its arguments; the output will be decoded as its return values.
    ///
    /// ```
    /// use alloy_sol_types::sol;
    /// sol! { function answer() returns (uint256); }
    /// # use mintage_chain::{Chain, hex};
    /// # let mut chain = Chain::new();
    /// # let [alice] = chain.accounts();
    /// let oracle = chain.account("oracle");
    /// chain.set_code(oracle, hex!("602a5f5260205ff3")); // returns 42
    /// let receipt = chain.tx(alice, oracle).calling(answerCall {}).send()?;
    /// assert_eq!(receipt.output, mintage_chain::U256::from(42));
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn calling<C: SolCall>(self, call: C) -> TxBuilder<R, Typed<C>> {
        let request = Request {
            data: call.abi_encode().into(),
            ..self.request
        };
        TxBuilder {
            chain: self.chain,
            request,
            output: PhantomData,
        }
    }
}

impl<R: Deref<Target = Chain>, O: Decode> TxBuilder<R, O> {
    /// Runs it without including it: the output, decoded. Nothing changes.
    ///
    /// # Errors
    /// [`ChainError::Revert`], [`ChainError::Halt`], [`ChainError::Rejected`], and of typed calls
    /// [`ChainError::NoCode`] and [`ChainError::BadOutput`].
    pub fn call(self) -> Result<O::Output, ChainError> {
        let (chain, request) = (&*self.chain, self.request);
        needs_code::<O>(chain, &request)?;
        let outcome = chain.run_call(&request)?;
        match outcome.status {
            Status::Success => O::decode(outcome.output, request.to),
            _ => Err(chain.failed(outcome, None)),
        }
    }

    /// Gas that it would use, run as a call with its gas limit. What a transaction must be given may be more: gas
    /// that is refunded at the end, or held back from inner calls, has to be there first.
    ///
    /// # Errors
    /// As [`TxBuilder::call`], of which it is the measure.
    pub fn gas_used(self) -> Result<u64, ChainError> {
        let (chain, request) = (&*self.chain, self.request);
        needs_code::<O>(chain, &request)?;
        let outcome = chain.run_call(&request)?;
        match outcome.status {
            Status::Success => Ok(outcome.gas_used),
            _ => Err(chain.failed(outcome, None)),
        }
    }
}

impl<O: Decode> TxBuilder<&mut Chain, O> {
    /// Sends it as a transaction that is meant to succeed.
    ///
    /// # Errors
    /// [`ChainError::Revert`] and [`ChainError::Halt`] if it failed: then it has been included, nonce used and gas
    /// paid, and the error has its receipt. [`ChainError::Rejected`] and [`ChainError::NoCode`] if it could not be
    /// included, [`ChainError::BadOutput`] if it succeeded and returned something else than declared.
    pub fn send(self) -> Result<Receipt<O::Output>, ChainError> {
        needs_code::<O>(self.chain, &self.request)?;
        let mut receipt = self.chain.run_transaction(&self.request)?;
        if !receipt.is_success() {
            return Err(self.chain.failed_receipt(receipt));
        }
        let output = O::decode(std::mem::take(&mut receipt.output), self.request.to)?;
        Ok(receipt.with_output(output))
    }

    /// Sends it as a transaction and gives the receipt, however it ended.
    ///
    /// # Errors
    /// [`ChainError::Rejected`] if it cannot be included; nothing has changed then.
    ///
    /// ```
    /// # use mintage_chain::{Chain, Status, hex};
    /// # let mut chain = Chain::new();
    /// # let [alice] = chain.accounts();
    /// let grumpy = chain.account("grumpy");
    /// chain.set_code(grumpy, hex!("5f5ffd")); // reverts
    /// let receipt = chain.tx(alice, grumpy).include()?;
    /// assert_eq!(receipt.status, Status::Reverted);
    /// assert_eq!(chain.nonce(alice), 1);
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn include(self) -> Result<Receipt, ChainError> {
        Ok(self.chain.run_transaction(&self.request)?)
    }
}

impl Chain {
    /// Begins a transaction from any address to another. No signature is asked for.
    pub fn tx(&mut self, from: Address, to: Address) -> TxBuilder<&mut Self> {
        TxBuilder::new(self, from, Some(to))
    }

    /// Begins a transaction that creates a contract from EVM init code.
    ///
    /// ```
    /// # use mintage_chain::{Chain, hex};
    /// # let mut chain = Chain::new();
    /// # let [alice] = chain.accounts();
    /// // Deploys the one byte 0x00: PUSH1 1, PUSH0, RETURN
    /// let receipt = chain.create(alice, hex!("60015ff3")).send()?;
    /// assert_eq!(chain.code_at(receipt.contract_address.unwrap()).as_ref(), [0x00]);
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn create(&mut self, from: Address, init_code: impl Into<Bytes>) -> TxBuilder<&mut Self> {
        TxBuilder::new(self, from, None).data(init_code)
    }

    /// Begins a read-only call; as [`Chain::tx`] where the chain is borrowed for reading only.
    pub fn view(&self, from: Address, to: Address) -> TxBuilder<&Self> {
        TxBuilder::new(self, from, Some(to))
    }

    /// Calls a method without a transaction: its return values, decoded. Nothing changes.
    ///
    /// ```
    /// use alloy_sol_types::sol;
    /// sol! { function answer() returns (uint256); }
    /// # use mintage_chain::{Chain, hex};
    /// # let mut chain = Chain::new();
    /// # let [alice] = chain.accounts();
    /// let oracle = chain.account("oracle");
    /// chain.set_code(oracle, hex!("602a5f5260205ff3")); // returns 42
    /// assert_eq!(chain.call(alice, oracle, answerCall {})?, mintage_chain::U256::from(42));
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    ///
    /// # Errors
    /// As [`TxBuilder::call`].
    pub fn call<C: SolCall>(&self, from: Address, to: Address, call: C) -> Result<C::Return, ChainError> {
        self.view(from, to).calling(call).call()
    }

    /// Calls a method in a transaction: the receipt, whose output is the decoded return values.
    ///
    /// # Errors
    /// As [`TxBuilder::send`].
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: C,
    ) -> Result<Receipt<C::Return>, ChainError> {
        self.tx(from, to).calling(call).send()
    }
}

fn needs_code<O: Decode>(chain: &Chain, request: &Request) -> Result<(), ChainError> {
    match request.to {
        Some(to) if O::NEEDS_CODE && !chain.has_code(to) => Err(ChainError::NoCode { to }),
        _ => Ok(()),
    }
}

impl Chain {
    fn failed(&self, outcome: Outcome, receipt: Option<Box<Receipt>>) -> ChainError {
        match outcome.status {
            Status::Halted(reason) => ChainError::Halt {
                reason,
                gas_used: outcome.gas_used,
                receipt,
            },
            _ => {
                let names = self.errors.clone();
                ChainError::Revert(Box::new(Revert::new(
                    outcome.output,
                    outcome.gas_used,
                    receipt,
                    names,
                )))
            }
        }
    }

    fn failed_receipt(&self, receipt: Receipt) -> ChainError {
        let outcome = Outcome {
            status: receipt.status.clone(),
            output: receipt.output.clone(),
            created: None,
            logs: Vec::new(),
            gas_used: receipt.gas_used,
            gas_refunded: receipt.gas_refunded,
            trace: None,
            touched: Vec::new(),
        };
        self.failed(outcome, Some(Box::new(receipt)))
    }
}
