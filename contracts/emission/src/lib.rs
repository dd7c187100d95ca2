//! The program `emission`: mints a token by a schedule that was fixed at construction, to recipients by weight.
//!
//! Here: who may do what, and the order of an issue. The curves are `mintage_mechanism::emission`, the sharing out
//! `mintage_mechanism::share_out`; the clock that stands still while paused is in `clock`, the recipients in `recipients`.

mod clock;
mod recipients;

use mintage_kit::abi::Array;
use mintage_kit::host;
use mintage_kit::parts::range::ensure_within;
use mintage_kit::parts::{Lock, Pause, Roles};
use mintage_kit::prelude::*;
use mintage_mechanism::emission::{self as curve, ScheduleError, ScheduleKind};

use clock::Clock;
use recipients::Recipients;

mintage_kit::interface!("../interfaces/IEmission.sol");

mintage_kit::client! {
    /// A token that this program may mint.
    interface MintableToken {
        /// Mints.
        function mint(address to, uint256 amount) external;
    }
}

/// How far in the future a schedule may start: ten years of 365 days.
const MAX_LEAD_SECS: u64 = 10 * 365 * 86_400;

/// The most numbers that a schedule has: eight pieces of two.
const MAX_PARAMETERS: usize = 16;

/// The program's state.
#[storage]
pub struct Emission {
    roles: Roles,
    issuing: Pause,
    lock: Lock,
    token: Slot<Address>,
    clock: Slot<Clock>,
    kind: Slot<Schedule>,
    parameters: List<Slot<U256>>,
    total_minted: Slot<U256>,
    recipients: Recipients,
}

#[entrypoint]
impl IEmission for Emission {
    fn constructor(
        &mut self,
        owner: Address,
        guardian: Address,
        token: Address,
        start_ts: u64,
        kind: Schedule,
        parameters: Array<'_, U256>,
        recipients: Array<'_, Address>,
        weights_bps: Array<'_, U256>,
    ) -> Result<()> {
        self.roles.start(owner, guardian)?;
        ensure!(host::code_size(token) > 0, EmissionInvalidToken { token });
        let now_ts = block::timestamp();
        let start_ts = if start_ts == 0 { now_ts } else { start_ts };
        ensure_within("startTs", start_ts, now_ts, now_ts.saturating_add(MAX_LEAD_SECS))?;

        let too_many = parameters.len() > MAX_PARAMETERS;
        let index = U256::from(parameters.len());
        ensure!(!too_many, EmissionInvalidSchedule { kind, index });
        for value in parameters.iter() {
            self.parameters.push().set(value);
        }
        self.token.set(token);
        self.kind.set(kind);
        self.clock.set(Clock::starting(start_ts));
        self.schedule().map_err(|error| EmissionInvalidSchedule {
            kind,
            index: U256::from(error.index),
        })?;
        let parameters: Vec<U256> = parameters.iter().collect();
        emit(ScheduleFixed {
            token,
            kind,
            start_ts,
            parameters: &parameters,
        });
        self.recipients.replace(recipients, weights_bps, U256::ZERO)
    }

    fn mint(&mut self) -> Result<U256> {
        self.issue(U256::MAX)
    }

    fn mint_up_to(&mut self, maximum: U256) -> Result<U256> {
        self.issue(maximum)
    }

    fn set_recipients(&mut self, recipients: Array<'_, Address>, weights_bps: Array<'_, U256>) -> Result<()> {
        self.roles.only_owner()?;
        // What is due was earned under the old weights.
        self.issue(U256::MAX)?;
        self.recipients
            .replace(recipients, weights_bps, self.total_minted.get())
    }

    fn pause(&mut self) -> Result<()> {
        let account = self.roles.only_guardian()?;
        self.issuing.pause(account)?;
        self.clock.set(self.clock.get().stopped(block::timestamp()));
        Ok(())
    }

    fn unpause(&mut self) -> Result<()> {
        let account = self.roles.only_owner()?;
        self.issuing.unpause(account)?;
        self.clock.set(self.clock.get().resumed(block::timestamp()));
        Ok(())
    }

    fn set_guardian(&mut self, new_guardian: Address) -> Result<()> {
        self.roles.set_guardian(new_guardian)
    }

    fn transfer_ownership(&mut self, new_owner: Address) -> Result<()> {
        self.roles.transfer_ownership(new_owner)
    }

