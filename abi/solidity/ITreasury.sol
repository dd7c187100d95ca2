// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @title A treasury that spends through rate limits and never below its floor
/// @notice Holds ERC-20 assets. Assets leave in one way only: a spender with a limit for that asset calls `spend`, within
/// its own refilling bucket, and the balance that remains must not be below the asset's floor. There is no other withdrawal,
/// for the owner neither. What makes the treasury tighter (a higher floor, a lower limit, a pause) holds at once; what makes
/// it looser (a lower floor, a new or higher limit) waits for a delay that was fixed at construction, in public.
/// @dev Amounts are in the asset's base units. Accounting is by balance, so assets that take a fee on transfer are booked as
/// they arrive and leave. Native ether is not accepted: wrap it.
interface ITreasury {
    // ---------------------------------------------------------------------------------------------------------- errors

    /// @notice A parameter is outside its range.
    /// @param parameter Its name.
    /// @param value What was given.
    /// @param min The smallest allowed value.
    /// @param max The largest allowed value.
    error ParameterOutOfRange(bytes32 parameter, uint256 value, uint256 min, uint256 max);

    /// @notice Only the owner may do this (for `acceptOwnership`: only the pending owner).
    /// @param account Who tried.
    error OwnableUnauthorizedAccount(address account);

    /// @notice The zero address cannot be owner.
    /// @param owner The address given.
    error OwnableInvalidOwner(address owner);

    /// @notice Only the guardian or the owner may do this.
    /// @param account Who tried.
    error NotGuardian(address account);

    /// @notice Spending is paused.
    error EnforcedPause();

    /// @notice Spending is not paused.
    error ExpectedPause();

    /// @notice The treasury was called back while it was moving an asset.
    error ReentrantCall();

    /// @notice An address that may not be zero, or the treasury itself, was given.
    /// @param account The address.
    error TreasuryInvalidAddress(address account);

    /// @notice A spend is larger than what the spender's bucket holds now.
    /// @param asset The asset.
    /// @param spender The spender.
    /// @param amount What was asked for.
    /// @param available What the bucket holds.
    error TreasuryOverLimit(address asset, address spender, uint256 amount, uint256 available);

    /// @notice A spend would leave less than the floor.
    /// @param asset The asset.
    /// @param balance What would remain, or the balance where that is less than the amount asked for.
    /// @param floor What has to remain.
    error TreasuryBelowFloor(address asset, uint256 balance, uint256 floor);

    /// @notice The asset debited the treasury with another amount than was sent.
    /// @param asset The asset.
    /// @param amount What was sent.
    /// @param debited By how much the balance fell.
    error TreasuryDebitMismatch(address asset, uint256 amount, uint256 debited);

    /// @notice The asset's contract does not exist, or answered a transfer with anything but true or nothing.
    /// @param token The asset.
    error SafeERC20FailedOperation(address token);

    // ---------------------------------------------------------------------------------------------------------- events

