//! Transactions as they are sent and shown: decoding, sender, hash, fields.
//!
//! Encodings and signatures are alloy's; what a chain checks against its state is in [`crate::execute`], what waits
//! for a block in [`crate::pool`]. Arbitrum's own types are in [`arbitrum`].

mod arbitrum;

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{EthereumTxEnvelope, EthereumTypedTransaction, Transaction as _, TxEip4844};
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use alloy_eips::eip2930::AccessList;
use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::{Address, B256, Bytes, Signature, U256, keccak256};
use alloy_rlp::Decodable;

pub use arbitrum::{Deposit, Internal, Redeem, SubmitRetryable};

use crate::error::Rejected;

/// A transaction of one of Ethereum's types without its signature.
pub type TypedTransaction = EthereumTypedTransaction<TxEip4844>;
/// A transaction of one of Ethereum's types with its signature.
pub type TxEnvelope = EthereumTxEnvelope<TxEip4844>;

/// Type of blob transactions.
const BLOB_TYPE: u8 = 3;
/// Types from here on are the network's own; nobody may send them.
const ARBITRUM_TYPES: u8 = 0x64;

/// What a transaction is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionKind {
    /// A user's: legacy, 2930, 1559 or 7702. The signature of an impersonated one is a stand-in.
    Ethereum(Box<TxEnvelope>),
    /// Ether that arrives from L1.
    Deposit(Deposit),
    /// A retryable ticket that arrives from L1.
    SubmitRetryable(Box<SubmitRetryable>),
    /// An attempt to redeem a ticket.
    Redeem(Box<Redeem>),
    /// What ArbOS does at the start of each block.
    Internal(Internal),
}

/// A transaction with its sender and its hash. It does not change.
///
/// ```
/// use mintage_chain::{Transaction, hex};
/// // EIP-155's example: nonce 9, 20 gwei, 21000 gas, one ether to 0x3535…35 on chain 1.
/// let raw = hex!("f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000\
///     8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276\
///     a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
/// let tx = Transaction::decode(&raw, 1)?;
/// assert_eq!(tx.from(), mintage_chain::address!("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"));
/// assert_eq!((tx.ty(), tx.nonce(), tx.raw().as_ref()), (0, 9, &raw[..]));
/// # Ok::<(), mintage_chain::Rejected>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    kind: TransactionKind,
    hash: B256,
    from: Address,
    impersonated: bool,
}

impl Transaction {
    /// Reads a signed transaction and recovers its sender.
    ///
    /// # Errors
    /// [`Rejected`] if the bytes are no transaction, of a type that users cannot send, signed for another
    /// chain than `chain_id`, or not signed validly. Legacy transactions without a chain id are taken, as the network
    /// takes them.
    pub fn decode(raw: &[u8], chain_id: u64) -> Result<Self, Rejected> {
        match raw.first() {
            Some(&ty) if ty == BLOB_TYPE || (ARBITRUM_TYPES..0x80).contains(&ty) => {
                return Err(Rejected::TypeNotSupported { ty });
            }
            _ => {}
        }
        let mut rest = raw;
        let envelope =
            TxEnvelope::decode_2718(&mut rest).map_err(|error| Rejected::Malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(Rejected::Malformed("rlp: bytes after the transaction".into()));
        }
        if let Some(have) = envelope.chain_id().filter(|have| *have != chain_id) {
            return Err(Rejected::WrongChain { have, want: chain_id });
        }
        let from = envelope
            .recover_signer()
            .map_err(|_| Rejected::InvalidSignature)?;
        Ok(Self {
            hash: *envelope.tx_hash(),
            from,
            kind: TransactionKind::Ethereum(Box::new(envelope)),
            impersonated: false,
        })
    }

