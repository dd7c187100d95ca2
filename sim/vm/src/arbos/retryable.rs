//! Retryable tickets: messages from L1 that wait in the state until they are redeemed, cancelled or too old.
//!
//! A ticket is named by the hash of the transaction that submitted it and holds its call value on an escrow account. It
//! lives for a week; each keepalive puts a week on. Below are the tickets in storage and what redeeming, keeping and
//! cancelling do to them; submission and the redeem's own transaction are in [`retry`](super::retry).
//!
//! Only the space of the tickets is recorded from the network; the order of a ticket's fields is the one of this crate.

use revm::primitives::{Address, B256, Bytes, U256, keccak256};

use super::{
    bytes,
    schema::{Space, schema},
    storage::{Result, Store},
    version::ArbosVersion,
};

/// Seconds that a ticket lives, and that a keepalive adds.
pub const LIFETIME_SECS: u64 = 604_800;
/// Gas that a keepalive pays ahead for the removal of the ticket.
const REAP_GAS: u64 = 58_000;
/// Gas of a redeem for each word of the ticket.
const REDEEM_WORD_GAS: u64 = 50;
/// Gas of a keepalive for each word of the ticket.
const KEEPALIVE_WORD_GAS: u64 = 200;
/// Words of a ticket beside its data.
const FIELD_WORDS: u64 = 7;
/// Stands for "no receiver": a bit that no address has.
const NO_RECEIVER: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Redeems that were tried.
    pub tries: u64,
    /// Who sends the message: an aliased L1 address.
    pub from: Address,
    /// Who receives it; `None` deploys.
    pub to: Option<Address>,
    /// Wei sent along, held in escrow.
    pub value_wei: U256,
    /// Who may cancel it, and who receives the value when it dies.
    pub beneficiary: Address,
    /// Calldata or init code.
    pub data: Bytes,
}

/// A ticket's place in storage. Found by [`open`] only while it lives.
#[derive(Clone, Copy, Debug)]
pub struct OpenTicket {
    /// Its name.
    pub id: B256,
    space: Space,
}

/// The account that holds a ticket's call value.
pub fn escrow(id: B256) -> Address {
    Address::from_slice(&keccak256([&b"retryable escrow"[..], &id.0].concat())[12..])
}

fn ticket_space(id: B256) -> Space {
    schema().retryables.sub(&id.0)
}

const TRIES: u64 = 0;
const FROM: u64 = 1;
const TO: u64 = 2;
const VALUE: u64 = 3;
const BENEFICIARY: u64 = 4;
const TIMEOUT: u64 = 5;
const WINDOWS_LEFT: u64 = 6;

/// Puts a new ticket into the state, alive until `now_ts` plus [`LIFETIME_SECS`]. Its value must be in escrow.
pub fn create(store: &mut dyn Store, id: B256, ticket: &Ticket, now_ts: u64) -> Result<()> {
    let open = OpenTicket {
        id,
        space: ticket_space(id),
    };
    let word = |address: Address| U256::from_be_bytes(address.into_word().0);
    let timeout = now_ts.saturating_add(LIFETIME_SECS);
    let fields = [
        (TRIES, U256::from(ticket.tries)),
        (FROM, word(ticket.from)),
        (TO, ticket.to.map_or(NO_RECEIVER, word)),
        (VALUE, ticket.value_wei),
        (BENEFICIARY, word(ticket.beneficiary)),
        (TIMEOUT, U256::from(timeout)),
        (WINDOWS_LEFT, U256::ZERO),
    ];
    for (field, value) in fields {
        store.write(open.space.field(field), value)?;
    }
    bytes::set(store, &open.data_space(), &ticket.data)?;
    Queue.put(store, id)
}

