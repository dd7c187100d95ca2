//! EVM bytecode on plain revm, to compare with: an ERC-20 transfer with its event.

use std::{hint::black_box, time::Duration};

use revm::{
    ExecuteCommitEvm, MainBuilder,
    primitives::{Address, U256, hex, keccak256},
};

use super::{MeasureError, Rounds, per_run, subject};

/// `transfer(address,uint256)` over a mapping in slot 0, whatever the selector.
const TRANSFER: &[u8] = &hex!(
    "335f5260405f208054602435808210605757900390556004355f5260405f2080546024350190556024355f52"
    "600435337fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef60205fa360015f"
    "5260205ff35b5f5ffd"
);

/// Time of a committed transfer of one unit.
pub(super) fn transfer(rounds: &Rounds<'_>) -> Result<Duration, MeasureError> {
    let caller = Address::repeat_byte(0x11);
    let balance_slot = keccak256([caller.into_word().0, [0; 32]].concat());
    let storage = [(balance_slot.into(), U256::MAX >> 1)];
    let data = [
        &hex!("a9059cbb")[..],
        &Address::repeat_byte(0x22).into_word().0,
        &U256::from(1).to_be_bytes::<32>(),
    ];
    let context = subject::context(caller, TRANSFER.into(), &storage, &[]);
    let mut evm = context.build_mainnet();
    let tx = subject::transaction(caller, data.concat().into(), subject::DEFAULT_GAS);
    per_run(rounds, || {
        let result = evm.transact_commit(tx.clone()).map_err(MeasureError::evm)?;
        match black_box(result).is_success() {
            true => Ok(()),
            false => Err(MeasureError::Evm("the transfer in EVM bytecode failed".into())),
        }
    })
}
