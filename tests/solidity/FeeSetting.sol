// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The least that a pair asks of a factory
contract FeeSetting {
    address public feeTo;

    function setFeeTo(address feeTo_) external {
        feeTo = feeTo_;
    }

    /// @notice Calls anything, so that a test can act as the factory.
    function act(address target, bytes calldata data) external {
        (bool ok, bytes memory result) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(result, 32), mload(result))
            }
        }
    }
}
