//! The host: the network around a program. Safe wrappers over the calls that a program may make of it; natively the same
//! calls go to `testing`. The one module of the kit with `unsafe` code: its argument is that every pointer it
//! passes comes from a live reference of the length that the host call is defined to read or write.

use crate::word::Word;
use crate::{Address, B256, U256, Vec};

#[cfg(target_arch = "wasm32")]
mod raw {
    #![allow(unsafe_code)]
    use core::mem::MaybeUninit;

    use super::*;
    use stylus_sdk::hostio;

    /// `N` bytes that the host writes.
    #[inline(always)]
    fn out<const N: usize>(call: impl FnOnce(*mut u8)) -> [u8; N] {
        let mut bytes = MaybeUninit::<[u8; N]>::uninit();
        call(bytes.as_mut_ptr().cast());
        // SAFETY: every host call passed here writes exactly N bytes.
        unsafe { bytes.assume_init() }
    }

    pub(super) fn args(len: usize) -> Vec<u8> {
        if len > isize::MAX as usize {
            // Never so. The network demands this import of programs whose memory can grow.
            // SAFETY: no pointers.
            unsafe { hostio::pay_for_memory_grow(0) };
        }
        let mut args = zeros(len);
        // SAFETY: the buffer has room for the `len` bytes that the host writes.
        unsafe { hostio::read_args(args.as_mut_ptr()) };
        args
    }

    pub(super) fn zeros(len: usize) -> Vec<u8> {
        if len == 0 {
            return Vec::new();
        }
        match core::alloc::Layout::array::<u8>(len) {
            Ok(layout) => {
                // SAFETY: the size is not zero. The vector gets the whole allocation, with its layout and all of it
                // initialised.
                unsafe {
                    let bytes = std::alloc::alloc_zeroed(layout);
                    if bytes.is_null() {
                        crate::word::abort();
                    }
                    Vec::from_raw_parts(bytes, len, len)
                }
            }
            Err(_) => crate::word::abort(),
        }
    }

    pub(super) fn result(data: &[u8]) {
        // SAFETY: reads `len` bytes of a live slice.
        unsafe { hostio::write_result(data.as_ptr(), data.len()) }
    }

    pub(super) fn load(key: &Word) -> Word {
        // SAFETY: reads 32 bytes, writes 32.
        out(|to| unsafe { hostio::storage_load_bytes32(key.as_ptr(), to) })
    }

    pub(super) fn load_into(key: &Word, value: &mut Word) {
        // SAFETY: reads 32 bytes, writes 32.
        unsafe { hostio::storage_load_bytes32(key.as_ptr(), value.as_mut_ptr()) }
    }

    pub(super) fn store(key: &Word, value: &Word) {
        // SAFETY: both are 32 bytes.
        unsafe { hostio::storage_cache_bytes32(key.as_ptr(), value.as_ptr()) }
    }

    pub(super) fn flush(forget: bool) {
        // SAFETY: no pointers.
        unsafe { hostio::storage_flush_cache(forget) }
    }

    pub(super) fn keccak(data: &[u8]) -> Word {
        // SAFETY: reads a live slice, writes 32 bytes.
        out(|to| unsafe { hostio::native_keccak256(data.as_ptr(), data.len(), to) })
    }

    pub(super) fn log(data: &[u8], topics: usize) {
        // SAFETY: reads a live slice.
        unsafe { hostio::emit_log(data.as_ptr(), data.len(), topics) }
    }

    macro_rules! twenty {
        ($($name:ident: $call:ident),*) => {$(
            pub(super) fn $name() -> [u8; 20] {
                // SAFETY: the host writes 20 bytes.
                out(|to| unsafe { hostio::$call(to) })
            }
        )*};
    }
    twenty!(sender: msg_sender, origin: tx_origin, this: contract_address);

    pub(super) fn value() -> Word {
        // SAFETY: the host writes 32 bytes.
        out(|to| unsafe { hostio::msg_value(to) })
    }

    pub(super) fn balance(address: &Address) -> Word {
        // SAFETY: reads 20 bytes, writes 32.
        out(|to| unsafe { hostio::account_balance(address.as_ptr(), to) })
    }

    pub(super) fn code_size(address: &Address) -> usize {
        // SAFETY: reads 20 bytes.
        unsafe { hostio::account_code_size(address.as_ptr()) }
    }

    macro_rules! number {
        ($($name:ident: $call:ident),*) => {$(
            pub(super) fn $name() -> u64 {
                // SAFETY: no pointers.
                unsafe { hostio::$call() }
            }
        )*};
    }
    number!(timestamp: block_timestamp, number: block_number, chain_id: chainid, gas_left: evm_gas_left);

    pub(super) fn call(to: &Address, data: &[u8], value: &Word, gas: u64) -> (bool, usize) {
        let mut len = 0;
        // SAFETY: reads 20, `data.len()` and 32 bytes of live references, writes one usize.
        let status = unsafe {
            hostio::call_contract(
                to.as_ptr(),
                data.as_ptr(),
                data.len(),
                value.as_ptr(),
                gas,
                &mut len,
            )
        };
        (status == 0, len)
    }

