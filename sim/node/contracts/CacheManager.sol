// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

interface IArbWasm {
    function codehashVersion(bytes32 codehash) external view returns (uint16 version);
    function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
}

interface IArbWasmCache {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);
}

interface IArbOwnerPublic {
    function isChainOwner(address account) external view returns (bool);
}

/// @title Sells places in the network's cache of Stylus programs to the highest bidders.
/// @notice What `cargo stylus cache` talks to. This is Mintage's own contract with the network's interface and errors.
/// A bid loses `decay` wei a second: it is kept as value + time * decay, so that bids of different times compare.
/// When a new program does not fit, the lowest bids leave until it does, and the new bid has to be above all of them.
contract CacheManager {
    IArbWasm private constant ARB_WASM = IArbWasm(0x0000000000000000000000000000000000000071);
    IArbWasmCache private constant ARB_WASM_CACHE = IArbWasmCache(0x0000000000000000000000000000000000000072);
    IArbOwnerPublic private constant ARB_OWNER_PUBLIC = IArbOwnerPublic(0x000000000000000000000000000000000000006b);

    struct Entry {
        bytes32 code;
        uint64 size;
        uint192 bid;
    }

    /// Slot 0, set at genesis: the bytes of machine code that the cache holds, those in use, what a bid loses.
    uint64 public cacheSize;
    uint64 public queueSize;
    uint64 public decay;
    bool public isPaused;
    Entry[] private held;

    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);
    event SetCacheSize(uint64 size);
    event SetDecayRate(uint64 decay);
    event Pause();
    event Unpause();

    error NotChainOwner(address sender);
    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);
    error BidTooSmall(uint192 bid, uint192 min);
    error BidsArePaused();

    modifier onlyOwner() {
        if (!ARB_OWNER_PUBLIC.isChainOwner(msg.sender)) revert NotChainOwner(msg.sender);
        _;
    }

    /// @notice Everything that is cached through this manager.
    function getEntries() external view returns (Entry[] memory) {
        return held;
    }

    /// @notice What a program of this many bytes of machine code must at least bid now, in wei.
    function getMinBid(uint64 size) public view returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        uint256 free = cacheSize - queueSize;
        if (free >= size) return 0;
        bool[] memory gone = new bool[](held.length);
        uint192 highest;
        while (free < size) {
            uint256 lowest = _lowest(gone);
            gone[lowest] = true;
            highest = held[lowest].bid;
            free += held[lowest].size;
        }
        uint256 lost = block.timestamp * decay;
        return highest > lost ? uint192(highest - lost) : 0;
    }

    /// @notice What a program must at least bid now, in wei.
    function getMinBid(address program) external view returns (uint192 min) {
        return getMinBid(_asmSize(program.codehash));
    }

    /// @notice Bids the value of the call for a place of an activated program.
    function placeBid(address program) external payable {
        if (isPaused) revert BidsArePaused();
        bytes32 code = program.codehash;
        // Reverts with the network's own error where the program is not activated.
        ARB_WASM.codehashVersion(code);
        if (ARB_WASM_CACHE.codehashIsCached(code)) revert AlreadyCached(code);
        uint64 size = _asmSize(code);
        uint192 min = getMinBid(size);
        if (msg.value < min) revert BidTooSmall(uint192(msg.value), min);

        while (cacheSize - queueSize < size) _evict(_lowest(new bool[](held.length)));
        uint192 bid = uint192(msg.value + block.timestamp * decay);
        _forget(code);
        held.push(Entry(code, size, bid));
        queueSize += size;
        ARB_WASM_CACHE.cacheProgram(program);
        emit InsertBid(code, program, bid, size);
    }

    function setCacheSize(uint64 size) external onlyOwner {
        cacheSize = size;
        while (queueSize > cacheSize) _evict(_lowest(new bool[](held.length)));
        emit SetCacheSize(size);
    }

    function setDecayRate(uint64 rate) external onlyOwner {
        decay = rate;
        emit SetDecayRate(rate);
    }

    function pause() external onlyOwner {
        isPaused = true;
        emit Pause();
    }

    function unpause() external onlyOwner {
        isPaused = false;
        emit Unpause();
    }

    function evictAll() external onlyOwner {
        while (held.length != 0) _evict(held.length - 1);
    }

    /// @notice Sends what was bid to the owner who asks.
    function sweepFunds() external onlyOwner {
        (bool sent,) = msg.sender.call{value: address(this).balance}("");
        require(sent, "the owner refused the funds");
    }

    /// Estimates are of whole KiB; a program never counts as less than one byte.
    function _asmSize(bytes32 code) private view returns (uint64) {
        uint64 size = ARB_WASM.codehashAsmSize(code);
        return size == 0 ? 1 : size;
    }

    function _lowest(bool[] memory gone) private view returns (uint256 lowest) {
        uint192 bid = type(uint192).max;
        for (uint256 i = 0; i < held.length; i++) {
            if (!gone[i] && held[i].bid <= bid) (lowest, bid) = (i, held[i].bid);
        }
    }

    function _evict(uint256 index) private {
        Entry memory entry = _remove(index);
        ARB_WASM_CACHE.evictCodehash(entry.code);
        emit DeleteBid(entry.code, entry.bid, entry.size);
    }

    /// A program that another manager evicted still stands here.
    function _forget(bytes32 code) private {
        for (uint256 i = 0; i < held.length; i++) {
            if (held[i].code == code) {
                _remove(i);
                return;
            }
        }
    }

    function _remove(uint256 index) private returns (Entry memory entry) {
        entry = held[index];
        queueSize -= entry.size;
        held[index] = held[held.length - 1];
        held.pop();
    }
}
