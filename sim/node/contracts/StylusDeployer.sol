// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

interface IArbWasm {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function codehashVersion(bytes32 codehash) external view returns (uint16 version);
    function stylusVersion() external view returns (uint16 version);
}

/// @title Creates, activates and constructs a Stylus program in one transaction.
/// @notice What `cargo stylus deploy` calls for a program with a constructor. This is Mintage's own contract with the
/// network's interface, events and errors, at the network's address. A salt is hashed together with the init data, so
/// that a program's address depends on how it was constructed; the addresses are those that the network's gives.
contract StylusDeployer {
    IArbWasm private constant ARB_WASM = IArbWasm(0x0000000000000000000000000000000000000071);

    event ContractDeployed(address deployedContract);

    error EmptyBytecode();
    error InitValueButNotInitData();
    error ContractDeploymentError(bytes bytecode);
    error ContractInitializationError(address newContract, bytes data);
    error RefundExcessValueError(uint256 excessValue);

    /// @param bytecode init code that returns the program's code
    /// @param initData call to the constructor; empty for none
    /// @param initValue wei for the constructor; the rest of the value pays for the activation and comes back
    /// @param salt 0 for a plain CREATE
    function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
        external
        payable
        returns (address program)
    {
        if (bytecode.length == 0) revert EmptyBytecode();
        if (initValue != 0 && initData.length == 0) revert InitValueButNotInitData();
        // What others sent here before is not this caller's to spend.
        uint256 before = address(this).balance - msg.value;

        program = _create(bytecode, initData, salt);
        if (_needsActivation(program)) {
            ARB_WASM.activateProgram{value: msg.value - initValue}(program);
        }
        if (initData.length != 0) {
            (bool done, bytes memory answer) = program.call{value: initValue}(initData);
            if (!done) revert ContractInitializationError(program, answer);
        }

        uint256 excess = address(this).balance - before;
        if (excess != 0) {
            (bool refunded,) = msg.sender.call{value: excess}("");
            if (!refunded) revert RefundExcessValueError(excess);
        }
        emit ContractDeployed(program);
    }

    /// @notice Whether a program has to be activated before it can be called.
    function requiresActivation(address program) external view returns (bool) {
        return _needsActivation(program);
    }

    /// @notice The salt of the CREATE2 that a salt and init data lead to.
    function initSalt(bytes32 salt, bytes calldata initData) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(salt, initData));
    }

    function _create(bytes calldata bytecode, bytes calldata initData, bytes32 salt) private returns (address made) {
        bytes memory code = bytecode;
        if (salt == 0) {
            assembly ("memory-safe") {
                made := create(0, add(code, 0x20), mload(code))
            }
        } else {
            salt = initSalt(salt, initData);
            assembly ("memory-safe") {
                made := create2(0, add(code, 0x20), mload(code), salt)
            }
        }
        if (made == address(0)) {
            assembly ("memory-safe") {
                // The creation's own reason, if it gave one.
                if returndatasize() {
                    let at := mload(0x40)
                    returndatacopy(at, 0, returndatasize())
                    revert(at, returndatasize())
                }
            }
            revert ContractDeploymentError(bytecode);
        }
    }

    /// A program whose code hash was never activated, has expired or is of an older version makes ArbWasm revert.
    function _needsActivation(address program) private view returns (bool) {
        bytes memory code = program.code;
        // Only 0xEFF000.. (a program) and 0xEFF002.. (a root of fragments) are activated.
        if (code.length < 4 || code[0] != 0xEF || code[1] != 0xF0 || (code[2] != 0x00 && code[2] != 0x02)) return false;
        try ARB_WASM.codehashVersion(program.codehash) returns (uint16 version) {
            return version != ARB_WASM.stylusVersion();
        } catch {
            return true;
        }
    }
}
