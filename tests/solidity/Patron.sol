// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBuyback} from "mintage/IBuyback.sol";
import {IToken} from "mintage/IToken.sol";

/// @title What a dApp's contract does with the programs: it knows nothing but the published interfaces
/// @notice Holds a token for its members, who pay in with a permit, and starts buybacks of that token.
contract Patron {
    IToken public immutable token;
    IBuyback public immutable buyback;
    mapping(address member => uint256) public paidIn;

    event PaidIn(address indexed member, uint256 value);
    event Kicked(uint256 bought);
    event KickTooSoon(uint64 nextTs);
    event KickStarved(uint256 missing);
    event PermitFailed(address member, bytes4 reason);

    error NotEnoughPaidIn(uint256 paidIn, uint256 asked);

    constructor(IToken token_, IBuyback buyback_) {
        token = token_;
        buyback = buyback_;
    }

    /// @dev A permit can be taken from the mempool and used by anyone first: then it fails here, and the allowance is there.
    function payIn(uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        try token.permit(msg.sender, address(this), value, deadline, v, r, s) {}
        catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            if (selector == IToken.ERC2612ExpiredSignature.selector) revert IToken.ERC2612ExpiredSignature(deadline);
            emit PermitFailed(msg.sender, selector);
        }
        require(token.transferFrom(msg.sender, address(this), value), "transferFrom");
        paidIn[msg.sender] += value;
        emit PaidIn(msg.sender, value);
    }

    function payOut(uint256 value) external {
        uint256 have = paidIn[msg.sender];
        if (value > have) revert NotEnoughPaidIn(have, value);
        paidIn[msg.sender] = have - value;
        require(token.transfer(msg.sender, value), "transfer");
    }

    /// @notice Starts a buyback, or says why there is none yet. Errors that are no matter of waiting are passed on.
    function kick() external returns (bool kicked) {
        try buyback.kick() returns (uint256 bought) {
            emit Kicked(bought);
            return true;
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            if (selector == IBuyback.BuybackTooSoon.selector) {
                (, uint64 nextTs) = abi.decode(arguments(reason), (uint64, uint64));
                emit KickTooSoon(nextTs);
            } else if (selector == IBuyback.BuybackSurplusTooSmall.selector) {
                (uint256 surplus, uint256 needed) = abi.decode(arguments(reason), (uint256, uint256));
                emit KickStarved(needed - surplus);
            } else {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
    }

    function arguments(bytes memory reason) private pure returns (bytes memory data) {
        data = new bytes(reason.length - 4);
        for (uint256 i = 0; i < data.length; i++) data[i] = reason[i + 4];
    }
}
