// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @title Mints a token by a schedule that was fixed at construction
/// @notice The schedule says how much is issued in total a given time after the start. Anyone may call `mint` at any time: it
/// mints what the schedule has issued by now less what was minted, to recipients by weight. A thousand calls or one give the
/// same total, and a long silence costs no more than a short one. Governance chooses who receives, never how much.
/// @dev The program must be a minter of the token. If the token's own limit for this minter is smaller than what has
/// accrued, `mintUpTo` takes it in parts. Amounts are in the token's base units.
interface IEmission {
    /// @notice The rule by which the total issued grows with the time since the start.
    /// @dev What the numbers of `parameters` mean is stated at the constructor.
    enum Schedule {
        Linear,
        Halving,
        Geometric,
        Weekly,
        Exponential,
        Piecewise,
        Tail
    }

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

    /// @notice Issuance is paused.
    error EnforcedPause();

    /// @notice Issuance is not paused.
    error ExpectedPause();

    /// @notice The program was called back while it was minting.
    error ReentrantCall();

    /// @notice The parameters do not make a schedule of this kind.
    /// @param kind The kind.
    /// @param index The first parameter that is wrong, or their number where that is wrong.
    error EmissionInvalidSchedule(Schedule kind, uint256 index);

    /// @notice A recipient is zero, this program, or listed twice.
    /// @param recipient The address.
    error EmissionInvalidRecipient(address recipient);

    /// @notice The list of recipients and the list of weights are not equally long.
    /// @param recipients The number of recipients.
    /// @param weights The number of weights.
    error EmissionLengthMismatch(uint256 recipients, uint256 weights);

    /// @notice The weights do not add up to 10,000.
    /// @param sumBps What they add up to.
    error EmissionWeightSum(uint256 sumBps);

    /// @notice The token's contract does not exist.
    /// @param token The address.
    error EmissionInvalidToken(address token);

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

    /// @notice Issuance was stopped; the schedule's clock stands.
    /// @param account By whom.
    event Paused(address account);

    /// @notice Issuance goes on where it was stopped.
    /// @param account By whom.
    event Unpaused(address account);

    /// @notice The schedule was fixed.
    /// @param token The token that is minted.
    /// @param kind The kind of schedule.
    /// @param startTs When its clock starts, seconds.
    /// @param parameters The kind's numbers.
    event ScheduleFixed(address indexed token, Schedule kind, uint64 startTs, uint256[] parameters);

    /// @notice A recipient's weight from now on. One event for each recipient of a new list, in its order.
    /// @param recipient The recipient.
    /// @param index Its place in the list.
    /// @param weightBps Its weight, basis points.
    event RecipientSet(address indexed recipient, uint256 index, uint256 weightBps);

    /// @notice A new list of recipients holds.
    /// @param count How many there are.
    /// @param mintedBefore What was minted in total under the lists before.
    event RecipientsChanged(uint256 count, uint256 mintedBefore);

    /// @notice Tokens were minted to a recipient.
    /// @param recipient The recipient.
    /// @param amount How much.
    event Emitted(address indexed recipient, uint256 amount);

    /// @notice Tokens were minted.
    /// @param caller Who called.
    /// @param amount How much, to all recipients together.
    /// @param totalMinted All that was minted so far.
    /// @param elapsedSecs The time on the schedule's clock.
    event Minted(address indexed caller, uint256 amount, uint256 totalMinted, uint64 elapsedSecs);

    // --------------------------------------------------------------------------------------------------------- methods

    /// @notice Mints all that is due. Anyone may call it; nothing due is no error.
    /// @return amount How much was minted.
    function mint() external returns (uint256 amount);

    /// @notice Mints what is due but at most an amount, where the token's limit for this minter is smaller than what is due.
    /// @param maximum The most to mint now.
    /// @return amount How much was minted.
    function mintUpTo(uint256 maximum) external returns (uint256 amount);

    // ------------------------------------------------------------------------------------------------------ governance

