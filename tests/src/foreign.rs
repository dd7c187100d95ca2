//! Bindings of the contracts in `tests/solidity`, and how they are deployed.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolValue, sol};
use mintage_chain::Chain;

use crate::solidity::compiled;

sol! {
    /// `TestToken.sol`
    #[derive(Debug)]
    interface ITestToken {
        event Transfer(address indexed from, address indexed to, uint256 value);
        error Misbehaved(uint256 code);
        function decimals() external view returns (uint8);
        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function approve(address spender, uint256 value) external returns (bool);
        function transfer(address to, uint256 value) external;
        function transferFrom(address from, address to, uint256 value) external;
        function burn(uint256 value) external;
        function mint(address to, uint256 value) external;
        function misbehave(uint8 answer) external;
        function setFee(uint256 feeBps, uint256 senderFee) external;
        function setHook(address target, bytes calldata data, bool mustSucceed) external;
        function setBurnKeeps(bool keeps) external;
        function setBalance(address account, uint256 value) external;
        function hookResult() external view returns (bytes memory);
        function hookSucceeded() external view returns (bool);
    }

    /// `FlashBorrower.sol`
    #[derive(Debug)]
    interface IFlashBorrower {
        event CalledBack(bytes32 inputHash, uint256 inputLength);
        event Reentered(bool success, bytes result);
        error Refused(uint256 amount0, uint256 amount1);
        function plan(address token0, address token1, uint256 pay0, uint256 pay1, bytes calldata reentry, bool fail)
            external;
    }

    /// `FeeSetting.sol`
    #[derive(Debug)]
    interface IFeeSetting {
        function feeTo() external view returns (address);
        function setFeeTo(address feeTo) external;
        function act(address target, bytes calldata data) external;
    }

    /// `CallingMinter.sol`
    #[derive(Debug)]
    interface ICallingMinter {
        function balanceOf(address account) external view returns (uint256);
        function setHook(address target, bytes calldata data) external;
        function succeeded() external view returns (bool);
        function result() external view returns (bytes memory);
    }

    /// `FixedOracle.sol`
    #[derive(Debug)]
    interface IFixedOracle {
        error OracleStale(uint64 observedTs, uint64 limitTs);
        function set(uint256 priceRay, bool stale) external;
        function price() external view returns (uint256);
    }
}

/// The answers that a `TestToken` can be told to give to `transfer` and `transferFrom`.
pub mod answer {
    /// True, as the standard says.
    pub const TRUE: u8 = 0;
    /// No data, as USDT.
    pub const NOTHING: u8 = 1;
    /// False.
    pub const FALSE: u8 = 2;
    /// The word 2.
    pub const DIRTY_TRUE: u8 = 3;
    /// 31 bytes.
    pub const SHORT: u8 = 4;
    /// True and another word.
    pub const LONG: u8 = 5;
    /// A revert with data.
    pub const REVERT: u8 = 6;
    /// A revert without data.
    pub const REVERT_EMPTY: u8 = 7;
    /// `balanceOf` reverts with data.
    pub const BALANCE_REVERTS: u8 = 8;
    /// `balanceOf` returns 31 bytes.
    pub const BALANCE_SHORT: u8 = 9;
    /// How many there are.
    pub const COUNT: u8 = 10;
}

/// Deploys a contract of `tests/solidity` with ABI-encoded constructor arguments.
///
/// # Panics
/// If the deployment fails.
pub fn deploy(chain: &mut Chain, from: Address, contract: &str, args: &[u8]) -> Address {
    let mut init_code = compiled(contract).to_vec();
    init_code.extend(args);
    let receipt = chain.create(from, Bytes::from(init_code)).send();
    receipt
        .unwrap_or_else(|e| panic!("{contract}: {e}"))
        .contract_address
        .expect("a created contract")
}

/// Two `TestToken`s in the order of their addresses; the decimals are those of the first and the second deployed.
pub fn two_tokens(chain: &mut Chain, from: Address, decimals: [u8; 2]) -> [Address; 2] {
    let [a, b] = decimals.map(|d| deploy(chain, from, "TestToken", &U256::from(d).abi_encode()));
    if a < b { [a, b] } else { [b, a] }
}