/// A living ticket. R; from ArbOS 60 R more when its stored end has passed.
///
/// A ticket lives through the second of its end. From ArbOS 60 the weeks that keepalives put on count even if no block
/// has moved the stored end yet.
pub fn open(store: &mut dyn Store, arbos: ArbosVersion, id: B256, now_ts: u64) -> Result<Option<OpenTicket>> {
    let space = ticket_space(id);
    let mut timeout = store.read_u64(space.field(TIMEOUT))?;
    if timeout == 0 {
        return Ok(None);
    }
    if timeout < now_ts && arbos >= ArbosVersion::V60 {
        let windows = store.read_u64(space.field(WINDOWS_LEFT))?;
        timeout = timeout.saturating_add(windows.saturating_mul(LIFETIME_SECS));
    }
    Ok((timeout >= now_ts).then_some(OpenTicket { id, space }))
}

impl OpenTicket {
    fn data_space(&self) -> Space {
        self.space.sub(&[1])
    }

    /// Until when it lives, with the weeks that keepalives put on. 2R.
    pub fn timeout(&self, store: &mut dyn Store) -> Result<u64> {
        let timeout = store.read_u64(self.space.field(TIMEOUT))?;
        let windows = store.read_u64(self.space.field(WINDOWS_LEFT))?;
        Ok(timeout.saturating_add(windows.saturating_mul(LIFETIME_SECS)))
    }

    /// Who may cancel it. R.
    pub fn beneficiary(&self, store: &mut dyn Store) -> Result<Address> {
        store.read_address(self.space.field(BENEFICIARY))
    }

    /// Counts a try of redeeming: how many there were before. R+W.
    pub fn count_try(&self, store: &mut dyn Store) -> Result<u64> {
        let slot = self.space.field(TRIES);
        let tries = store.read_u64(slot)?;
        store.write(slot, U256::from(tries.saturating_add(1)))?;
        Ok(tries)
    }

    /// Words of the ticket. R.
    fn words(&self, store: &mut dyn Store) -> Result<u64> {
        Ok(FIELD_WORDS + bytes::len(store, &self.data_space())?.div_ceil(32))
    }

    /// The message: who, to whom, what. R·(3+2+⌊len/32⌋).
    fn message(&self, store: &mut dyn Store) -> Result<(Address, Option<Address>, U256, Bytes)> {
        let from = store.read_address(self.space.field(FROM))?;
        let to = store.read(self.space.field(TO))?;
        let to = (to != NO_RECEIVER).then(|| Address::from_word(to.into()));
        let value_wei = store.read(self.space.field(VALUE))?;
        let data = bytes::get(store, &self.data_space())?;
        Ok((from, to, value_wei, data))
    }

    /// The whole ticket.
    pub fn read(&self, store: &mut dyn Store) -> Result<Ticket> {
        let (from, to, value_wei, data) = self.message(store)?;
        Ok(Ticket {
            tries: store.read_u64(self.space.field(TRIES))?,
            from,
            to,
            value_wei,
            beneficiary: self.beneficiary(store)?,
            data,
        })
    }

    /// Takes it out of the state and sends what is in escrow to the beneficiary. R, then Z for each field, and the data.
    pub fn delete(&self, store: &mut dyn Store) -> Result<()> {
        let beneficiary = self.beneficiary(store)?;
        let escrow = escrow(self.id);
        let held = store.ledger().balance(escrow)?;
        store.transfer(escrow, beneficiary, held)?;
        for field in TRIES..=WINDOWS_LEFT {
            store.write(self.space.field(field), U256::ZERO)?;
        }
        bytes::clear(store, &self.data_space())
    }
}

/// What a redeem that begins needs to know: the message, and how often it was tried before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeem {
    /// Name of the ticket.
    pub id: B256,
    /// Tries before this one.
    pub tries: u64,
    /// Who sends the message.
    pub from: Address,
    /// Who receives it; `None` deploys.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value_wei: U256,
    /// Calldata or init code.
    pub data: Bytes,
}

