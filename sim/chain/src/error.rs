//! What can go wrong, told apart by what the user does about it.

use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256};

use crate::artifact::ArtifactError;
use crate::revert::Revert;
use crate::{Receipt, Snapshot};

/// Why a call, transaction, deployment or setting did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The program reverted. A transaction that did has been included: nonce used, gas paid.
    #[error("reverted: {0}")]
    Revert(Box<Revert>),
    /// The execution broke off. A transaction that did has been included, and has usually used all its gas.
    #[error("execution stopped: {reason} (gas used: {gas_used})")]
    Halt {
        /// What stopped it.
        reason: Halt,
        /// Gas used up.
        gas_used: u64,
        /// The receipt, if this was a transaction and not a read-only call.
        receipt: Option<Box<Receipt>>,
    },
    /// The transaction cannot be included; nothing has changed.
    #[error("transaction rejected: {0}")]
    Rejected(#[from] Rejected),
    /// The network would not take this WASM, or not in this way; nothing has changed.
    #[error("`{name}` cannot be deployed: {reason}")]
    Refused {
        /// Name of the artifact.
        name: String,
        /// The network's reason.
        reason: String,
    },
    /// Constructor arguments are missing, or given where there is no constructor; nothing has changed.
    #[error("`{name}` cannot be deployed: {problem}")]
    ConstructorArgs {
        /// Name of the artifact.
        name: String,
        /// What is missing or too much.
        problem: String,
    },
    /// The artifact cannot be read or does not fit together.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The call went through, but what it returned is not the declared return type.
    #[error("{method} at {to} returned {len} bytes that are not its declared return type: {reason}")]
    BadOutput {
        /// Signature of the method.
        method: &'static str,
        /// The address that was called.
        to: Address,
        /// Length of what came back.
        len: usize,
        /// What the decoder says.
        reason: String,
    },
    /// There is no program, or one that was never activated.
    #[error("no activated Stylus program stands at {address}")]
    NotActivated {
        /// The address.
        address: Address,
    },
    /// A method call to an address without code. The network would let it succeed and do nothing.
    #[error("there is no code at {to}; was it deployed on this chain, and not reverted by a snapshot?")]
    NoCode {
        /// The address that was called.
        to: Address,
    },
    /// A block cannot be older than its parent.
    #[error(
        "timestamp {requested} is before {now}, the time of the chain; time only moves forward (use a snapshot to go back)"
    )]
    TimeGoesBack {
        /// The time asked for, in seconds since 1970.
        requested: u64,
        /// The chain's time, in seconds since 1970.
        now: u64,
    },
    /// The L1 number never falls.
    #[error("L1 block number {requested} is below {now}, the chain's; it only moves forward")]
    L1GoesBack {
        /// The number asked for.
        requested: u64,
        /// The chain's number.
        now: u64,
    },
    /// Not a live snapshot of this chain: released, or taken after a snapshot that was gone back to.
    #[error("{0:?} is not alive: it was released, or is younger than a snapshot that was reverted to")]
    UnknownSnapshot(Snapshot),
    /// State that was needed could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// A setting of the builder that no chain can have.
    #[error("chain setting `{setting}`: {problem}")]
    Setting {
        /// Name of the builder's method.
        setting: &'static str,
        /// What is wrong and what is allowed.
        problem: String,
    },
}

impl ChainError {
    /// The revert, if that is what it is.
    pub fn revert(&self) -> Option<&Revert> {
        match self {
            Self::Revert(revert) => Some(revert),
            _ => None,
        }
    }

    /// The receipt of the transaction that failed, if it was included.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Revert(revert) => revert.receipt(),
            Self::Halt { receipt, .. } => receipt.as_deref(),
            _ => None,
        }
    }
}

/// Why state of the past, or of another chain, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such block.
    #[error("header not found: this chain has no such block")]
    UnknownBlock,
    /// The block was there and is gone: the chain was taken back to before it.
    #[error("header not found: the chain was taken back to before this block")]
    Reverted,
    /// The chain that this one is a fork of did not answer.
    #[error("the state of the forked chain could not be read: {0}")]
    Remote(String),
    /// An override that cannot be made.
    #[error("{0}")]
    Override(String),
    /// Something needs the whole state, of which a fork knows only a part.
    #[error(
        "this chain is a fork of another and knows only a part of its state: ask the other chain for proofs"
    )]
    NotWhole,
}

impl revm::database_interface::DBErrorMarker for ReadError {}

