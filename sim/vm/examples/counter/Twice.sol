// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Calls a counter twice and returns what it said the second time. The counter is a Stylus program; nothing here knows that.
contract Twice {
    function count(address counter) external returns (uint256 second) {
        (bool ok, ) = counter.call("");
        require(ok);
        bytes memory said;
        (ok, said) = counter.call("");
        require(ok);
        second = abi.decode(said, (uint256));
    }
}
