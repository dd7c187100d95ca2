// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A token whose `mint` calls somebody back, for tests
contract CallingMinter {
    mapping(address => uint256) public balanceOf;
    address private target;
    bytes private data;
    bool public succeeded;
    bytes public result;

    function setHook(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        if (target != address(0)) (succeeded, result) = target.call(data);
    }
}
