// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @title Buys the token with the treasury's surplus and burns it
/// @notice Once per hop anyone may `kick`: if the treasury holds a lot and a hump above its floor, one lot goes straight from
/// the treasury to the pair, is swapped there, and what comes out is burned in the same call. The output must reach the
/// oracle's floor or everything reverts, the hop included. Nobody chooses a path, an amount or a minimum.
/// @dev Treasury, pair, oracle, asset and token are fixed at construction: for others, deploy another one and grant it a limit.
/// Amounts are in base units of asset (spent) and token (bought and burned).
interface IBuyback {
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

    /// @notice The program was called back during a kick.
    error ReentrantCall();

    /// @notice Pair, oracle and token do not fit each other.
    /// @param target The pair or the oracle.
    /// @param token The token that it does not trade or price, or the asset that it does not price in.
    error BuybackMismatch(address target, address token);

    /// @notice A swept token's contract does not exist, or answered a transfer with anything but true or nothing.
    /// @param token The token.
    error SafeERC20FailedOperation(address token);

    /// @notice Buybacks are stopped: the hop is at its maximum.
    error BuybackStopped();

    /// @notice The hop has not passed.
    /// @param nowTs The time, seconds.
    /// @param nextTs When the next kick is allowed, seconds.
    error BuybackTooSoon(uint64 nowTs, uint64 nextTs);

    /// @notice The treasury's surplus does not cover the lot and the hump.
    /// @param surplus What the treasury holds above its floor.
    /// @param needed The lot and the hump.
    error BuybackSurplusTooSmall(uint256 surplus, uint256 needed);

    /// @notice The oracle's price gives no floor: it is zero, or so small that the floor does not fit 256 bits.
    /// @param priceRay The price.
    error BuybackNoFloor(uint256 priceRay);

    /// @notice The swap would bring less than the oracle's floor.
    /// @param bought What was bought.
    /// @param minimum What had to be bought, rounded up.
    error BuybackBelowFloor(uint256 bought, uint256 minimum);

    /// @notice The token's supply did not fall by what was burned.
    /// @param burned What was to be burned.
    /// @param supplyFell By how much the supply fell.
    error BuybackBurnMismatch(uint256 burned, uint256 supplyFell);

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

    /// @notice A parameter changed ("hopSecs", "lot", "hump", "wantWad").
    /// @param parameter Its name.
    /// @param oldValue The former value; zero at construction.
    /// @param newValue The value.
    event ParameterSet(bytes32 indexed parameter, uint256 oldValue, uint256 newValue);

    /// @notice A lot was spent, and what it bought was burned.
    /// @param caller Who kicked.
    /// @param spent What left the treasury, base units of the asset.
    /// @param bought What was bought and burned, base units of the token.
    /// @param minimum The oracle's floor for it.
    /// @param priceRay The oracle's price, whole asset for one whole token, ray.
    event Kicked(address indexed caller, uint256 spent, uint256 bought, uint256 minimum, uint256 priceRay);

    /// @notice What somebody had sent to the program was put where it belongs.
    /// @param token What was sent there.
    /// @param to The treasury; zero: burned.
    /// @param amount How much.
    event Swept(address indexed token, address indexed to, uint256 amount);

    // --------------------------------------------------------------------------------------------------------- methods

    /// @notice Spends one lot if the hop has passed and the surplus allows. Anyone may call it.
    /// @return bought What was bought and burned.
    function kick() external returns (uint256 bought);

    /// @notice Burns tokens and sends other assets to the treasury that somebody sent to the program. Anyone may call it.
    /// @param foreign The token or another ERC-20.
    /// @return amount How much there was.
    function sweep(address foreign) external returns (uint256 amount);

    // ------------------------------------------------------------------------------------------------------ governance

    /// @notice Stops buybacks by putting the hop at its maximum. Guardian or owner.
    function stop() external;

    /// @notice Sets the shortest time between two kicks. Owner only.
    /// @param newHopSecs 600 (10 minutes) to 2,592,000 (30 days) seconds, or 2^64-1: stopped.
    function setHopSecs(uint64 newHopSecs) external;

