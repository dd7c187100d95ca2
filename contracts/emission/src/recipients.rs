//! Who receives, by what weight, and what each was given.

use mintage_kit::abi::Array;
use mintage_kit::parts::range::{ensure_within, ensure_within_wide};
use mintage_kit::prelude::*;
use mintage_kit::storage::Place;
use mintage_mechanism::MathError;
use mintage_mechanism::share_out::{self, MAX_RECIPIENTS, WEIGHT_SUM_BPS};

use crate::{
    EmissionInvalidRecipient, EmissionLengthMismatch, EmissionWeightSum, RecipientSet, RecipientsChanged,
};

/// A recipient. Two slots.
#[record]
pub(crate) struct Recipient {
    account: Address,
    weight_bps: u16,
    /// Under the present list.
    minted: U256,
}

/// The list and what was minted before it held.
#[storage]
pub(crate) struct Recipients {
    list: List<Slot<Recipient>>,
    minted_before: Slot<U256>,
}

impl<P: Place> Recipients<P> {
    pub(crate) fn count(&self) -> u64 {
        self.list.len()
    }

    pub(crate) fn at(&self, index: U256) -> (Address, U256, U256) {
        match u64::try_from(index).ok().and_then(|index| self.list.at(index)) {
            Some(slot) => {
                let recipient = slot.get();
                (
                    recipient.account,
                    U256::from(recipient.weight_bps),
                    recipient.minted,
                )
            }
            None => (Address::ZERO, U256::ZERO, U256::ZERO),
        }
    }

    /// Replaces the list. `minted_before` is all that was minted so far.
    pub(crate) fn replace(
        &mut self,
        accounts: Array<'_, Address>,
        weights_bps: Array<'_, U256>,
        minted_before: U256,
    ) -> Result<()> {
        let count = accounts.len();
        ensure!(
            count == weights_bps.len(),
            EmissionLengthMismatch {
                recipients: U256::from(count),
                weights: U256::from(weights_bps.len()),
            }
        );
        ensure_within("recipients", count as u64, 1, MAX_RECIPIENTS as u64)?;
        self.list.truncate(0);
        let mut sum = U256::ZERO;
        for (index, (account, weight_bps)) in accounts.iter().zip(weights_bps.iter()).enumerate() {
            let twice = accounts.iter().take(index).any(|other| other == account);
            let valid = !account.is_zero() && account != this() && !twice;
            ensure!(valid, EmissionInvalidRecipient { recipient: account });
            let most = U256::from(WEIGHT_SUM_BPS);
            ensure_within_wide("weightBps", weight_bps, U256::ONE, most)?;
            sum = sum.wrapping_add(weight_bps);
            self.list.push().set(Recipient {
                account,
                weight_bps: weight_bps.saturating_to(),
                minted: U256::ZERO,
            });
            emit(RecipientSet {
                recipient: account,
                index: U256::from(index),
                weight_bps,
            });
        }
        ensure!(
            sum == U256::from(WEIGHT_SUM_BPS),
            EmissionWeightSum { sum_bps: sum }
        );
        self.minted_before.set(minted_before);
        emit(RecipientsChanged {
            count: U256::from(count),
            minted_before,
        });
        Ok(())
    }

    /// Shares an amount out and books it; who is to be minted how much, in the list's order.
    pub(crate) fn share_out(&mut self, amount: U256, total_before: U256) -> Result<Vec<(Address, U256)>> {
        let recipients: Vec<Recipient> = (0..self.count())
            .filter_map(|i| self.list.at(i).map(|slot| slot.get()))
            .collect();
        let weights: Vec<u16> = recipients.iter().map(|r| r.weight_bps).collect();
        let mut minted: Vec<U256> = recipients.iter().map(|r| r.minted).collect();
        let shared_before = total_before.saturating_sub(self.minted_before.get());
        let mut payments = Vec::new();
        let shared = share_out::share_out(amount, shared_before, &weights, &mut minted, |index, part| {
            if let Some(recipient) = recipients.get(index) {
                payments.push((recipient.account, part));
            }
            Ok::<_, MathError>(())
        });
        shared.map_err(|_| Overflow)?;
        for (index, (recipient, minted)) in recipients.iter().zip(minted).enumerate() {
            if let Some(mut slot) = self
                .list
                .at_mut(index as u64)
                .filter(|_| minted != recipient.minted)
            {
                slot.set(Recipient { minted, ..*recipient });
            }
        }
        Ok(payments)
    }
}
