//! What only a development node does: time, blocks by hand, snapshots, accounts changed without a transaction. The names
//! are those of Hardhat, ganache (`evm_`) and anvil; a method has the same meaning under each.

mod account;
mod mine;
mod time;
mod whole;

use super::Run;

pub(super) const METHODS: &[(&str, Run)] = &[
    // Blocks.
    ("evm_mine", Run::Write(mine::mine_one)),
    ("anvil_mine", Run::Write(mine::mine)),
    ("hardhat_mine", Run::Write(mine::mine)),
    ("evm_mine_detailed", Run::Write(mine::mine_detailed)),
    ("anvil_mine_detailed", Run::Write(mine::mine_detailed)),
    ("evm_setAutomine", Run::Write(mine::set_automine)),
    ("anvil_setAutomine", Run::Write(mine::set_automine)),
    ("anvil_getAutomine", Run::Write(mine::automine)),
    ("hardhat_getAutomine", Run::Write(mine::automine)),
    ("evm_setIntervalMining", Run::Write(mine::set_interval)),
    ("anvil_setIntervalMining", Run::Write(mine::set_interval)),
    ("anvil_getIntervalMining", Run::Write(mine::interval)),
    ("anvil_dropTransaction", Run::Write(mine::drop_transaction)),
    ("hardhat_dropTransaction", Run::Write(mine::drop_transaction)),
    ("anvil_dropAllTransactions", Run::Write(mine::drop_all)),
    ("anvil_removePoolTransactions", Run::Write(mine::remove_sender)),
    // Time.
    ("evm_increaseTime", Run::Write(time::increase)),
    ("anvil_increaseTime", Run::Write(time::increase)),
    ("evm_setNextBlockTimestamp", Run::Write(time::set_next)),
    ("anvil_setNextBlockTimestamp", Run::Write(time::set_next)),
    ("evm_setTime", Run::Write(time::set_now)),
    ("anvil_setTime", Run::Write(time::set_now)),
    ("anvil_setBlockTimestampInterval", Run::Write(time::set_step)),
    (
        "anvil_removeBlockTimestampInterval",
        Run::Write(time::remove_step),
    ),
    // Accounts.
    ("anvil_setBalance", Run::Write(account::set_balance)),
    ("hardhat_setBalance", Run::Write(account::set_balance)),
    ("anvil_addBalance", Run::Write(account::add_balance)),
    ("anvil_setCode", Run::Write(account::set_code)),
    ("hardhat_setCode", Run::Write(account::set_code)),
    ("anvil_setNonce", Run::Write(account::set_nonce)),
    ("hardhat_setNonce", Run::Write(account::set_nonce)),
    ("anvil_setStorageAt", Run::Write(account::set_storage)),
    ("hardhat_setStorageAt", Run::Write(account::set_storage)),
    ("anvil_impersonateAccount", Run::Write(account::impersonate)),
    ("hardhat_impersonateAccount", Run::Write(account::impersonate)),
    (
        "anvil_stopImpersonatingAccount",
        Run::Write(account::stop_impersonating),
    ),
    (
        "hardhat_stopImpersonatingAccount",
        Run::Write(account::stop_impersonating),
    ),
    (
        "anvil_autoImpersonateAccount",
        Run::Write(account::impersonate_everybody),
    ),
    // The chain as a whole.
    ("evm_snapshot", Run::Write(whole::snapshot)),
    ("anvil_snapshot", Run::Write(whole::snapshot)),
    ("evm_revert", Run::Write(whole::revert)),
    ("anvil_revert", Run::Write(whole::revert)),
    ("anvil_reset", Run::Write(whole::reset)),
    ("hardhat_reset", Run::Write(whole::reset)),
    ("anvil_setNextBlockBaseFeePerGas", Run::Write(whole::set_base_fee)),
    (
        "hardhat_setNextBlockBaseFeePerGas",
        Run::Write(whole::set_base_fee),
    ),
    ("anvil_setL1Price", Run::Write(whole::set_l1_price)),
    ("anvil_setLoggingEnabled", Run::Quick(whole::set_logging)),
    ("hardhat_setLoggingEnabled", Run::Quick(whole::set_logging)),
    ("anvil_nodeInfo", Run::Quick(whole::node_info)),
    ("anvil_metadata", Run::Quick(whole::metadata)),
    ("hardhat_metadata", Run::Quick(whole::metadata)),
];