    /// A transaction that nobody signed, from an account that is impersonated. In the place of its signature stand two
    /// words made from the sender, so that its hash is its own: the same for the same fields and sender, and never
    /// that of a signed one.
    pub fn unsigned(body: TypedTransaction, from: Address) -> Self {
        let word = |name: &[u8]| U256::from_be_bytes(keccak256([name, from.as_slice()].concat()).0) >> 1;
        let envelope = body.into_envelope(Signature::new(word(b"R"), word(b"S"), false));
        Self {
            hash: *envelope.tx_hash(),
            from,
            kind: TransactionKind::Ethereum(Box::new(envelope)),
            impersonated: true,
        }
    }

    /// A transaction from a saved chain, whose sender was recovered when it came.
    pub(crate) fn restore(raw: &[u8], from: Address, impersonated: bool) -> Result<Self, Rejected> {
        let malformed = |error: alloy_rlp::Error| Rejected::Malformed(error.to_string());
        let fields = &mut raw.get(1..).unwrap_or_default();
        let kind = match raw.first().copied() {
            Some(Deposit::TYPE) => TransactionKind::Deposit(Deposit::decode(fields).map_err(malformed)?),
            Some(SubmitRetryable::TYPE) => TransactionKind::SubmitRetryable(Box::new(
                SubmitRetryable::decode(fields).map_err(malformed)?,
            )),
            Some(Redeem::TYPE) => {
                TransactionKind::Redeem(Box::new(Redeem::decode(fields).map_err(malformed)?))
            }
            Some(Internal::TYPE) => TransactionKind::Internal(Internal::decode(fields).map_err(malformed)?),
            _ => {
                let envelope = TxEnvelope::decode_2718(&mut &raw[..])
                    .map_err(|error| Rejected::Malformed(error.to_string()))?;
                TransactionKind::Ethereum(Box::new(envelope))
            }
        };
        Ok(Self {
            kind,
            hash: keccak256(raw),
            from,
            impersonated,
        })
    }

    pub(crate) fn of_network(kind: TransactionKind) -> Self {
        let (from, raw) = match &kind {
            TransactionKind::Ethereum(envelope) => (Address::ZERO, envelope.encoded_2718()),
            TransactionKind::Deposit(deposit) => (deposit.from, deposit.raw()),
            TransactionKind::SubmitRetryable(submit) => (submit.from, submit.raw()),
            TransactionKind::Redeem(redeem) => (redeem.from, redeem.raw()),
            TransactionKind::Internal(internal) => (Internal::FROM, internal.raw()),
        };
        Self {
            hash: keccak256(raw),
            from,
            kind,
            impersonated: false,
        }
    }

    /// What it is made of.
    pub fn kind(&self) -> &TransactionKind {
        &self.kind
    }

    /// keccak256 of [`Transaction::raw`].
    pub fn hash(&self) -> B256 {
        self.hash
    }

    /// Who sends it; of what comes from L1, the alias there.
    pub fn from(&self) -> Address {
        self.from
    }

    /// Whether nobody signed it.
    pub fn is_impersonated(&self) -> bool {
        self.impersonated
    }

