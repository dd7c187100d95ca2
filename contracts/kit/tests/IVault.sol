// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// @title A small bank for one ERC-20 token: the kit's worked example.
interface IVault {
    /// @notice How an account is treated.
    enum Tier { Normal, Gold }

    /// @notice A limit for one account.
    struct Limit { address account; uint112 amount; }

    /// @notice More was asked for than there is.
    error Insufficient(address account, uint256 balance, uint256 wanted);
    error NotOwner(address caller);

    event Deposited(address indexed from, uint256 amount);
    event Noted(address indexed from, string note);

    function token() external view returns (address);
    function balanceOf(address account) external view returns (uint256);
    function limitOf(address account) external view returns (Tier tier, uint112 amount);
    function deposit(uint256 amount) external returns (uint256 received);
    function withdraw(uint256 amount, address to) external;
    function setLimits(Limit[] calldata limits, Tier tier) external;
    function note(string calldata text) external payable;
    function lastNote() external view returns (string memory);
}

/// @notice States the constructor.
abstract contract Vault is IVault {
    constructor(address owner, address token) {}
}
