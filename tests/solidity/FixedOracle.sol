// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title An oracle whose price a test chooses
contract FixedOracle {
    address public base;
    address public quote;
    uint8 public baseDecimals;
    uint8 public quoteDecimals;
    uint256 private priceRay;
    bool private stale;

    error OracleStale(uint64 observedTs, uint64 limitTs);

    constructor(address base_, address quote_, uint8 baseDecimals_, uint8 quoteDecimals_) {
        base = base_;
        quote = quote_;
        baseDecimals = baseDecimals_;
        quoteDecimals = quoteDecimals_;
    }

    function set(uint256 priceRay_, bool stale_) external {
        priceRay = priceRay_;
        stale = stale_;
    }

    function price() external view returns (uint256) {
        if (stale) revert OracleStale(1, 2);
        return priceRay;
    }
}
