//! ArbAddressTable (0x66): numbers for addresses, and addresses packed by them.

use alloy_rlp::{Decodable, Encodable};
use revm::primitives::{Address, Bytes, U256, address};

use super::{
    abi::{self, dynamic, one, words},
    call::{Call, Failure, Output, number},
    method::{Access, Method, Precompile, view, write},
};
use crate::arbos::address_table;

/// ArbAddressTable's address.
pub const ARB_ADDRESS_TABLE: Address = address!("0000000000000000000000000000000000000066");

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_ADDRESS_TABLE,
    name: "ArbAddressTable",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    view(0xa502_5222, "addressExists(address)", |call| {
        let address = call.args.address(0)?;
        Ok(one(address_table::lookup(call, address)?.is_some()))
    }),
    write(0xf6a4_55a2, "compress(address)", compress),
    view(0x3186_2ada, "decompress(bytes,uint256)", decompress),
    view(0xd4b6_b5da, "lookup(address)", |call| {
        let address = call.args.address(0)?;
        let index = address_table::lookup(call, address)?;
        index.map(one).ok_or(Failure::Plain)
    }),
    view(0x8a18_6788, "lookupIndex(uint256)", |call| {
        let index = u64::try_from(call.args.uint(0)?).map_err(|_| Failure::Plain)?;
        let address = address_table::lookup_index(call, index)?;
        address.map(abi::address).ok_or(Failure::Plain)
    }),
    write(0x4420_e486, "register(address)", |call| {
        let address = call.args.address(0)?;
        address_table::register(call, address).map(one)
    }),
    view(0x949d_225d, "size()", |call| address_table::size(call).map(one)),
];

/// RLP of the address's number, or of the address itself when it has none.
fn compress(call: &mut Call<'_>) -> Output {
    let address = call.args.address(0)?;
    let mut packed = Vec::new();
    match address_table::lookup(call, address)? {
        Some(index) => index.encode(&mut packed),
        None => address.encode(&mut packed),
    }
    Ok(dynamic(&packed))
}

/// The address that stands in RLP at a place, and how many bytes it took.
fn decompress(call: &mut Call<'_>) -> Output {
    let buffer = call.args.bytes(0)?;
    let offset = usize::try_from(call.args.uint(1)?).map_err(|_| Failure::Plain)?;
    let mut rest = buffer.get(offset..).ok_or(Failure::Plain)?;
    let before = rest.len();
    let item = Bytes::decode(&mut rest).map_err(|_| Failure::Plain)?;
    let taken = before - rest.len();
    let address = if item.len() == 20 {
        Address::from_slice(&item)
    } else {
        let mut again = &buffer[offset..];
        let index = u64::decode(&mut again).map_err(|_| Failure::Plain)?;
        address_table::lookup_index(call, index)?.ok_or(Failure::Plain)?
    };
    Ok(words([number(address), U256::from(taken)]))
}