/// What broke an execution off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Halt {
    /// The gas did not suffice; of a Stylus program: not even to enter it, or to return what it returned.
    #[error("out of gas")]
    OutOfGas,
    /// The gas of a Stylus program did not suffice while it ran.
    #[error("out of ink")]
    OutOfInk,
    /// A Stylus program's calls were nested too deep for its stack words.
    #[error("out of stack words")]
    OutOfStack,
    /// A Stylus program trapped, or a host call refused what it asked. On the network this is a revert without data.
    #[error("the program trapped: {0}")]
    Trap(String),
    /// The Stylus program called is not activated, activated for another version, or expired.
    #[error("the program cannot run: {0}")]
    Unusable(String),
    /// Calls nested too deep.
    #[error("call depth exhausted")]
    TooDeep,
    /// An opcode that does not exist, INVALID, or a precompile that this chain does not have.
    #[error("invalid opcode")]
    InvalidOpcode,
    /// A jump to somewhere that is no JUMPDEST.
    #[error("invalid jump")]
    InvalidJump,
    /// The EVM's stack ran under or over.
    #[error("EVM stack underflow or overflow")]
    Stack,
    /// A state change in a static call.
    #[error("state change inside a static call")]
    StaticCall,
    /// Created code that the network refuses: over 24,576 bytes, or beginning with 0xEF without being a Stylus program.
    #[error("created code refused: {0}")]
    CreatedCode(&'static str),
    /// The address to create at is taken.
    #[error("a contract already stands at the address to create at")]
    CreateCollision,
    /// A transfer inside the execution that the balance does not cover.
    #[error("balance too low for a transfer")]
    OutOfFunds,
    /// A precompile failed.
    #[error("precompile failed: {0}")]
    Precompile(String),
    /// Anything else that the EVM knows.
    #[error("{0}")]
    Other(String),
}

impl Halt {
    /// Whether more gas might have helped.
    pub fn is_for_want_of_gas(&self) -> bool {
        matches!(self, Self::OutOfGas | Self::OutOfInk)
    }
}

impl Rejected {
    /// In the words of the network's nodes, by which wallets and libraries tell the reasons apart.
    pub fn network_message(&self) -> String {
        match self {
            Self::Funds {
                from,
                balance_wei,
                needed_wei,
            } => format!(
                "insufficient funds for gas * price + value: address {from} have {balance_wei} want {needed_wei}"
            ),
            Self::CostOverflow { from } => format!(
                "insufficient funds for gas * price + value: address {from} required balance exceeds 256 bits"
            ),
            Self::Nonce { from, given, next } if given < next => {
                format!("nonce too low: address {from}, tx: {given} state: {next}")
            }
            Self::Nonce { from, given, next } => {
                format!("nonce too high: address {from}, tx: {given} state: {next}")
            }
            Self::NonceExhausted { from } => {
                format!("nonce has max value: address {from}, nonce: {}", u64::MAX)
            }
            Self::GasLimitTooLow { limit, needed } => {
                format!("intrinsic gas too low: have {limit}, want {needed}")
            }
            Self::GasPriceTooLow {
                offered_wei,
                base_fee_wei,
            } => format!(
                "max fee per gas less than block base fee: maxFeePerGas: {offered_wei}, baseFee: {base_fee_wei}"
            ),
            Self::TipAboveMaxFee {
                from,
                tip_wei,
                max_fee_wei,
            } => format!(
                "max priority fee per gas higher than max fee per gas: address {from}, maxPriorityFeePerGas: {tip_wei}, \
                 maxFeePerGas: {max_fee_wei}"
            ),
            Self::InitCodeTooLarge { size, limit } => {
                format!("max initcode size exceeded: code size {size} limit {limit}")
            }
            Self::SenderHasCode { from, code_hash } => {
                format!("sender not an eoa: address {from}, codehash: {code_hash}")
            }
            Self::NoAuthorization { from } => {
                format!("EIP-7702 transaction with empty auth list (sender {from})")
            }
            Self::PoolFull { .. } => "txpool is full".into(),
            Self::TypeNotSupported { .. } => "transaction type not supported".into(),
            Self::Malformed(problem) => problem.clone(),
            Self::WrongChain { have, want } => {
                format!("invalid chain id for signer: have {have} want {want}")
            }
            Self::InvalidSignature => "invalid sender".into(),
            Self::TooLarge { size, limit } => {
                format!("oversized data: transaction size {size}, limit {limit}")
            }
            Self::AlreadyKnown => "already known".into(),
            Self::ReplacementUnderpriced => "replacement transaction underpriced".into(),
            Self::Value | Self::Invalid(_) | Self::Unreadable(_) | Self::Engine(_) => self.to_string(),
        }
    }
}

