//! The emission schedules of a scenario and the words that the program takes for them. The curves are in `mintage-mechanism`.

use alloy_primitives::U256;
use mintage_mechanism::emission::{self, ScheduleKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Amount, Located, Secs};
use super::{Scenario, ScenarioError, Side};

/// An emission schedule. Give exactly one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// A reward for each block that halves every so many blocks (Bitcoin).
    Halving(Halving),
    /// The same amount for each second, up to a total.
    Linear(Linear),
    /// A rate that is divided by the same number each epoch (Curve).
    Geometric(Geometric),
    /// A lump each epoch that grows, then decays, then is a share of the supply (Aerodrome).
    Weekly(Weekly),
    /// A total approached exponentially (Liquity).
    Exponential(Exponential),
    /// Amounts over durations, one after the other.
    Piecewise(Piecewise),
    /// A programme, then the same amount each period for ever (Monero's tail).
    Tail(Tail),
}

/// Bitcoin's schedule: the reward is shifted right by the number of halvings, in its smallest unit.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Halving {
    /// Reward of a block before the first halving.
    pub reward: Located<Amount>,
    /// The smallest unit, below which a halving cuts. Bitcoin's is 0.00000001.
    pub smallest_unit: Located<Amount>,
    /// Length of a block.
    pub block: Secs,
    /// Blocks between two halvings.
    pub blocks_per_halving: u64,
}

/// Even emission.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Everything that is ever minted.
    pub total: Located<Amount>,
    /// The time over which it is minted.
    pub over: Secs,
}

/// A falling rate.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Geometric {
    /// What the first epoch mints a second.
    pub initial_per_second: Located<Amount>,
    /// What the rate is divided by each epoch, times 10^18, as a decimal string: "1189207115002721024" is the fourth root of 2.
    pub divisor_wad: Located<String>,
    /// Length of an epoch.
    pub epoch: Secs,
    /// Number of epochs, at most 1,024.
    pub epochs: u32,
}

/// Lumps that grow, decay and end in a tail.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weekly {
    /// The first epoch's lump.
    pub first: Located<Amount>,
    /// What a lump is multiplied by while it grows, basis points: 10,300 is 3 % more.
    pub growth_bps: u32,
    /// How many lumps grow.
    pub growth_epochs: u32,
    /// What a lump is multiplied by after that, basis points, at most 10,000.
    pub decay_bps: u32,
    /// Below this lump the tail begins.
    pub tail_below: Located<Amount>,
    /// The tail's lump, basis points of the supply.
    pub tail_bps: u32,
    /// The supply that the tail is counted from, before the first epoch.
    pub initial_supply: Located<Amount>,
    /// Length of an epoch.
    pub epoch: Secs,
}

/// A total that is never quite reached.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// The total.
    pub total: Located<Amount>,
    /// What remains of the rest after a step, times 10^18, as a decimal string: "999998681227695000" a minute halves it in a year.
    pub factor_wad: Located<String>,
    /// Length of a step.
    pub step: Secs,
}

/// Amounts over durations.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piecewise {
    /// The pieces in their order, 1 to 8.
    pub piece: Vec<Piece>,
}

/// An amount over a duration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// What it mints.
    pub amount: Located<Amount>,
    /// How long it takes.
    pub over: Secs,
}

/// A programme with a tail.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// What is minted before the tail.
    pub programme: Located<Amount>,
    /// How long that takes.
    pub over: Secs,
    /// What the tail mints a period.
    pub tail: Located<Amount>,
    /// The period.
    pub period: Secs,
}

impl Scenario {
    /// Kind and words of a schedule as the emission program's constructor takes them; refused here if the program would.
    ///
    /// # Errors
    /// An amount in the wrong unit, or parameters that make no schedule.
    pub fn schedule_words(
        &self,
        schedule: &Located<Schedule>,
    ) -> Result<(ScheduleKind, Vec<U256>, emission::Schedule), ScenarioError> {
        let (kind, words) = self.words(schedule)?;
        let built = emission::Schedule::from_words(kind, &words).map_err(|e| {
            let message = format!(
                "these parameters make no schedule: number {} of {words:?} is out of range",
                e.index
            );
            ScenarioError::at(
                schedule.span(),
                message,
                "contracts/emission/README.md has the range of each parameter",
            )
        })?;
        Ok((kind, words, built))
    }

    fn words(&self, schedule: &Located<Schedule>) -> Result<(ScheduleKind, Vec<U256>), ScenarioError> {
        let token = |amount| self.base_units(amount, Side::Token);
        let int = U256::from::<u64>;
        Ok(match &**schedule {
            Schedule::Linear(s) => (ScheduleKind::Linear, vec![token(&s.total)?, int(s.over.0)]),
            Schedule::Halving(s) => {
                let (reward, unit) = (token(&s.reward)?, token(&s.smallest_unit)?);
                if unit.is_zero() || !(reward % unit).is_zero() {
                    let message = format!("{} is not a whole number of {}", *s.reward, *s.smallest_unit);
                    return Err(ScenarioError::at(
                        s.smallest_unit.span(),
                        message,
                        "choose a unit that divides the reward",
                    ));
                }
                (
                    ScheduleKind::Halving,
                    vec![reward / unit, unit, int(s.blocks_per_halving), int(s.block.0)],
                )
            }
            Schedule::Geometric(s) => {
                let words = [
                    token(&s.initial_per_second)?,
                    wad(&s.divisor_wad)?,
                    int(s.epoch.0),
                    U256::from(s.epochs),
                ];
                (ScheduleKind::Geometric, words.to_vec())
            }
            Schedule::Weekly(s) => {
                let numbers = [s.growth_bps, s.growth_epochs, s.decay_bps].map(U256::from);
                let mut words = vec![token(&s.first)?];
                words.extend(numbers);
                words.extend([
                    token(&s.tail_below)?,
                    U256::from(s.tail_bps),
                    token(&s.initial_supply)?,
                    int(s.epoch.0),
                ]);
                (ScheduleKind::Weekly, words)
            }
            Schedule::Exponential(s) => (
                ScheduleKind::Exponential,
                vec![token(&s.total)?, wad(&s.factor_wad)?, int(s.step.0)],
            ),
            Schedule::Piecewise(s) => {
                let mut words = Vec::new();
                for piece in &s.piece {
                    words.extend([token(&piece.amount)?, int(piece.over.0)]);
                }
                (ScheduleKind::Piecewise, words)
            }
            Schedule::Tail(s) => (
                ScheduleKind::Tail,
                vec![
                    token(&s.programme)?,
                    int(s.over.0),
                    token(&s.tail)?,
                    int(s.period.0),
                ],
            ),
        })
    }
}

fn wad(text: &Located<String>) -> Result<U256, ScenarioError> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let number = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| U256::from_str_radix(&digits, 10).ok())
        .flatten();
    number.filter(|_| !digits.is_empty()).ok_or_else(|| {
        ScenarioError::at(
            text.span(),
            format!("`{}` is not a whole number", **text),
            "write it in digits, such as \"1000000000000000000\"",
        )
    })
}
