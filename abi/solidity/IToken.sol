// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @title An ERC-20 token with a hard cap, rate-limited minters and an optional, bounded transfer fee
/// @notice ERC-20 with metadata, permit (ERC-2612) and the errors of ERC-6093. New tokens come from minters only, each within
/// its own refilling bucket, and never past a cap that can only be lowered. A transfer fee may be set up to 100 basis points,
/// part of it burned. A guardian can stop minting; nobody can stop transfers, and no method lowers the balance of an account
/// that did not authorise it.
/// @dev Amounts are in base units. Everything ever minted fits 128 bits, so minted and burned share one storage slot.
interface IToken {
    // ----------------------------------------------------------------------------------------------------------- types

    /// @notice What the cap counts.
    enum CapBasis {
        /// Everything ever minted: a burn is for good.
        LifetimeMinted,
        /// What exists now: a burn makes room.
        Circulating
    }

    // ---------------------------------------------------------------------------------------------------------- errors

    /// @notice The sender has less than it sends.
    /// @param sender Who sends.
    /// @param balance What it has.
    /// @param needed What it would need.
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    /// @notice The zero address cannot send.
    /// @param sender The address.
    error ERC20InvalidSender(address sender);

    /// @notice The zero address cannot receive; the token itself cannot receive its fee.
    /// @param receiver The address.
    error ERC20InvalidReceiver(address receiver);

    /// @notice The spender may spend less.
    /// @param spender Who spends.
    /// @param allowance What it may spend.
    /// @param needed What it would need.
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    /// @notice The zero address cannot approve.
    /// @param approver The address.
    error ERC20InvalidApprover(address approver);

    /// @notice The zero address cannot be approved.
    /// @param spender The address.
    error ERC20InvalidSpender(address spender);

    /// @notice A permit's deadline has passed.
    /// @param deadline The deadline, seconds.
    error ERC2612ExpiredSignature(uint256 deadline);

    /// @notice A permit was signed by another account, or its signature is malformed, malleable or used.
    /// @param signer Who signed; zero: nobody.
    /// @param owner Who should have.
    error ERC2612InvalidSigner(address signer, address owner);

    /// @notice A mint would pass the cap.
    /// @param increasedSupply What would count after it.
    /// @param cap The cap.
    error ERC20ExceededCap(uint256 increasedSupply, uint256 cap);

    /// @notice The account is not a minter.
    /// @param account Who tried to mint.
    error TokenNotMinter(address account);

    /// @notice A mint is larger than what the minter's bucket holds now.
    /// @param minter The minter.
    /// @param amount What was asked for.
    /// @param available What the bucket holds.
    error TokenMintLimited(address minter, uint256 amount, uint256 available);

    /// @notice Only the fee manager may do this.
    /// @param account Who tried.
    error TokenNotFeeManager(address account);

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

    /// @notice Minting is paused.
    error EnforcedPause();

    /// @notice Minting is not paused.
    error ExpectedPause();

    // ---------------------------------------------------------------------------------------------------------- events

    /// @notice Tokens moved, were minted (from zero) or burned (to zero).
    /// @param from Whose tokens.
    /// @param to Who received them.
    /// @param value How many.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice An allowance was set.
    /// @param owner Whose tokens.
    /// @param spender Who may spend them.
    /// @param value How many.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice The cap was set at construction, or lowered.
    /// @param oldCap The cap until then.
    /// @param newCap The cap from then on.
    event CapLowered(uint256 oldCap, uint256 newCap);

    /// @notice A minter's limit changed.
    /// @param minter The minter.
    /// @param oldLimitPerDay What it could mint in any 24 hours until then.
    /// @param newLimitPerDay What it can mint from then on; zero: nothing.
    event MinterSet(address indexed minter, uint256 oldLimitPerDay, uint256 newLimitPerDay);

    /// @notice The transfer fee changed.
    /// @param feeBps The fee, in basis points of the value.
    /// @param burnBps How much of the fee is burned, in basis points of the fee.
    /// @param receiver Who receives the rest.
    event TransferFeeSet(uint16 feeBps, uint16 burnBps, address indexed receiver);

