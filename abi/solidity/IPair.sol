// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @title A constant-product pair with Uniswap v2's ABI and arithmetic
/// @notice Liquidity tokens, swaps at 0.3 % with a flash callback, and price accumulators. Every method answers, reverts and
/// logs as Uniswap v2's pair does: refusals are `Error(string)` with v2's own texts ("UniswapV2: K", "UniswapV2: LOCKED",
/// "ds-math-sub-underflow", ...) or empty, so that routers, libraries and indexers need nothing special. Storage has v2's layout too.
/// @dev All amounts are in the tokens' base units. The pair measures what it received by its own balances and never by a
/// parameter, so tokens are sent first and `mint`, `burn` or `swap` is called after, in the same transaction.
interface IPair {
    // ---------------------------------------------------------------------------------------------------------- errors

    /// @notice The constructor's tokens are not two different contracts in ascending order.
    /// @param token0 The first token given.
    /// @param token1 The second token given.
    error PairInvalidTokens(address token0, address token1);

    // ---------------------------------------------------------------------------------------------------------- events

    /// @notice An allowance over liquidity tokens was set by `approve` or `permit`.
    /// @param owner Whose tokens may be spent.
    /// @param spender Who may spend them.
    /// @param value The new allowance.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice Liquidity tokens moved; from zero: minted, to zero: burned (or locked for ever, once, at the first mint).
    /// @param from The former holder.
    /// @param to The new holder.
    /// @param value The amount.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice Liquidity was added.
    /// @param sender Who called `mint`.
    /// @param amount0 How much of token0 the pair had received.
    /// @param amount1 How much of token1 the pair had received.
    event Mint(address indexed sender, uint256 amount0, uint256 amount1);

