// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// One method for each thing that a client has to show its user. Used by tests/e2e.
contract Playground {
    uint256 public number;
    mapping(address => uint256) public paid;

    event NumberSet(address indexed by, uint256 indexed previous, uint256 current);

    error TooLarge(uint256 given, uint256 limit);

    constructor(uint256 start) payable {
        number = start;
    }

    function set(uint256 to) external {
        if (to > 1000) revert TooLarge(to, 1000);
        emit NumberSet(msg.sender, number, to);
        number = to;
    }

    function pay() external payable {
        paid[msg.sender] += msg.value;
    }

    function fail(string calldata why) external pure {
        revert(why);
    }

    function divide(uint256 a, uint256 b) external pure returns (uint256) {
        return a / b;
    }

    function time() external view returns (uint256) {
        return block.timestamp;
    }

    function chain() external view returns (uint256) {
        return block.chainid;
    }

    function sender() external view returns (address) {
        return msg.sender;
    }

    /// Writes `count` slots.
    function fill(uint256 count) external {
        for (uint256 i = 0; i < count; i++) {
            assembly {
                sstore(add(i, 0x10000), add(i, 1))
            }
        }
    }

    function signer(bytes32 hash, uint8 v, bytes32 r, bytes32 s) external pure returns (address) {
        return ecrecover(hash, v, r, s);
    }

    function orderHash(address to, uint256 amount) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Playground"),
                keccak256("1"),
                block.chainid,
                address(this)
            )
        );
        bytes32 order = keccak256(abi.encode(keccak256("Order(address to,uint256 amount)"), to, amount));
        return keccak256(abi.encodePacked("\x19\x01", domain, order));
    }
}