    /// The bytes that are hashed: type and fields.
    pub fn raw(&self) -> Bytes {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.encoded_2718(),
            TransactionKind::Deposit(deposit) => deposit.raw(),
            TransactionKind::SubmitRetryable(submit) => submit.raw(),
            TransactionKind::Redeem(redeem) => redeem.raw(),
            TransactionKind::Internal(internal) => internal.raw(),
        }
        .into()
    }

    /// The type byte; 0 for legacy.
    pub fn ty(&self) -> u8 {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.tx_type() as u8,
            TransactionKind::Deposit(_) => Deposit::TYPE,
            TransactionKind::SubmitRetryable(_) => SubmitRetryable::TYPE,
            TransactionKind::Redeem(_) => Redeem::TYPE,
            TransactionKind::Internal(_) => Internal::TYPE,
        }
    }

    /// The chain it is for; `None` of a legacy one that does not say.
    pub fn chain_id(&self) -> Option<u64> {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.chain_id(),
            TransactionKind::Deposit(tx) => Some(tx.chain_id),
            TransactionKind::SubmitRetryable(tx) => Some(tx.chain_id),
            TransactionKind::Redeem(tx) => Some(tx.chain_id),
            TransactionKind::Internal(tx) => Some(tx.chain_id),
        }
    }

    /// The sender's nonce; of a redeem the number of the try, 0 of what else the network makes.
    pub fn nonce(&self) -> u64 {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.nonce(),
            TransactionKind::Redeem(tx) => tx.nonce,
            _ => 0,
        }
    }

    /// The gas limit.
    pub fn gas_limit(&self) -> u64 {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.gas_limit(),
            TransactionKind::SubmitRetryable(tx) => tx.gas,
            TransactionKind::Redeem(tx) => tx.gas,
            TransactionKind::Deposit(_) | TransactionKind::Internal(_) => 0,
        }
    }

    /// Who receives it; `None` of a creation. A submitted ticket shows ArbRetryableTx.
    pub fn to(&self) -> Option<Address> {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.to(),
            TransactionKind::Deposit(tx) => Some(tx.to),
            TransactionKind::SubmitRetryable(_) => Some(SubmitRetryable::SHOWN_TO),
            TransactionKind::Redeem(tx) => tx.to.to().copied(),
            TransactionKind::Internal(_) => Some(Internal::FROM),
        }
    }

    /// Ether sent along, in wei.
    pub fn value(&self) -> U256 {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.value(),
            TransactionKind::Deposit(tx) => tx.value,
            TransactionKind::Redeem(tx) => tx.value,
            TransactionKind::SubmitRetryable(_) | TransactionKind::Internal(_) => U256::ZERO,
        }
    }

    /// Calldata or init code. A submitted ticket shows the call of ArbRetryableTx that it stands for.
    pub fn input(&self) -> Bytes {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.input().clone(),
            TransactionKind::Deposit(_) => Bytes::new(),
            TransactionKind::SubmitRetryable(tx) => tx.shown_input(),
            TransactionKind::Redeem(tx) => tx.data.clone(),
            TransactionKind::Internal(tx) => tx.data.clone(),
        }
    }

    /// The most to pay for a unit of gas, in wei.
    pub fn max_fee_per_gas(&self) -> u128 {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.max_fee_per_gas(),
            TransactionKind::SubmitRetryable(tx) => tx.gas_fee_cap.saturating_to(),
            TransactionKind::Redeem(tx) => tx.gas_fee_cap.saturating_to(),
            TransactionKind::Deposit(_) | TransactionKind::Internal(_) => 0,
        }
    }

    /// The most to tip for a unit of gas, in wei; `None` of types without a tip.
    pub fn max_priority_fee_per_gas(&self) -> Option<u128> {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.max_priority_fee_per_gas(),
            _ => None,
        }
    }

    /// What a client shows as its `gasPrice`: of a legacy one the price given, of others tip + base fee, at most what is
    /// offered. What is paid is in the receipt.
    pub fn gas_price(&self, base_fee_wei: Option<u64>) -> u128 {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.effective_gas_price(base_fee_wei),
            _ => base_fee_wei.map_or(self.max_fee_per_gas(), |fee| {
                self.max_fee_per_gas().min(fee.into())
            }),
        }
    }

    /// The access list of types that have one.
    pub fn access_list(&self) -> Option<&AccessList> {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.access_list(),
            _ => None,
        }
    }

    /// The authorizations of type 4.
    pub fn authorization_list(&self) -> Option<&[SignedAuthorization]> {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => envelope.authorization_list(),
            _ => None,
        }
    }

    /// The signature of a user's transaction (a stand-in if it is impersonated); the network's own have none.
    pub fn signature(&self) -> Option<&Signature> {
        match &self.kind {
            TransactionKind::Ethereum(envelope) => Some(envelope.signature()),
            _ => None,
        }
    }
}