    /// @notice A transfer of ownership was begun (or, to zero, withdrawn).
    /// @param previousOwner The owner.
    /// @param newOwner Who has to accept.
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);

    /// @notice The owner changed.
    /// @param previousOwner The former owner; zero at construction.
    /// @param newOwner The owner.
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    /// @notice The guardian changed.
    /// @param previousGuardian The former guardian.
    /// @param newGuardian The guardian; zero: none.
    event GuardianChanged(address indexed previousGuardian, address indexed newGuardian);

    /// @notice Spending was stopped.
    /// @param account By whom.
    event Paused(address account);

    /// @notice Spending was allowed again.
    /// @param account By whom.
    event Unpaused(address account);

    /// @notice An asset's floor changed, or will.
    /// @param asset The asset.
    /// @param oldFloor The floor until then.
    /// @param newFloor The floor from then on.
    /// @param fromTs When the new floor holds, seconds.
    event FloorSet(address indexed asset, uint256 oldFloor, uint256 newFloor, uint64 fromTs);

    /// @notice A spender's limit changed.
    /// @param asset The asset.
    /// @param spender The spender.
    /// @param capacity The most that the bucket holds.
    /// @param refillPerDay How much flows into it in 86,400 seconds.
    /// @param refillFromTs Since when it flows, seconds.
    event SpendLimitSet(
        address indexed asset, address indexed spender, uint128 capacity, uint128 refillPerDay, uint64 refillFromTs
    );

    /// @notice Assets came in and were booked.
    /// @param asset The asset.
    /// @param from Who deposited; zero: found on the treasury's balance, sent there by anyone.
    /// @param amount How much arrived.
    /// @param balance The booked balance after it.
    event Received(address indexed asset, address indexed from, uint256 amount, uint256 balance);

    /// @notice Assets were spent.
    /// @param asset The asset.
    /// @param spender Who spent.
    /// @param to Who was paid.
    /// @param amount How much left the treasury.
    /// @param balance The booked balance after it.
    event Spent(address indexed asset, address indexed spender, address indexed to, uint256 amount, uint256 balance);

    /// @notice The asset's contract lowered the treasury's balance by itself (a negative rebase, a seizure).
    /// @param asset The asset.
    /// @param amount By how much.
    /// @param balance The booked balance after it.
    event Lost(address indexed asset, uint256 amount, uint256 balance);

    // ---------------------------------------------------------------------------------------------------------- assets

    /// @notice Takes an asset from the caller, who has approved the treasury. Sending it directly is as good (see `record`).
    /// @param asset The asset.
    /// @param amount How much to take.
    /// @return received How much arrived.
    function deposit(address asset, uint256 amount) external returns (uint256 received);

    /// @notice Books what has arrived (or vanished) since the last booking. Anyone may call it.
    /// @param asset The asset.
    /// @return balance The booked balance after it.
    function record(address asset) external returns (uint256 balance);

    /// @notice Pays an asset out, within the caller's limit and above the floor.
    /// @param asset The asset.
    /// @param to Who is paid; not zero, not the treasury.
    /// @param amount How much leaves the treasury; more than zero.
    function spend(address asset, address to, uint256 amount) external;

    // ------------------------------------------------------------------------------------------------------ governance

    /// @notice Sets what must always remain of an asset. A raise holds at once, a cut after `floorDelaySecs`; either replaces
    /// a cut that is still waiting. Owner only.
    /// @param asset The asset.
    /// @param newFloor The floor, 0 to 2^256-1 (the latter: nothing can be spent).
    function setFloor(address asset, uint256 newFloor) external;

    /// @notice Sets a spender's bucket for an asset. It keeps what it holds, at most the new capacity. If capacity and refill are
    /// not above what they were, refilling goes on; else it begins again after `grantDelaySecs`. Owner only.
    /// @param asset The asset.
    /// @param spender The spender.
    /// @param capacity The most that the bucket holds, 0 to 2^128-1.
    /// @param refillPerDay How much flows into it in 86,400 seconds, 0 to 2^128-1.
    function setSpendLimit(address asset, address spender, uint128 capacity, uint128 refillPerDay) external;

    /// @notice Takes a spender's limit for an asset away. Guardian or owner.
    /// @param asset The asset.
    /// @param spender The spender.
    function revokeSpender(address asset, address spender) external;

    /// @notice Stops all spending. Guardian or owner.
    function pause() external;

    /// @notice Allows spending again. Owner only. Buckets have gone on refilling.
    function unpause() external;

    /// @notice Names the guardian, who can stop but not spend. Owner only.
    /// @param newGuardian The guardian; zero: none.
    function setGuardian(address newGuardian) external;

    /// @notice Begins a transfer of ownership. Owner only.
    /// @param newOwner Who has to accept; zero withdraws the offer.
    function transferOwnership(address newOwner) external;

    /// @notice Accepts the ownership. Pending owner only.
    function acceptOwnership() external;

    // ----------------------------------------------------------------------------------------------------------- state

    /// @notice What of an asset is above its floor now.
    /// @param asset The asset.
    /// @return The amount, zero when the balance is below the floor.
    function spendable(address asset) external view returns (uint256);

    /// @notice What a spender could spend of an asset now: the least of its bucket and `spendable`, zero while paused.
    /// @param asset The asset.
    /// @param spender The spender.
    /// @return The amount.
    function spendableBy(address asset, address spender) external view returns (uint256);

    /// @notice What must remain of an asset now.
    /// @param asset The asset.
    /// @return The floor.
    function floorOf(address asset) external view returns (uint256);

    /// @notice A cut of the floor that is waiting; both zero when there is none.
    /// @param asset The asset.
    /// @return floor The floor to come.
    /// @return fromTs When it holds, seconds.
    function pendingFloorOf(address asset) external view returns (uint256 floor, uint64 fromTs);

    /// @notice A spender's bucket for an asset.
    /// @param asset The asset.
    /// @param spender The spender.
    /// @return capacity The most that it holds.
    /// @return refillPerDay How much flows into it in 86,400 seconds.
    /// @return available What it holds now, rounded down.
    /// @return refillFromTs Until when its content was last counted, or, in the future, when refilling begins; seconds.
    function spendLimitOf(address asset, address spender)
        external
        view
        returns (uint128 capacity, uint128 refillPerDay, uint128 available, uint64 refillFromTs);

    /// @notice The booked balance: what the events `Received`, `Spent` and `Lost` add up to.
    /// @param asset The asset.
    /// @return The balance as of the last booking.
    function recordedOf(address asset) external view returns (uint256);

    /// @notice How long a cut of a floor waits, seconds.
    /// @return The delay.
    function floorDelaySecs() external view returns (uint64);

    /// @notice How long a new or raised limit waits before it refills, seconds.
    /// @return The delay.
    function grantDelaySecs() external view returns (uint64);

    /// @notice Whether spending is stopped.
    /// @return True while stopped.
    function paused() external view returns (bool);

    /// @notice The owner.
    /// @return The address.
    function owner() external view returns (address);

    /// @notice Who has to accept the ownership.
    /// @return The address; zero: nobody.
    function pendingOwner() external view returns (address);

    /// @notice The guardian.
    /// @return The address; zero: none.
    function guardian() external view returns (address);
}

/// @title The constructor of the program `treasury`
abstract contract Treasury is ITreasury {
    /// @notice Fixes the delays and names the roles.
    /// @param owner The owner, not zero; a timelock or a multisig.
    /// @param guardian Who may stop; zero: nobody but the owner.
    /// @param floorDelaySecs How long a cut of a floor waits, 172,800 (2 days) to 2,592,000 (30 days) seconds.
    /// @param grantDelaySecs How long a new or raised limit waits before it refills, 0 to 2,592,000 seconds.
    constructor(address owner, address guardian, uint64 floorDelaySecs, uint64 grantDelaySecs) {}
}