/// Counts a try and reads the message. `None` when there is no such ticket (any more).
///
/// R(end) + R(size) + 50·words + R + (R+W) + R·(5+⌊len/32⌋).
pub fn begin_redeem(
    store: &mut dyn Store,
    arbos: ArbosVersion,
    id: B256,
    now_ts: u64,
) -> Result<Option<Redeem>> {
    let Some(ticket) = open(store, arbos, id, now_ts)? else {
        return Ok(None);
    };
    let words = ticket.words(store)?;
    store.burn(REDEEM_WORD_GAS * words)?;
    // The network looks it up again.
    open(store, arbos, id, now_ts)?;
    let tries = ticket.count_try(store)?;
    let (from, to, value_wei, data) = ticket.message(store)?;
    Ok(Some(Redeem {
        id,
        tries,
        from,
        to,
        value_wei,
        data,
    }))
}

/// What became of a keepalive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There is no such ticket (any more).
    NotFound,
    /// It lives for more than another week already.
    TooSoon,
    /// It lives until then.
    Until(u64),
}

/// Puts a week on a ticket's life, if it ends within a week. R + R(size) + 200·words + R + 2R + (R+2W) + (R+W) + 58000.
pub fn keepalive(store: &mut dyn Store, arbos: ArbosVersion, id: B256, now_ts: u64) -> Result<Kept> {
    let Some(ticket) = open(store, arbos, id, now_ts)? else {
        return Ok(Kept::NotFound);
    };
    let words = ticket.words(store)?;
    store.burn(KEEPALIVE_WORD_GAS * words)?;
    open(store, arbos, id, now_ts)?;
    let timeout = ticket.timeout(store)?;
    if timeout > now_ts.saturating_add(LIFETIME_SECS) {
        return Ok(Kept::TooSoon);
    }
    Queue.put(store, id)?;
    let slot = ticket.space.field(WINDOWS_LEFT);
    let windows = store.read_u64(slot)?;
    store.write(slot, U256::from(windows.saturating_add(1)))?;
    store.burn(REAP_GAS)?;
    Ok(Kept::Until(timeout.saturating_add(LIFETIME_SECS)))
}

/// Looks at the oldest entry of the queue and removes its ticket if that has ended, or moves its end by a week that a
/// keepalive put on. Returns whether it took an entry off.
pub fn reap_one(store: &mut dyn Store, now_ts: u64) -> Result<bool> {
    let Some(id) = Queue.peek(store)? else {
        return Ok(false);
    };
    let ticket = OpenTicket {
        id,
        space: ticket_space(id),
    };
    let timeout = store.read_u64(ticket.space.field(TIMEOUT))?;
    if timeout >= now_ts {
        return Ok(false);
    }
    Queue.shift(store)?;
    if timeout == 0 {
        // Redeemed or cancelled in the meantime.
        return Ok(true);
    }
    let windows_slot = ticket.space.field(WINDOWS_LEFT);
    match store.read_u64(windows_slot)?.checked_sub(1) {
        None => ticket.delete(store)?,
        Some(windows) => {
            store.write(windows_slot, U256::from(windows))?;
            let timeout = U256::from(timeout.saturating_add(LIFETIME_SECS));
            store.write(ticket.space.field(TIMEOUT), timeout)?;
        }
    }
    Ok(true)
}

/// Tickets in the order in which they (or the weeks put on) end: slot 0 counts what was put in, slot 1 what was taken
/// out, entries stand from slot 2 on.
struct Queue;

impl Queue {
    fn space(&self) -> Space {
        schema().retryables.sub(&[0])
    }

    /// R+2W.
    fn put(&self, store: &mut dyn Store, id: B256) -> Result<()> {
        let space = self.space();
        let count = store.read_u64(space.field(0))?;
        store.write(space.field(2 + count), id.into())?;
        store.write(space.field(0), U256::from(count + 1))
    }

    fn peek(&self, store: &mut dyn Store) -> Result<Option<B256>> {
        let space = self.space();
        let (put, taken) = (store.read_u64(space.field(0))?, store.read_u64(space.field(1))?);
        if taken == put {
            return Ok(None);
        }
        store.read(space.field(2 + taken)).map(|id| Some(id.into()))
    }

    fn shift(&self, store: &mut dyn Store) -> Result<()> {
        let space = self.space();
        let taken = store.read_u64(space.field(1))?;
        store.write(space.field(2 + taken), U256::ZERO)?;
        store.write(space.field(1), U256::from(taken + 1))
    }
}