    /// @notice Liquidity was removed.
    /// @param sender Who called `burn`.
    /// @param amount0 How much of token0 was paid out.
    /// @param amount1 How much of token1 was paid out.
    /// @param to Who received them.
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);

    /// @notice A swap took place.
    /// @param sender Who called `swap`.
    /// @param amount0In How much of token0 came in.
    /// @param amount1In How much of token1 came in.
    /// @param amount0Out How much of token0 was paid out.
    /// @param amount1Out How much of token1 was paid out.
    /// @param to Who received them.
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    /// @notice The reserves were written.
    /// @param reserve0 The reserve of token0.
    /// @param reserve1 The reserve of token1.
    event Sync(uint112 reserve0, uint112 reserve1);

    // ------------------------------------------------------------------------------------------------ liquidity tokens

    /// @notice The liquidity token's name, "Uniswap V2": part of the permit domain that v2's tools sign for.
    /// @return The name.
    function name() external pure returns (string memory);

    /// @notice The liquidity token's symbol, "UNI-V2".
    /// @return The symbol.
    function symbol() external pure returns (string memory);

    /// @notice The liquidity token's decimals, 18.
    /// @return The decimals.
    function decimals() external pure returns (uint8);

    /// @notice All liquidity tokens, the 1,000 that nobody can redeem included.
    /// @return The supply.
    function totalSupply() external view returns (uint256);

    /// @notice Somebody's liquidity tokens.
    /// @param owner The holder.
    /// @return The balance.
    function balanceOf(address owner) external view returns (uint256);

    /// @notice How much of an owner's liquidity tokens a spender may move; 2^256-1 is never used up.
    /// @param owner The holder.
    /// @param spender The spender.
    /// @return The allowance.
    function allowance(address owner, address spender) external view returns (uint256);

    /// @notice Sets the caller's allowance for a spender.
    /// @param spender Who may spend.
    /// @param value The new allowance, 0 to 2^256-1.
    /// @return Always true.
    function approve(address spender, uint256 value) external returns (bool);

    /// @notice Moves the caller's liquidity tokens.
    /// @param to The receiver.
    /// @param value The amount; more than the balance reverts "ds-math-sub-underflow".
    /// @return Always true.
    function transfer(address to, uint256 value) external returns (bool);

    /// @notice Moves an owner's liquidity tokens within the caller's allowance.
    /// @param from The owner.
    /// @param to The receiver.
    /// @param value The amount; more than allowance or balance reverts "ds-math-sub-underflow".
    /// @return Always true.
    function transferFrom(address from, address to, uint256 value) external returns (bool);

    /// @notice The EIP-712 domain of `permit`.
    /// @return The domain's hash.
    function DOMAIN_SEPARATOR() external view returns (bytes32);

    /// @notice The EIP-712 type of `permit`.
    /// @return keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)").
    function PERMIT_TYPEHASH() external pure returns (bytes32);

    /// @notice How many permits of an owner were used; the next signature must carry this number.
    /// @param owner The signer.
    /// @return The nonce.
    function nonces(address owner) external view returns (uint256);

    /// @notice Sets an allowance by the owner's signature. Reverts "UniswapV2: EXPIRED" or "UniswapV2: INVALID_SIGNATURE".
    /// @param owner The signer.
    /// @param spender Who may spend.
    /// @param value The new allowance.
    /// @param deadline The last timestamp at which the signature holds, in seconds.
    /// @param v The signature's recovery id, 27 or 28.
    /// @param r The signature's r.
    /// @param s The signature's s.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    // ---------------------------------------------------------------------------------------------------------- the pair

    /// @notice How many liquidity tokens the first mint locks for ever, 1,000.
    /// @return The amount.
    function MINIMUM_LIQUIDITY() external pure returns (uint256);

    /// @notice Who is asked for `feeTo()` at each mint and burn; zero: the protocol fee is off for good.
    /// @return The factory.
    function factory() external view returns (address);

    /// @notice The token with the lower address.
    /// @return The token.
    function token0() external view returns (address);

    /// @notice The token with the higher address.
    /// @return The token.
    function token1() external view returns (address);

    /// @notice The reserves as of the last mint, burn, swap or sync.
    /// @return _reserve0 The reserve of token0.
    /// @return _reserve1 The reserve of token1.
    /// @return _blockTimestampLast When they were written, in seconds modulo 2^32.
    function getReserves() external view returns (uint112 _reserve0, uint112 _reserve1, uint32 _blockTimestampLast);

    /// @notice The sum over time of reserve1/reserve0, as UQ112x112 times seconds; wraps modulo 2^256.
    /// @return The accumulator as of the last write of the reserves.
    function price0CumulativeLast() external view returns (uint256);

    /// @notice The sum over time of reserve0/reserve1, as UQ112x112 times seconds; wraps modulo 2^256.
    /// @return The accumulator as of the last write of the reserves.
    function price1CumulativeLast() external view returns (uint256);

    /// @notice reserve0 * reserve1 as of the last mint or burn while the protocol fee was on, else zero.
    /// @return The product.
    function kLast() external view returns (uint256);

    /// @notice Mints liquidity tokens for what was sent to the pair since its reserves were last written.
    /// @param to Who receives them.
    /// @return liquidity How many, rounded down.
    function mint(address to) external returns (uint256 liquidity);

    /// @notice Burns the liquidity tokens that the pair itself holds and pays out their share.
    /// @param to Who receives the tokens.
    /// @return amount0 How much of token0, rounded down.
    /// @return amount1 How much of token1, rounded down.
    function burn(address to) external returns (uint256 amount0, uint256 amount1);

    /// @notice Pays out first, then requires that what came in, less 0.3 %, keeps the product of the reserves.
    /// @param amount0Out How much of token0 to pay out, below its reserve.
    /// @param amount1Out How much of token1 to pay out, below its reserve.
    /// @param to Who receives them; neither of the tokens.
    /// @param data If not empty, `to` is called back: `uniswapV2Call(msg.sender, amount0Out, amount1Out, data)`.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;

    /// @notice Pays out what the pair holds above its reserves.
    /// @param to Who receives it.
    function skim(address to) external;

    /// @notice Makes the reserves equal to what the pair holds.
    function sync() external;

    /// @notice Names the tokens of a pair that was constructed without them; by the factory, once. Else "UniswapV2: FORBIDDEN".
    /// @param _token0 The token with the lower address.
    /// @param _token1 The token with the higher address.
    function initialize(address _token0, address _token1) external;
}

/// @title The constructor of the program `pair`
abstract contract Pair is IPair {
    /// @notice Deploys a pair, with or without a factory contract.
    /// @param factory Who answers `feeTo()`; zero: no protocol fee. It must have code, or `mint` and `burn` revert.
    /// @param token0 The token with the lower address; zero together with token1: the factory calls `initialize` later.
    /// @param token1 The token with the higher address.
    constructor(address factory, address token0, address token1) {}
}
