//! Who acts on the chain: the well-known development accounts, and accounts made from a name.
//!
//! No keys and no signatures here: inside the process any address may be the sender of a transaction.

use alloy_primitives::{Address, U256, address, keccak256};

/// The ten accounts of the mnemonic `test test test test test test test test test test test junk`, path
/// `m/44'/60'/0'/0/0` to `/9`, that every Ethereum development tool knows. All are funded on a new chain.
pub const DEV_ACCOUNTS: [Address; 10] = [
    address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("0x976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("0x14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"),
];

/// What a funded account starts with: 10,000 ether, in wei.
pub const DEV_BALANCE_WEI: U256 = U256::from_limbs([0x19e0_c9ba_b240_0000, 0x21e, 0, 0]);

/// The address that a name stands for: the last 20 bytes of `keccak256("mintage account: " ‖ name)`. The same
/// name is the same address on every chain and in every run.
///
/// ```
/// use mintage_chain::account_of_name;
/// assert_eq!(account_of_name("treasury"), account_of_name("treasury"));
/// assert_ne!(account_of_name("treasury"), account_of_name("Treasury"));
/// ```
pub fn account_of_name(name: &str) -> Address {
    Address::from_word(keccak256([b"mintage account: ", name.as_bytes()].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_dev_balance_is_ten_thousand_ether() {
        assert_eq!(
            DEV_BALANCE_WEI,
            U256::from(10_000u64) * U256::from(10).pow(U256::from(18))
        );
    }

    /// The addresses follow from the published keys of the mnemonic; here each is checked against its EIP-55
    /// spelling, which a wrong digit breaks.
    #[test]
    fn test_dev_accounts_are_checksummed_and_distinct() {
        let spelled = [
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
            "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
            "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
            "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
            "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
            "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
            "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
            "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
        ];
        for (account, spelled) in DEV_ACCOUNTS.iter().zip(spelled) {
            assert_eq!(Address::parse_checksummed(spelled, None).unwrap(), *account);
            assert_eq!(DEV_ACCOUNTS.iter().filter(|a| *a == account).count(), 1);
        }
    }
}