    /// @notice Replaces the recipients. First all that is due is minted to the old ones. Owner only, not while paused.
    /// @param recipients 1 to 16 different addresses. Rounding favours the first one, by less than one unit a recipient in all.
    /// @param weightsBps Their weights, 1 to 10,000 basis points each, 10,000 together.
    function setRecipients(address[] calldata recipients, uint256[] calldata weightsBps) external;

    /// @notice Stops issuance and the schedule's clock. Guardian or owner. Calls nobody, so nothing can prevent it.
    function pause() external;

    /// @notice Goes on where the clock was stopped: the time of the pause issues nothing, then or later. Owner only.
    function unpause() external;

    /// @notice Names the guardian, who can stop but not start. Owner only.
    /// @param newGuardian The guardian; zero: none.
    function setGuardian(address newGuardian) external;

    /// @notice Begins a transfer of ownership. Owner only.
    /// @param newOwner Who has to accept; zero withdraws the offer.
    function transferOwnership(address newOwner) external;

    /// @notice Accepts the ownership. Pending owner only.
    function acceptOwnership() external;

    // ----------------------------------------------------------------------------------------------------------- state

    /// @notice What `mint` would mint now.
    /// @return The amount.
    function due() external view returns (uint256);

    /// @notice What the schedule has issued by a time on its clock.
    /// @param elapsed Seconds since the start, pauses not counted.
    /// @return The total, rounded down as the schedule says.
    function issuedAt(uint64 elapsed) external view returns (uint256);

    /// @notice The time on the schedule's clock: since the start, pauses not counted.
    /// @return Seconds; zero before the start.
    function elapsedSecs() external view returns (uint64);

    /// @notice All that was minted so far.
    /// @return The amount.
    function totalMinted() external view returns (uint256);

    /// @notice The token that is minted.
    /// @return The address.
    function token() external view returns (address);

    /// @notice The kind of schedule.
    /// @return The kind.
    function kind() external view returns (Schedule);

    /// @notice When the schedule's clock starts, seconds.
    /// @return The time.
    function startTs() external view returns (uint64);

    /// @notice How many numbers the schedule has.
    /// @return The number.
    function parameterCount() external view returns (uint256);

    /// @notice A number of the schedule.
    /// @param index Which one.
    /// @return The number; zero beyond the last one.
    function parameterAt(uint256 index) external view returns (uint256);

    /// @notice How many recipients there are.
    /// @return The number.
    function recipientCount() external view returns (uint256);

    /// @notice A recipient, its weight, and what it was minted under this list.
    /// @param index Which one; all zero beyond the last one.
    /// @return recipient The address.
    /// @return weightBps Its weight, basis points.
    /// @return minted What it received since the list holds.
    function recipientAt(uint256 index) external view returns (address recipient, uint256 weightBps, uint256 minted);

    /// @notice Whether issuance is stopped.
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

/// @title The constructor of the program `emission`
abstract contract Emission is IEmission {
    /// @notice Fixes the schedule and names the first recipients. The token's owner then makes the program a minter.
    /// @dev The meaning of `parameters` by kind is the table "Schedules" in contracts/emission/README.md.
    /// @param owner The owner, not zero; a timelock or a multisig.
    /// @param guardian Who may stop; zero: nobody but the owner.
    /// @param token The token, a contract with `mint(address,uint256)`.
    /// @param startTs When the clock starts, seconds: from the deployment to ten years after it; zero: at the deployment.
    /// @param kind The kind of schedule.
    /// @param parameters The kind's numbers.
    /// @param recipients 1 to 16 different addresses.
    /// @param weightsBps Their weights, 1 to 10,000 basis points each, 10,000 together.
    constructor(
        address owner,
        address guardian,
        address token,
        uint64 startTs,
        IEmission.Schedule kind,
        uint256[] memory parameters,
        address[] memory recipients,
        uint256[] memory weightsBps
    ) {}
}
