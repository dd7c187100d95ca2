//! Addresses of L1 as they appear on L2: moved by a constant, so that a contract there cannot act as the account of the
//! same address here.

use revm::primitives::{Address, U256, address};

const OFFSET: Address = address!("1111000000000000000000000000000000001111");

fn number(address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0)
}

/// The L2 alias of an L1 address.
pub fn to_l2(l1: Address) -> Address {
    // Address::from_word keeps the low 20 bytes: the sum modulo 2^160.
    Address::from_word(number(l1).wrapping_add(number(OFFSET)).into())
}

/// The L1 address of an alias.
pub fn to_l1(l2: Address) -> Address {
    Address::from_word(number(l2).wrapping_sub(number(OFFSET)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_alias_wraps_and_comes_back() {
        assert_eq!(to_l2(Address::ZERO), OFFSET);
        let high = Address::repeat_byte(0xff);
        assert_eq!(to_l2(high), address!("1111000000000000000000000000000000001110"));
        for address in [Address::ZERO, high, Address::repeat_byte(0x5a)] {
            assert_eq!(to_l1(to_l2(address)), address);
        }
    }
}
