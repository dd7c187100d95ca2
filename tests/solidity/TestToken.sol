// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title An ERC-20 for tests whose misbehaviour can be chosen
/// @notice Honest by default. `misbehave` picks what `transfer` and `transferFrom` answer, `setFee` takes a part of each
/// transfer, `setHook` calls somebody back in the middle of each transfer, `setBalance` writes any balance.
contract TestToken {
    enum Answer {
        True,
        Nothing,
        False,
        DirtyTrue,
        Short,
        Long,
        Revert,
        RevertEmpty,
        BalanceReverts,
        BalanceShort
    }

    uint8 public decimals;
    uint256 public totalSupply;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => uint256) private balances;

    Answer public answer;
    uint256 public feeBps;
    uint256 public senderFee;
    address private hookTarget;
    bytes private hookData;
    bool private hookMustSucceed;
    bool public burnKeeps;
    bytes public hookResult;
    bool public hookSucceeded;

    event Transfer(address indexed from, address indexed to, uint256 value);

    error Misbehaved(uint256 code);

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function misbehave(Answer answer_) external {
        answer = answer_;
    }

    function setFee(uint256 feeBps_, uint256 senderFee_) external {
        feeBps = feeBps_;
        senderFee = senderFee_;
    }

    function setHook(address target, bytes calldata data, bool mustSucceed) external {
        hookTarget = target;
        hookData = data;
        hookMustSucceed = mustSucceed;
    }

    function setBurnKeeps(bool keeps) external {
        burnKeeps = keeps;
    }

    function setBalance(address account, uint256 value) external {
        unchecked {
            totalSupply = totalSupply - balances[account] + value;
        }
        balances[account] = value;
    }

    function balanceOf(address account) external view returns (uint256) {
        if (answer == Answer.BalanceReverts) revert Misbehaved(8);
        if (answer == Answer.BalanceShort) {
            assembly {
                return(0, 31)
            }
        }
        return balances[account];
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    function transfer(address to, uint256 value) external {
        move(msg.sender, to, value);
        respond();
    }

    function transferFrom(address from, address to, uint256 value) external {
        allowance[from][msg.sender] -= value;
        move(from, to, value);
        respond();
    }

    function burn(uint256 value) external {
        balances[msg.sender] -= value;
        if (!burnKeeps) totalSupply -= value;
        emit Transfer(msg.sender, address(0), value);
    }

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balances[to] += value;
        emit Transfer(address(0), to, value);
    }

    function move(address from, address to, uint256 value) private {
        uint256 fee = value * feeBps / 10_000;
        balances[from] -= value + senderFee;
        unchecked {
            balances[to] += value - fee;
            totalSupply -= fee + senderFee;
        }
        emit Transfer(from, to, value - fee);
        if (hookTarget != address(0)) {
            (bool ok, bytes memory result) = hookTarget.call(hookData);
            hookSucceeded = ok;
            hookResult = result;
            if (hookMustSucceed && !ok) {
                assembly {
                    revert(add(result, 32), mload(result))
                }
            }
        }
    }

    function respond() private view {
        Answer a = answer;
        if (a == Answer.Revert) revert Misbehaved(6);
        assembly {
            switch a
            case 1 { return(0, 0) }
            case 2 {
                mstore(0, 0)
                return(0, 32)
            }
            case 3 {
                mstore(0, 2)
                return(0, 32)
            }
            case 4 {
                mstore(0, 1)
                return(0, 31)
            }
            case 5 {
                mstore(0, 1)
                mstore(32, 7)
                return(0, 64)
            }
            case 7 { revert(0, 0) }
            default {
                mstore(0, 1)
                return(0, 32)
            }
        }
    }
}
