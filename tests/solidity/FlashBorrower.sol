// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

interface IERC20Like {
    function transfer(address to, uint256 value) external;
}

/// @title What a pair calls back, for tests
/// @notice Notes what it was called with, calls the pair back if told to, pays what it was told to pay, or reverts.
contract FlashBorrower {
    uint256 public pay0;
    uint256 public pay1;
    address private token0;
    address private token1;
    bytes private reentry;
    bool private mustFail;

    event CalledBack(bytes32 inputHash, uint256 inputLength);
    event Reentered(bool success, bytes result);

    error Refused(uint256 amount0, uint256 amount1);

    function plan(address token0_, address token1_, uint256 pay0_, uint256 pay1_, bytes calldata reentry_, bool fail)
        external
    {
        token0 = token0_;
        token1 = token1_;
        pay0 = pay0_;
        pay1 = pay1_;
        reentry = reentry_;
        mustFail = fail;
    }

    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external {
        // The pair's own address is not in the input, so both pairs of a comparison give one hash.
        emit CalledBack(keccak256(msg.data), msg.data.length);
        sender;
        data;
        if (mustFail) revert Refused(amount0, amount1);
        if (reentry.length > 0) {
            (bool ok, bytes memory result) = msg.sender.call(reentry);
            emit Reentered(ok, result);
        }
        if (pay0 > 0) IERC20Like(token0).transfer(msg.sender, pay0);
        if (pay1 > 0) IERC20Like(token1).transfer(msg.sender, pay1);
    }
}