    pub(super) fn static_call(to: &Address, data: &[u8], gas: u64) -> (bool, usize) {
        let mut len = 0;
        // SAFETY: reads 20 and `data.len()` bytes of live references, writes one usize.
        let status =
            unsafe { hostio::static_call_contract(to.as_ptr(), data.as_ptr(), data.len(), gas, &mut len) };
        (status == 0, len)
    }

    pub(super) fn returned(into: &mut [u8]) -> usize {
        // SAFETY: writes at most `into.len()` bytes.
        unsafe { hostio::read_return_data(into.as_mut_ptr(), 0, into.len()) }
    }

    // The SDK has no names for these two host calls.
    #[link(wasm_import_module = "vm_hooks")]
    unsafe extern "C" {
        fn transient_load_bytes32(key: *const u8, value: *mut u8);
        fn transient_store_bytes32(key: *const u8, value: *const u8);
    }

    pub(super) fn transient_load(key: &Word) -> Word {
        // SAFETY: reads 32 bytes, writes 32.
        out(|to| unsafe { transient_load_bytes32(key.as_ptr(), to) })
    }

    pub(super) fn transient_store(key: &Word, value: &Word) {
        // SAFETY: both are 32 bytes.
        unsafe { transient_store_bytes32(key.as_ptr(), value.as_ptr()) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
use crate::testing::host as raw;

/// The calldata.
#[inline(always)]
pub fn args(len: usize) -> Vec<u8> {
    raw::args(len)
}

/// A buffer of zero bytes, without the machinery of a vector that grows.
pub(crate) fn zeros(len: usize) -> Vec<u8> {
    raw::zeros(len)
}

/// Sets what the call returns. The last one counts.
#[inline(never)]
pub fn result(data: &[u8]) {
    raw::result(data);
}

/// Reads a storage slot.
#[inline(never)]
pub fn load(key: &Word) -> Word {
    raw::load(key)
}

/// Reads a storage slot into a word.
#[inline(always)]
pub fn load_into(key: &Word, value: &mut Word) {
    raw::load_into(key, value);
}

/// Writes a storage slot, into the cache until [`flush`].
#[inline(never)]
pub fn store(key: &Word, value: &Word) {
    raw::store(key, value);
}

/// Writes the cached slots to the chain's state; `forget` also drops what was read.
pub fn flush(forget: bool) {
    raw::flush(forget);
}

/// Reads a slot of the storage that ends with the transaction (EIP-1153).
pub fn transient_load(key: &Word) -> Word {
    raw::transient_load(key)
}

/// Writes a slot of the storage that ends with the transaction (EIP-1153).
pub fn transient_store(key: &Word, value: &Word) {
    raw::transient_store(key, value);
}

/// keccak256.
#[inline(never)]
pub fn keccak(data: &[u8]) -> B256 {
    B256::new(raw::keccak(data))
}

/// Writes a log: `topics` words of topics, then the data.
#[inline(never)]
pub fn log(data: &[u8], topics: usize) {
    raw::log(data, topics);
}

/// Writes an event of the interface.
#[inline(always)]
pub fn emit(event: impl crate::abi::Event) {
    event.emit();
}

/// The program's own address.
#[inline(never)]
pub fn this() -> Address {
    Address::new(raw::this())
}

/// The code size of an account; zero for an account without code.
pub fn code_size(address: Address) -> usize {
    raw::code_size(&address)
}

/// The wei balance of an account.
pub fn balance(address: Address) -> U256 {
    crate::word::to_u256(&raw::balance(&address))
}

/// Gas that is left.
pub fn gas_left() -> u64 {
    raw::gas_left()
}

/// The call that is being answered.
pub mod msg {
    use super::raw;
    use crate::{Address, U256, word};

    /// Who called.
    #[inline(never)]
    pub fn sender() -> Address {
        Address::new(raw::sender())
    }

    /// The wei that came with the call. Not zero only in payable methods.
    pub fn value() -> U256 {
        word::to_u256(&raw::value())
    }

    /// Whether any wei came with the call.
    pub fn has_value() -> bool {
        !word::is_zero_word(&raw::value())
    }

    /// Who signed the transaction. Never decide by it who may do something.
    pub fn origin() -> Address {
        Address::new(raw::origin())
    }
}

/// The block that the call stands in.
pub mod block {
    use super::raw;

    /// Unix time in seconds. All schedules use this.
    pub fn timestamp() -> u64 {
        raw::timestamp()
    }

    /// An estimate of the L1 block number: never a clock.
    pub fn number() -> u64 {
        raw::number()
    }

    /// The chain's id.
    pub fn chain_id() -> u64 {
        raw::chain_id()
    }
}

/// Calls a contract with value and a gas limit. Returns whether it succeeded and the length of what it returned.
#[inline(never)]
pub(crate) fn call(to: &Address, data: &[u8], value: &Word, gas: u64) -> (bool, usize) {
    raw::call(to, data, value, gas)
}

/// Calls a contract that cannot change anything.
#[inline(never)]
pub(crate) fn static_call(to: &Address, data: &[u8], gas: u64) -> (bool, usize) {
    raw::static_call(to, data, gas)
}

/// Copies the beginning of what the last call returned; says how many bytes were copied.
#[inline(never)]
pub(crate) fn returned(into: &mut [u8]) -> usize {
    raw::returned(into)
}
