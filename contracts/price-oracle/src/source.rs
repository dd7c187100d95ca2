//! What the oracle reads of the pair and its tokens.

use mintage_kit::call::{Target, returned};
use mintage_kit::prelude::*;
use mintage_kit::word::{chunk, to_address, to_u64, to_u128, to_u256};
use mintage_mechanism::pair_price;

use crate::OracleReadFailed;

const TOKEN0: u32 = 0x0dfe_1681;
const TOKEN1: u32 = 0xd212_20a7;
const DECIMALS: u32 = 0x313c_e567;
const GET_RESERVES: u32 = 0x0902_f1ac;
const PRICE0_CUMULATIVE_LAST: u32 = 0x5909_c0d5;
const PRICE1_CUMULATIVE_LAST: u32 = 0x5a3d_5493;

/// The answer of a method without parameters; anything but `N` bytes or more is a failure that names the contract.
#[inline(never)]
fn ask<const N: usize>(target: Address, selector: u32) -> Result<[u8; N]> {
    let selector = selector.to_be_bytes();
    match Target::new(target).read(&selector) {
        Ok(len) if len >= N => {
            let mut answer = [0; N];
            returned(&mut answer, len);
            Ok(answer)
        }
        _ => Err(OracleReadFailed {
            target,
            selector: FixedBytes(selector),
        }
        .into()),
    }
}

/// The pair's tokens.
pub(crate) fn tokens(pair: Address) -> Result<(Address, Address)> {
    Ok((
        to_address(&ask::<32>(pair, TOKEN0)?),
        to_address(&ask::<32>(pair, TOKEN1)?),
    ))
}

/// A token's decimals.
pub(crate) fn decimals(token: Address) -> Result<u8> {
    Ok(to_u64(&ask::<32>(token, DECIMALS)?, 8) as u8)
}

/// The pair's accumulator of the base's price as it would be written now; none while a reserve is empty.
///
/// It is the stored sum and the time that the reserves have stood since. Within the second of a trade that time is zero: what the
/// trade did to the reserves is not in it.
pub(crate) fn cumulative(pair: Address, base_is_token1: bool) -> Result<Option<U256>> {
    let answer = ask::<96>(pair, GET_RESERVES)?;
    let reserve0 = U256::from(to_u128(chunk(&answer, 0), 112));
    let reserve1 = U256::from(to_u128(chunk(&answer, 32), 112));
    let last_ts = to_u64(chunk(&answer, 64), 32) as u32;
    if reserve0.is_zero() || reserve1.is_zero() {
        return Ok(None);
    }
    let (base, quote, selector) = if base_is_token1 {
        (reserve1, reserve0, PRICE1_CUMULATIVE_LAST)
    } else {
        (reserve0, reserve1, PRICE0_CUMULATIVE_LAST)
    };
    let stored = to_u256(&ask::<32>(pair, selector)?);
    // The pair's clock has 32 bits.
    let elapsed = pair_price::elapsed_secs(last_ts, block::timestamp() as u32);
    Ok(Some(pair_price::accumulate(stored, base, quote, elapsed)))
}