    fn accept_ownership(&mut self) -> Result<()> {
        self.roles.accept_ownership()
    }

    fn due(&self) -> Result<U256> {
        if self.issuing.is_paused() {
            Ok(U256::ZERO)
        } else {
            self.due_at(self.elapsed())
        }
    }

    fn issued_at(&self, elapsed: u64) -> Result<U256> {
        self.issued(elapsed)
    }

    fn elapsed_secs(&self) -> Result<u64> {
        Ok(self.elapsed())
    }

    fn total_minted(&self) -> Result<U256> {
        Ok(self.total_minted.get())
    }

    fn token(&self) -> Result<Address> {
        Ok(self.token.get())
    }

    fn kind(&self) -> Result<Schedule> {
        Ok(self.kind.get())
    }

    fn start_ts(&self) -> Result<u64> {
        Ok(self.clock.get().start_ts)
    }

    fn parameter_count(&self) -> Result<U256> {
        Ok(U256::from(self.parameters.len()))
    }

    fn parameter_at(&self, index: U256) -> Result<U256> {
        let value = u64::try_from(index)
            .ok()
            .and_then(|index| self.parameters.at(index));
        Ok(value.map_or(U256::ZERO, |value| value.get()))
    }

    fn recipient_count(&self) -> Result<U256> {
        Ok(U256::from(self.recipients.count()))
    }

    fn recipient_at(&self, index: U256) -> Result<(Address, U256, U256)> {
        Ok(self.recipients.at(index))
    }

    fn paused(&self) -> Result<bool> {
        Ok(self.issuing.is_paused())
    }

    fn owner(&self) -> Result<Address> {
        Ok(self.roles.owner())
    }

    fn pending_owner(&self) -> Result<Address> {
        Ok(self.roles.pending_owner())
    }

    fn guardian(&self) -> Result<Address> {
        Ok(self.roles.guardian())
    }
}

impl Emission {
    /// Mints what is due, at most `maximum`.
    fn issue(&mut self, maximum: U256) -> Result<U256> {
        self.issuing.ensure_running()?;
        self.lock.take()?;
        let elapsed_secs = self.elapsed();
        let amount = self.due_at(elapsed_secs)?.min(maximum);
        if !amount.is_zero() {
            let before = self.total_minted.get();
            let total_minted = before.checked_add(amount).ok_or(Overflow)?;
            self.total_minted.set(total_minted);
            // All books are written before the token is called.
            let payments = self.recipients.share_out(amount, before)?;
            let token = MintableToken::at(self.token.get());
            for (recipient, amount) in payments {
                token.mint(recipient, amount)?;
                emit(Emitted { recipient, amount });
            }
            emit(Minted {
                caller: msg::sender(),
                amount,
                total_minted,
                elapsed_secs,
            });
        }
        self.lock.release();
        Ok(amount)
    }

    fn elapsed(&self) -> u64 {
        self.clock
            .get()
            .elapsed_at(block::timestamp(), self.issuing.is_paused())
    }

    fn due_at(&self, elapsed_secs: u64) -> Result<U256> {
        Ok(self.issued(elapsed_secs)?.saturating_sub(self.total_minted.get()))
    }

    fn issued(&self, elapsed_secs: u64) -> Result<U256> {
        // The words were checked when they were stored; only a perpetual schedule in a far future does not fit.
        let schedule = self.schedule().map_err(|_| Overflow)?;
        schedule.issued(elapsed_secs).map_err(|_| Overflow.into())
    }

    fn schedule(&self) -> core::result::Result<curve::Schedule, ScheduleError> {
        let mut words = [U256::ZERO; MAX_PARAMETERS];
        let count = self.parameters.len();
        for (index, word) in (0..count).zip(words.iter_mut()) {
            *word = self.parameters.at(index).map_or(U256::ZERO, |value| value.get());
        }
        let kind = match self.kind.get() {
            Schedule::Linear => ScheduleKind::Linear,
            Schedule::Halving => ScheduleKind::Halving,
            Schedule::Geometric => ScheduleKind::Geometric,
            Schedule::Weekly => ScheduleKind::Weekly,
            Schedule::Exponential => ScheduleKind::Exponential,
            Schedule::Piecewise => ScheduleKind::Piecewise,
            Schedule::Tail => ScheduleKind::Tail,
        };
        curve::Schedule::from_words(kind, words.get(..count as usize).unwrap_or_default())
    }
}