    /// @notice An account was exempted from the fee, or no longer is.
    /// @param account The account.
    /// @param exempt Whether transfers from it and to it are free.
    event FeeExemptSet(address indexed account, bool exempt);

    /// @notice The fee manager changed.
    /// @param previousFeeManager The former fee manager.
    /// @param newFeeManager The fee manager; zero: none.
    event FeeManagerChanged(address indexed previousFeeManager, address indexed newFeeManager);

    /// @notice A transfer of ownership was begun (or, to zero, withdrawn).
    /// @param previousOwner The owner.
    /// @param newOwner Who has to accept.
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);

    /// @notice The owner changed.
    /// @param previousOwner The former owner; zero at construction.
    /// @param newOwner The owner; zero: none ever again.
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    /// @notice The guardian changed.
    /// @param previousGuardian The former guardian.
    /// @param newGuardian The guardian; zero: none.
    event GuardianChanged(address indexed previousGuardian, address indexed newGuardian);

    /// @notice Minting was stopped.
    /// @param account By whom.
    event Paused(address account);

    /// @notice Minting was allowed again.
    /// @param account By whom.
    event Unpaused(address account);

    // ---------------------------------------------------------------------------------------------------------- ERC-20

    /// @notice The token's name.
    function name() external view returns (string memory);

    /// @notice The token's symbol.
    function symbol() external view returns (string memory);

    /// @notice How many decimal places a whole token has.
    function decimals() external view returns (uint8);

    /// @notice All tokens that exist: minted less burned.
    function totalSupply() external view returns (uint256);

    /// @notice The balance of an account.
    /// @param account The account.
    function balanceOf(address account) external view returns (uint256);

    /// @notice Sends tokens of the caller. Where a fee applies the receiver gets `value` less the fee.
    /// @param to Who receives.
    /// @param value How many leave the caller.
    function transfer(address to, uint256 value) external returns (bool);

    /// @notice What a spender may still spend.
    /// @param owner Whose tokens.
    /// @param spender Who spends.
    function allowance(address owner, address spender) external view returns (uint256);

    /// @notice Sets what a spender may spend of the caller's tokens. 2^256-1 is without limit.
    /// @param spender Who may spend.
    /// @param value How many.
    function approve(address spender, uint256 value) external returns (bool);

    /// @notice Sends tokens of an account that allowed it. Where a fee applies the receiver gets `value` less the fee.
    /// @param from Whose tokens.
    /// @param to Who receives.
    /// @param value How many leave `from`.
    function transferFrom(address from, address to, uint256 value) external returns (bool);

    // -------------------------------------------------------------------------------------------------------- ERC-2612

    /// @notice Sets an allowance by the owner's signature (EIP-712, version "1").
    /// @param owner Whose tokens.
    /// @param spender Who may spend.
    /// @param value How many.
    /// @param deadline The last second in which the signature counts.
    /// @param v 27 or 28.
    /// @param r The signature's point.
    /// @param s The signature's proof, in the lower half of the order.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    /// @notice The nonce that the account's next permit must hold.
    /// @param owner The account.
    function nonces(address owner) external view returns (uint256);

    /// @notice The EIP-712 domain separator, for the chain's id as it is now.
    function DOMAIN_SEPARATOR() external view returns (bytes32);

    // --------------------------------------------------------------------------------------------------- mint and burn

    /// @notice Makes new tokens. Only a minter, within its bucket, under the cap, while minting is not paused.
    /// @param to Who receives.
    /// @param amount How many.
    function mint(address to, uint256 amount) external;

    /// @notice Burns tokens of the caller.
    /// @param amount How many.
    function burn(uint256 amount) external;

    /// @notice Burns tokens of an account that allowed it.
    /// @param account Whose tokens.
    /// @param amount How many.
    function burnFrom(address account, uint256 amount) external;

    /// @notice Everything ever minted.
    function totalMinted() external view returns (uint256);

    /// @notice Everything ever burned, fees included.
    function totalBurned() external view returns (uint256);

    /// @notice The cap.
    function cap() external view returns (uint256);

    /// @notice What the cap counts; fixed at construction.
    function capBasis() external view returns (CapBasis);

    /// @notice Lowers the cap. Only the owner; never below what already counts.
    /// @param newCap The new cap.
    function lowerCap(uint256 newCap) external;

    /// @notice Makes an account a minter, changes its limit, or (with zero) ends it. What it used of its bucket stays used.
    /// Only the owner.
    /// @param minter The account.
    /// @param limitPerDay The most that it may mint in any 24 hours: up to half at once, half flowing back in a day.
    function setMinter(address minter, uint256 limitPerDay) external;

    /// @notice A minter's limit.
    /// @param minter The account.
    /// @return limitPerDay The most that it may mint in any 24 hours.
    /// @return available What its bucket holds now.
    function minterLimit(address minter) external view returns (uint256 limitPerDay, uint256 available);

    // ------------------------------------------------------------------------------------------------------------ fee

    /// @notice The transfer fee.
    /// @return feeBps The fee, in basis points of the value; at most 100.
    /// @return burnBps How much of the fee is burned, in basis points of the fee.
    /// @return receiver Who receives the rest.
    function transferFee() external view returns (uint16 feeBps, uint16 burnBps, address receiver);

    /// @notice Sets the transfer fee. Only the fee manager.
    /// @param feeBps The fee, in basis points of the value; at most 100.
    /// @param burnBps How much of the fee is burned, in basis points of the fee; at most 10,000.
    /// @param receiver Who receives the rest; not zero and not the token unless all of it is burned.
    function setTransferFee(uint16 feeBps, uint16 burnBps, address receiver) external;

    /// @notice Whether transfers from and to an account are free.
    /// @param account The account.
    function isFeeExempt(address account) external view returns (bool);

    /// @notice Exempts an account from the fee on both sides: pools, vaults, bridges. Only the fee manager.
    /// @param account The account.
    /// @param exempt Whether its transfers are free.
    function setFeeExempt(address account, bool exempt) external;

    // ----------------------------------------------------------------------------------------------------------- roles

    /// @notice The owner: appoints minters, fee manager and guardian, lowers the cap, ends a pause.
    function owner() external view returns (address);

    /// @notice Who has been asked to become owner.
    function pendingOwner() external view returns (address);

    /// @notice Asks an account to become owner; zero withdraws the request. Only the owner.
    /// @param newOwner The account.
    function transferOwnership(address newOwner) external;

    /// @notice Becomes owner. Only the pending owner.
    function acceptOwnership() external;

    /// @notice Leaves the token without an owner for good. Only the owner.
    function renounceOwnership() external;

    /// @notice The fee manager: sets the fee and the exemptions.
    function feeManager() external view returns (address);

    /// @notice Appoints the fee manager; zero: none. Only the owner.
    /// @param newFeeManager The account.
    function setFeeManager(address newFeeManager) external;

    /// @notice The guardian: can stop minting.
    function guardian() external view returns (address);

    /// @notice Appoints the guardian; zero: none. Only the owner.
    /// @param newGuardian The account.
    function setGuardian(address newGuardian) external;

    /// @notice Stops minting. Only the guardian or the owner.
    function pauseMinting() external;

    /// @notice Allows minting again. Only the owner.
    function unpauseMinting() external;

    /// @notice Whether minting is stopped.
    function mintingPaused() external view returns (bool);
}

/// @notice States the constructor of the token.
abstract contract Token is IToken {
    /// @param name_ The name, at most 31 bytes.
    /// @param symbol_ The symbol, at most 31 bytes.
    /// @param decimals_ The decimal places of a whole token.
    /// @param owner_ The owner; not zero. It appoints fee manager and minters afterwards.
    /// @param guardian_ The guardian; zero: none.
    /// @param cap_ The cap, base units; 1 to 2^128-1.
    /// @param capBasis_ What the cap counts.
    /// @param holder Who receives the initial supply; not zero unless that is zero.
    /// @param initialSupply Minted at once, base units; counts as minted, at most the cap.
    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        address owner_,
        address guardian_,
        uint256 cap_,
        IToken.CapBasis capBasis_,
        address holder,
        uint256 initialSupply
    ) {}
}
