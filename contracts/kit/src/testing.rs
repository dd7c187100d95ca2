//! A host in memory for native unit tests of programs: storage, caller, clock, logs. It has no gas, no undo and no
//! other contracts except a handler that the test supplies; whatever needs those is tested on the simulator.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::abi::Log;
use crate::entry::Outcome;
use crate::word::Word;
use crate::{Address, U256, Vec};

/// A call that the program made to another contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract that was called.
    pub to: Address,
    /// Selector and arguments.
    pub data: Vec<u8>,
    /// Wei sent along.
    pub value: U256,
    /// Whether the call may change nothing.
    pub read_only: bool,
}

type Handler = Box<dyn FnMut(&Call) -> core::result::Result<Vec<u8>, Vec<u8>>>;

/// What surrounds the program in a test. Every test thread has its own.
pub struct Host {
    /// Storage by slot.
    pub storage: HashMap<Word, Word>,
    /// Transient storage by slot.
    pub transient: HashMap<Word, Word>,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// The calls made to other contracts, in order.
    pub calls: Vec<Call>,
    /// The program's own address.
    pub this: Address,
    /// Who calls.
    pub sender: Address,
    /// The wei that came with the call.
    pub value: U256,
    /// Unix time in seconds.
    pub timestamp: u64,
    /// The chain's id.
    pub chain_id: u64,
    /// Code sizes of other accounts.
    pub code_sizes: HashMap<Address, usize>,
    /// What the program returned last.
    pub result: Vec<u8>,
    args: Vec<u8>,
    returned: Vec<u8>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            storage: HashMap::new(),
            transient: HashMap::new(),
            logs: Vec::new(),
            calls: Vec::new(),
            this: Address::repeat_byte(0xaa),
            sender: Address::repeat_byte(0xbb),
            value: U256::ZERO,
            timestamp: 1_700_000_000,
            chain_id: 42_161,
            code_sizes: HashMap::new(),
            result: Vec::new(),
            args: Vec::new(),
            returned: Vec::new(),
        }
    }
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::new(Host::default());
    static HANDLER: RefCell<Option<Handler>> = const { RefCell::new(None) };
}

/// Starts over with an empty host.
pub fn reset() {
    HOST.replace(Host::default());
    HANDLER.replace(None);
}

/// Looks at or changes the host.
pub fn with<R>(f: impl FnOnce(&mut Host) -> R) -> R {
    HOST.with_borrow_mut(f)
}

/// Answers the program's calls to other contracts with `handler`: `Ok` the returned data, `Err` the data of a revert.
/// Without a handler every called account is empty: calls succeed and return nothing.
pub fn answer(handler: impl FnMut(&Call) -> core::result::Result<Vec<u8>, Vec<u8>> + 'static) {
    HANDLER.replace(Some(Box::new(handler)));
}

/// Calls the router as the network would: `Ok` the returned data, `Err` the data of the revert (empty when the program
/// aborted). State is not rolled back.
///
/// # Errors
/// The data of the revert.
pub fn dispatch(
    payable: fn(u32) -> bool,
    route: fn(u32, &[u8]) -> Outcome,
    calldata: &[u8],
) -> core::result::Result<Vec<u8>, Vec<u8>> {
    with(|host| {
        host.args = calldata.to_vec();
        host.result.clear();
    });
    let status = std::panic::catch_unwind(|| crate::entry::run(calldata.len(), payable, route));
    let result = with(|host| core::mem::take(&mut host.result));
    match status {
        Ok(0) => Ok(result),
        Ok(_) => Err(result),
        Err(_) => Err(Vec::new()),
    }
}

/// The native side of `crate::host`.
pub(crate) mod host {
    use super::{Call, HANDLER, with};
    use crate::abi::Log;
    use crate::word::{Word, put_u256, to_u256};
    use crate::{Address, Vec};

    pub(crate) fn args(_len: usize) -> Vec<u8> {
        with(|host| host.args.clone())
    }

    pub(crate) fn zeros(len: usize) -> Vec<u8> {
        std::vec![0; len]
    }

    pub(crate) fn result(data: &[u8]) {
        with(|host| host.result = data.to_vec());
    }

    pub(crate) fn load(key: &Word) -> Word {
        with(|host| host.storage.get(key).copied().unwrap_or_default())
    }

    pub(crate) fn load_into(key: &Word, value: &mut Word) {
        *value = load(key);
    }

    pub(crate) fn store(key: &Word, value: &Word) {
        with(|host| host.storage.insert(*key, *value));
    }

    pub(crate) fn flush(_forget: bool) {}

    pub(crate) fn transient_load(key: &Word) -> Word {
        with(|host| host.transient.get(key).copied().unwrap_or_default())
    }

    pub(crate) fn transient_store(key: &Word, value: &Word) {
        with(|host| host.transient.insert(*key, *value));
    }

    pub(crate) fn keccak(data: &[u8]) -> Word {
        keccak_const::Keccak256::new().update(data).finalize()
    }

    pub(crate) fn log(data: &[u8], topics: usize) {
        let (head, data) = data.split_at(topics.saturating_mul(32));
        let topics = head
            .chunks_exact(32)
            .map(|topic| *crate::word::chunk(topic, 0))
            .collect();
        with(|host| {
            host.logs.push(Log {
                topics,
                data: data.to_vec(),
            })
        });
    }

    pub(crate) fn sender() -> [u8; 20] {
        with(|host| host.sender.into_array())
    }

    pub(crate) fn origin() -> [u8; 20] {
        sender()
    }

    pub(crate) fn this() -> [u8; 20] {
        with(|host| host.this.into_array())
    }

    pub(crate) fn value() -> Word {
        let mut word = [0; 32];
        put_u256(&mut word, &with(|host| host.value));
        word
    }

    pub(crate) fn balance(_address: &Address) -> Word {
        [0; 32]
    }

    pub(crate) fn code_size(address: &Address) -> usize {
        with(|host| host.code_sizes.get(address).copied().unwrap_or_default())
    }

    pub(crate) fn timestamp() -> u64 {
        with(|host| host.timestamp)
    }

    pub(crate) fn number() -> u64 {
        0
    }

    pub(crate) fn chain_id() -> u64 {
        with(|host| host.chain_id)
    }

    pub(crate) fn gas_left() -> u64 {
        u64::MAX
    }

    pub(crate) fn call(to: &Address, data: &[u8], value: &Word, _gas: u64) -> (bool, usize) {
        answer(Call {
            to: *to,
            data: data.to_vec(),
            value: to_u256(value),
            read_only: false,
        })
    }

    pub(crate) fn static_call(to: &Address, data: &[u8], _gas: u64) -> (bool, usize) {
        answer(Call {
            to: *to,
            data: data.to_vec(),
            value: crate::U256::ZERO,
            read_only: true,
        })
    }

    fn answer(call: Call) -> (bool, usize) {
        with(|host| host.calls.push(call.clone()));
        let handler = HANDLER.take();
        let (ok, data) = match handler {
            None => (true, Vec::new()),
            Some(mut handler) => {
                let answer = handler(&call);
                HANDLER.replace(Some(handler));
                match answer {
                    Ok(data) => (true, data),
                    Err(data) => (false, data),
                }
            }
        };
        let len = data.len();
        with(|host| host.returned = data);
        (ok, len)
    }

    pub(crate) fn returned(into: &mut [u8]) -> usize {
        with(|host| {
            let len = host.returned.len().min(into.len());
            for (to, from) in into.iter_mut().zip(&host.returned) {
                *to = *from;
            }
            len
        })
    }
}