    /// @notice Sets how much is spent at once. Owner only.
    /// @param newLot 1 to 2^112-1 base units of the asset.
    function setLot(uint128 newLot) external;

    /// @notice Sets what must remain in the treasury above its floor after a kick. Owner only.
    /// @param newHump 0 to 2^112-1 base units of the asset.
    function setHump(uint128 newHump) external;

    /// @notice Sets which part of the oracle's amount the swap must bring. Owner only.
    /// @param newWantWad 0.9e18 to 1e18.
    function setWantWad(uint256 newWantWad) external;

    /// @notice Names the guardian, who can stop but not start. Owner only.
    /// @param newGuardian The guardian; zero: none.
    function setGuardian(address newGuardian) external;

    /// @notice Begins a transfer of ownership. Owner only.
    /// @param newOwner Who has to accept; zero withdraws the offer.
    function transferOwnership(address newOwner) external;

    /// @notice Accepts the ownership. Pending owner only.
    function acceptOwnership() external;

    // ----------------------------------------------------------------------------------------------------------- state

    /// @notice What a lot must bring at the oracle's price now, rounded up. Reverts as the oracle does.
    /// @return The least amount of tokens.
    function minimumOut() external view returns (uint256);

    /// @notice When the next kick is allowed, seconds; 2^64-1 while stopped.
    /// @return The time.
    function nextKickTs() external view returns (uint64);

    /// @notice When the last kick was, seconds; zero: never.
    /// @return The time.
    function lastKickTs() external view returns (uint64);

    /// @notice The shortest time between two kicks, seconds; 2^64-1: stopped.
    /// @return The length.
    function hopSecs() external view returns (uint64);

    /// @notice How much is spent at once, base units of the asset.
    /// @return The amount.
    function lot() external view returns (uint128);

    /// @notice What must remain in the treasury above its floor after a kick, base units of the asset.
    /// @return The amount.
    function hump() external view returns (uint128);

    /// @notice Which part of the oracle's amount the swap must bring, wad.
    /// @return The part.
    function wantWad() external view returns (uint256);

    /// @notice All that was ever spent, base units of the asset.
    /// @return The amount.
    function totalSpent() external view returns (uint256);

    /// @notice All that was ever bought and burned, base units of the token.
    /// @return The amount.
    function totalBurned() external view returns (uint256);

    /// @notice The treasury that pays.
    /// @return The address.
    function treasury() external view returns (address);

    /// @notice The pair that is traded on.
    /// @return The address.
    function pair() external view returns (address);

    /// @notice The oracle that sets the floor.
    /// @return The address.
    function oracle() external view returns (address);

    /// @notice What is spent.
    /// @return The address.
    function asset() external view returns (address);

    /// @notice What is bought and burned.
    /// @return The address.
    function token() external view returns (address);

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

/// @title The constructor of the program `buyback`
abstract contract Buyback is IBuyback {
    /// @notice Fixes whom it deals with and sets the parameters. The treasury's owner then grants it a limit for the asset.
    /// @param owner The owner, not zero; a timelock or a multisig.
    /// @param guardian Who may stop; zero: nobody but the owner.
    /// @param treasury The treasury that pays.
    /// @param pair The pair of token and asset.
    /// @param oracle The oracle that prices the token in the asset.
    /// @param token What is bought and burned: ERC-20 with `burn(uint256)`. The asset is the pair's other token.
    /// @param hopSecs The shortest time between two kicks, 600 to 2,592,000 seconds, or 2^64-1: stopped.
    /// @param lot How much is spent at once, 1 to 2^112-1 base units of the asset.
    /// @param hump What must remain in the treasury above its floor after a kick, 0 to 2^112-1 base units of the asset.
    /// @param wantWad Which part of the oracle's amount the swap must bring, 0.9e18 to 1e18.
    constructor(
        address owner,
        address guardian,
        address treasury,
        address pair,
        address oracle,
        address token,
        uint64 hopSecs,
        uint128 lot,
        uint128 hump,
        uint256 wantWad
    ) {}
}
