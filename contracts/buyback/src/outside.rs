//! The contracts that a buyback deals with, as far as it does.

mintage_kit::client! {
    /// A treasury that lets this program spend within a limit.
    interface SpendingTreasury {
        /// What of an asset is above its floor.
        function spendable(address asset) external view returns (uint256);
        /// Pays an asset out.
        function spend(address asset, address to, uint256 amount) external;
    }
}

mintage_kit::client! {
    /// A Uniswap v2 pair, this project's or any other.
    interface TradedPair {
        /// The token with the lower address.
        function token0() external view returns (address);
        /// The token with the higher address.
        function token1() external view returns (address);
        /// The reserves and when they were written.
        function getReserves() external view returns (uint112, uint112, uint32);
        /// Pays out for what it holds above its reserves.
        function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
    }
}

mintage_kit::client! {
    /// An oracle that refuses rather than give a doubtful price.
    interface PriceFeed {
        /// The token that is priced.
        function base() external view returns (address);
        /// What it is priced in.
        function quote() external view returns (address);
        /// The base's decimals.
        function baseDecimals() external view returns (uint8);
        /// The quote's decimals.
        function quoteDecimals() external view returns (uint8);
        /// Whole quote for one whole base, ray.
        function price() external view returns (uint256);
    }
}

mintage_kit::client! {
    /// The token that is bought.
    interface BurnableToken {
        /// The supply.
        function totalSupply() external view returns (uint256);
        /// Destroys tokens of the caller.
        function burn(uint256 amount) external;
    }
}