/// Why a transaction cannot be included.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// The sender cannot pay `gas limit × gas price + value`.
    #[error(
        "{from} has {balance_wei} wei and needs {needed_wei} for gas and value; fund it with `set_balance`, or lift the \
         gas payment with `.free_gas()`"
    )]
    Funds {
        /// Sender.
        from: Address,
        /// What it has.
        balance_wei: U256,
        /// What it needs.
        needed_wei: U256,
    },
    /// `gas limit × gas price + value` is above 2^256−1.
    #[error("gas and value together come to more than 2^256-1 wei, which {from} cannot have")]
    CostOverflow {
        /// Sender.
        from: Address,
    },
    /// A nonce was given and it is not the sender's next.
    #[error("nonce {given} given, but the next nonce of {from} is {next}")]
    Nonce {
        /// Sender.
        from: Address,
        /// The nonce given.
        given: u64,
        /// The nonce that would be accepted.
        next: u64,
    },
    /// The gas limit does not even cover the transaction itself.
    #[error("gas limit {limit} is below the {needed} that the transaction costs before anything runs")]
    GasLimitTooLow {
        /// The limit given.
        limit: u64,
        /// The intrinsic gas, with L1 gas.
        needed: u64,
    },
    /// The price offered is below the base fee.
    #[error("gas price {offered_wei} wei is below the base fee {base_fee_wei} wei")]
    GasPriceTooLow {
        /// The price offered.
        offered_wei: u128,
        /// The block's base fee.
        base_fee_wei: u64,
    },
    /// The sender's nonce is 2^64−1; such an account can send nothing more.
    #[error("the nonce of {from} is at its maximum")]
    NonceExhausted {
        /// Sender.
        from: Address,
    },
    /// Init code over 49,152 bytes.
    #[error("init code of {size} bytes; at most {limit} are allowed")]
    InitCodeTooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A transaction of type 4 that authorizes nothing (EIP-7702).
    #[error("the transaction of {from} is of type 4 and has no authorization; send it as type 2")]
    NoAuthorization {
        /// Sender.
        from: Address,
    },
    /// As many transactions as may wait for a block do so.
    #[error("{limit} transactions wait for a block, and no more can; make one with `mine_pending`")]
    PoolFull {
        /// The limit.
        limit: usize,
    },
    /// A type of transaction that users cannot send on the network.
    #[error("transactions of type {ty:#04x} cannot be sent on an Arbitrum chain; types 0, 1, 2 and 4 can")]
    TypeNotSupported {
        /// The type.
        ty: u8,
    },
    /// The bytes are no transaction.
    #[error("not a transaction: {0}")]
    Malformed(String),
    /// The transaction is signed for another chain.
    #[error("the transaction is signed for chain {have}, this is chain {want}")]
    WrongChain {
        /// The chain it is for.
        have: u64,
        /// This chain.
        want: u64,
    },
    /// No sender can be recovered from the signature.
    #[error("the signature is not valid")]
    InvalidSignature,
    /// More bytes than the network takes.
    #[error("the transaction has {size} bytes; at most {limit} are taken")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// More tip than the whole price.
    #[error("the tip offered, {tip_wei} wei, is above the whole price offered, {max_fee_wei} wei")]
    TipAboveMaxFee {
        /// Sender.
        from: Address,
        /// The tip.
        tip_wei: u128,
        /// The price.
        max_fee_wei: u128,
    },
    /// A signed transaction from an account with code that is no delegation (EIP-3607).
    #[error("{from} is a contract (code hash {code_hash}) and cannot sign transactions")]
    SenderHasCode {
        /// Sender.
        from: Address,
        /// Hash of its code.
        code_hash: B256,
    },
    /// The same transaction waits for a block already.
    #[error("the transaction waits for a block already")]
    AlreadyKnown,
    /// Another transaction with this nonce waits for a block, and this one does not offer a tenth more.
    #[error(
        "a transaction with this nonce waits for a block; to take its place, fee and tip must rise by a tenth"
    )]
    ReplacementUnderpriced,
    /// The value is negative.
    #[error("the value to send is no amount of wei between 0 and 2^256-1")]
    Value,
    /// Anything else that the EVM's validation knows.
    #[error("{0}")]
    Invalid(String),
    /// Not the transaction's fault: state that it needs could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Not the transaction's fault: this machine cannot run it, such as for want of address space for the WASM engine.
    #[error("it cannot be executed on this machine: {0}")]
    Engine(String),
}

/// Turns an I/O problem into words that name the file.
pub(crate) fn io(path: impl Into<PathBuf>, doing: &'static str, source: std::io::Error) -> ArtifactError {
    ArtifactError::Io {
        path: path.into(),
        doing,
        source,
    }
}
