// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @title A time-weighted average price over the accumulators of a Uniswap v2 pair
/// @notice The price of `base` in `quote` as the arithmetic mean over a window, refused when the observations are too few or
/// too old, or when the recent mean has left the window's mean. Nobody owns it, nothing in it can be changed, and no spot
/// price enters: a trade moves the result only by as long as its price has stood.
/// @dev Anyone keeps it alive by calling `observe` about once a period. Prices are in ray (1e27) per whole token: whole
/// quote tokens for one whole base token, the decimals of both taken at construction.
interface IPriceOracle {
    // ---------------------------------------------------------------------------------------------------------- errors

    /// @notice A constructor parameter is outside its range.
    /// @param parameter Its name.
    /// @param value What was given.
    /// @param min The smallest allowed value.
    /// @param max The largest allowed value.
    error ParameterOutOfRange(bytes32 parameter, uint256 value, uint256 min, uint256 max);

    /// @notice The pair does not trade the base token.
    /// @param pair The pair.
    /// @param token The token that it does not hold.
    error OracleTokenNotInPair(address pair, address token);

    /// @notice A contract that the oracle reads did not answer as it should.
    /// @param target The contract.
    /// @param selector The method.
    error OracleReadFailed(address target, bytes4 selector);

    /// @notice The pair has no liquidity on one side or both, hence no price.
    /// @param pair The pair.
    error OraclePairEmpty(address pair);

    /// @notice No observation is old enough yet.
    /// @param neededTs An observation of this time or before is needed, seconds.
    /// @param oldestTs The oldest one that is kept, seconds; zero: there is none.
    error OracleNotEnoughHistory(uint64 neededTs, uint64 oldestTs);

    /// @notice The youngest observation that is old enough is too old: `observe` was not called for too long.
    /// @param observedTs Its time, seconds.
    /// @param limitTs It may not be before this time, seconds.
    error OracleStale(uint64 observedTs, uint64 limitTs);

    /// @notice The recent mean is further from the window's mean than allowed: the price is moving, or being moved.
    /// @param windowRay The mean over the window.
    /// @param recentRay The mean over the recent part.
    /// @param maxDeviationBps The limit, of the window's mean.
    error OracleDeviation(uint256 windowRay, uint256 recentRay, uint256 maxDeviationBps);

    /// @notice The mean is zero or too large in ray.
    /// @param averageX112 The mean in base units of quote for one base unit of base, times 2^112.
    error OraclePriceUnrepresentable(uint256 averageX112);

    // ---------------------------------------------------------------------------------------------------------- events

    /// @notice The oracle was constructed.
    /// @param pair The pair that it reads.
    /// @param base The token that is priced.
    /// @param quote The token that it is priced in.
    /// @param windowSecs The window, seconds.
    /// @param recentSecs The recent part, seconds.
    /// @param periodSecs The shortest time between two observations, seconds.
    /// @param maxAgeSecs By how much an interval may be longer than asked, seconds.
    /// @param maxDeviationBps By how much the recent mean may differ from the window's, basis points.
    event OracleCreated(
        address indexed pair,
        address indexed base,
        address indexed quote,
        uint64 windowSecs,
        uint64 recentSecs,
        uint64 periodSecs,
        uint64 maxAgeSecs,
        uint16 maxDeviationBps
    );

    /// @notice An observation was kept.
    /// @param number How many were written before it.
    /// @param timestampTs Its time, seconds.
    /// @param cumulative The pair's accumulator at that time, UQ112x112 times seconds, modulo 2^256.
    event Observed(uint256 indexed number, uint64 timestampTs, uint256 cumulative);

    // --------------------------------------------------------------------------------------------------------- methods

    /// @notice Keeps an observation if the last one is at least a period old. Anyone may call it, as often as they like.
    /// @return written Whether one was kept.
    function observe() external returns (bool written);

    /// @notice The price of one whole base token in whole quote tokens, ray, rounded down. Reverts rather than give a doubtful one.
    /// @return priceRay The mean over the window.
    function price() external view returns (uint256 priceRay);

    /// @notice Both means and where they start, without the check of their deviation.
    /// @return windowRay The mean over the window, ray, rounded down.
    /// @return windowFromTs Since when, seconds.
    /// @return recentRay The mean over the recent part, ray, rounded down.
    /// @return recentFromTs Since when, seconds.
    function means()
        external
        view
        returns (uint256 windowRay, uint64 windowFromTs, uint256 recentRay, uint64 recentFromTs);

    // ----------------------------------------------------------------------------------------------------------- state

    /// @notice The pair that is read.
    /// @return The pair.
    function pair() external view returns (address);

    /// @notice The token that is priced.
    /// @return The token.
    function base() external view returns (address);

    /// @notice The token that it is priced in.
    /// @return The token.
    function quote() external view returns (address);

    /// @notice The base token's decimals as stored at construction.
    /// @return The decimals.
    function baseDecimals() external view returns (uint8);

    /// @notice The quote token's decimals as stored at construction.
    /// @return The decimals.
    function quoteDecimals() external view returns (uint8);

    /// @notice The window of the mean, seconds.
    /// @return The length.
    function windowSecs() external view returns (uint64);

    /// @notice The recent part that is held against the window, seconds.
    /// @return The length.
    function recentSecs() external view returns (uint64);

    /// @notice The shortest time between two observations, seconds.
    /// @return The length.
    function periodSecs() external view returns (uint64);

    /// @notice By how much an interval may be longer than asked, seconds.
    /// @return The length.
    function maxAgeSecs() external view returns (uint64);

    /// @notice By how much the recent mean may differ from the window's, basis points of the latter.
    /// @return The limit.
    function maxDeviationBps() external view returns (uint16);

    /// @notice How many observations are kept at most; enough to reach back a window at one a period.
    /// @return The size of the ring.
    function cardinality() external view returns (uint256);

    /// @notice How many observations were ever written.
    /// @return The number; the last one has this number less one.
    function observationCount() external view returns (uint256);

    /// @notice An observation that is still kept; both zero for one that is not.
    /// @param number Which one, counted from zero.
    /// @return timestampTs Its time, seconds.
    /// @return cumulative The pair's accumulator at that time.
    function observation(uint256 number) external view returns (uint64 timestampTs, uint256 cumulative);
}

/// @title The constructor of the program `price-oracle`
abstract contract PriceOracle is IPriceOracle {
    /// @notice Fixes everything and, if the pair has liquidity, keeps the first observation.
    /// @param pair A Uniswap v2 pair, or this project's program `pair`.
    /// @param base The token to price, one of the pair's; at most 36 decimals, the other one's too.
    /// @param windowSecs The window, 1,800 to 604,800 seconds.
    /// @param recentSecs The recent part, 60 seconds to half the window.
    /// @param periodSecs The shortest time between two observations, 10 seconds to the window, at least a 255th of it.
    /// @param maxAgeSecs By how much an interval may be longer than asked, one period to the window.
    /// @param maxDeviationBps By how much the recent mean may differ from the window's, 1 to 5,000 basis points.
    constructor(
        address pair,
        address base,
        uint64 windowSecs,
        uint64 recentSecs,
        uint64 periodSecs,
        uint64 maxAgeSecs,
        uint16 maxDeviationBps
    ) {}
}
