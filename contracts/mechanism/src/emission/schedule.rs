//! Any schedule as a kind and a few words, to be stored in a contract and evaluated from there.
//!
//! * **Equation.** That of the kind.
//! * **Symbols.** A kind and its words, in their order (amounts in base units, times in seconds), as in the table.
//! * **Source.** This project's, so that one contract can run any of the published schedules (systems.md 2.19).
//! * **Domain.** What [`Schedule::from_words`] accepts; it checks every word, so that a stored schedule cannot fail later except by not fitting 256 bits.
//! * **Rounding.** Down, as each kind.
//! * **In the wild.** A schedule accepted with a duration of zero, which then stopped every mint.
//!
//! | kind | words |
//! |---|---|
//! | 0 linear | total, duration |
//! | 1 halving | subsidy, scale, blocks a halving, block time |
//! | 2 geometric | initial rate a second, divisor (wad), epoch, number of epochs |
//! | 3 weekly | first lump, growth bps, growth epochs, decay bps, tail below, tail bps, initial supply, epoch |
//! | 4 exponential | total, factor (wad), step |
//! | 5 piecewise | amount and duration of each of 1 to 8 pieces |
//! | 6 tail | programme, its duration, tail a period, period |
//!
//! What does not belong here: the curves themselves.

use super::{Exponential, Geometric, Halving, Linear, MAX_PIECES, MAX_STEPS, Piece, Piecewise, Tail, Weekly};
use mintage_math::{MathError, U256, WAD, add, mul};

/// The kinds, with the numbers that a contract stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ScheduleKind {
    /// [`Linear`]
    Linear = 0,
    /// [`Halving`]
    Halving = 1,
    /// [`Geometric`]
    Geometric = 2,
    /// [`Weekly`]
    Weekly = 3,
    /// [`Exponential`]
    Exponential = 4,
    /// [`Piecewise`]
    Piecewise = 5,
    /// [`Tail`]
    Tail = 6,
}

impl ScheduleKind {
    /// The kind of a stored number; `None` above 6.
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Linear,
            1 => Self::Halving,
            2 => Self::Geometric,
            3 => Self::Weekly,
            4 => Self::Exponential,
            5 => Self::Piecewise,
            6 => Self::Tail,
            _ => return None,
        })
    }
}

/// Any of the schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is no allocator to box a variant with, and one lives at a time"
)]
pub enum Schedule {
    /// The same amount in every second until the end.
    Linear(Linear),
    /// A reward a block that halves.
    Halving(Halving),
    /// A rate a second that is divided at every epoch.
    Geometric(Geometric),
    /// A lump an epoch with growth, decay and tail.
    Weekly(Weekly),
    /// A total that is approached exponentially.
    Exponential(Exponential),
    /// Linear pieces one after another.
    Piecewise(Piecewise),
    /// A linear programme, then a constant amount for ever.
    Tail(Tail),
}

/// Which word does not make a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// The first word that is wrong, counted from 0; the number of words given where that number is wrong.
    pub index: usize,
}

impl core::fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "parameter {} is outside the range of this kind of schedule, or missing",
            self.index
        )
    }
}

impl core::error::Error for ScheduleError {}

/// Reads words in their order and remembers where it is.
struct Words<'a> {
    words: &'a [U256],
    next: usize,
}

impl Words<'_> {
    /// The next word as it is.
    fn any(&mut self) -> Result<U256, ScheduleError> {
        let word = self.words.get(self.next).copied().ok_or(ScheduleError {
            index: self.words.len(),
        })?;
        self.next = self.next.saturating_add(1);
        Ok(word)
    }

    /// The next word, if it lies within `low..=high`.
    fn within(&mut self, low: u64, high: u64) -> Result<u64, ScheduleError> {
        let word = self.any()?;
        match u64::try_from(word) {
            Ok(value) if value >= low && value <= high => Ok(value),
            _ => Err(self.wrong()),
        }
    }

    fn within_u32(&mut self, low: u32, high: u32) -> Result<u32, ScheduleError> {
        Ok(self.within(u64::from(low), u64::from(high))? as u32)
    }

    /// The word read last is wrong.
    fn wrong(&self) -> ScheduleError {
        ScheduleError {
            index: self.next.saturating_sub(1),
        }
    }
}

impl Schedule {
    /// The schedule that `words` describe, or which of them is wrong.
    ///
    /// ```
    /// use mintage_mechanism::emission::{Schedule, ScheduleError, ScheduleKind};
    /// use mintage_math::U256;
    /// let words = [U256::from(1_000), U256::from(100)];
    /// let schedule = Schedule::from_words(ScheduleKind::Linear, &words).unwrap();
    /// assert_eq!(schedule.issued(25), Ok(U256::from(250)));
    /// // a duration of zero
    /// let wrong = Schedule::from_words(ScheduleKind::Linear, &[U256::from(1_000), U256::ZERO]);
    /// assert_eq!(wrong, Err(ScheduleError { index: 1 }));
    /// ```
    pub fn from_words(kind: ScheduleKind, words: &[U256]) -> Result<Self, ScheduleError> {
        let mut read = Words { words, next: 0 };
        let schedule = match kind {
            ScheduleKind::Linear => Self::Linear(Linear {
                total: read.any()?,
                duration_secs: read.within(1, u64::MAX)?,
            }),
            ScheduleKind::Halving => halving(&mut read)?,
            ScheduleKind::Geometric => geometric(&mut read)?,
            ScheduleKind::Weekly => weekly(&mut read)?,
            ScheduleKind::Exponential => exponential(&mut read)?,
            ScheduleKind::Piecewise => piecewise(&mut read)?,
            ScheduleKind::Tail => Self::Tail(Tail {
                programme: read.any()?,
                duration_secs: read.within(0, u64::MAX)?,
                tail: read.any()?,
                period_secs: read.within(1, u64::MAX)?,
            }),
        };
        if read.next == words.len() {
            Ok(schedule)
        } else {
            Err(ScheduleError { index: words.len() })
        }
    }

    /// Issued in total `elapsed_secs` after the start, base units.
    ///
    /// Never falls with time. Error: an amount of 2^256 or more (a perpetual schedule in a very far future).
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        match self {
            Self::Linear(s) => s.issued(elapsed_secs),
            Self::Halving(s) => s.issued(elapsed_secs),
            Self::Geometric(s) => s.issued(elapsed_secs),
            Self::Weekly(s) => s.issued(elapsed_secs),
            Self::Exponential(s) => s.issued(elapsed_secs),
            Self::Piecewise(s) => s.issued(elapsed_secs),
            Self::Tail(s) => s.issued(elapsed_secs),
        }
    }
}

fn halving(read: &mut Words<'_>) -> Result<Schedule, ScheduleError> {
    let subsidy = read.within(1, u64::MAX)?;
    let scale = read.any()?;
    let scale_is_wrong = scale.is_zero().then(|| read.wrong());
    let schedule = Halving {
        subsidy,
        scale,
        blocks_per_halving: read.within(1, u64::MAX)?,
        block_secs: read.within(1, u64::MAX)?,
    };
    match scale_is_wrong {
        Some(error) => Err(error),
        None if schedule.bound().is_err() || schedule.issued_by_blocks(u64::MAX).is_err() => {
            Err(ScheduleError { index: 1 })
        }
        None => Ok(Schedule::Halving(schedule)),
    }
}

fn geometric(read: &mut Words<'_>) -> Result<Schedule, ScheduleError> {
    let initial_rate = read.any()?;
    let divisor_wad = read.any()?;
    // a divisor below one would be growth
    if divisor_wad < WAD {
        return Err(read.wrong());
    }
    let schedule = Geometric {
        initial_rate,
        divisor_wad,
        epoch_secs: read.within(1, u64::MAX)?,
        epochs: read.within_u32(1, MAX_STEPS)?,
    };
    // the rate does not grow, so this bounds every sum
    let most =
        mul(initial_rate, U256::from(schedule.epoch_secs)).and_then(|a| mul(a, U256::from(schedule.epochs)));
    if most.is_err() {
        Err(ScheduleError { index: 0 })
    } else {
        Ok(Schedule::Geometric(schedule))
    }
}

fn weekly(read: &mut Words<'_>) -> Result<Schedule, ScheduleError> {
    let schedule = Weekly {
        first: read.any()?,
        growth_bps: read.within_u32(10_000, 20_000)?,
        growth_epochs: read.within_u32(0, MAX_STEPS)?,
        decay_bps: read.within_u32(0, 9_999)?,
        tail_below: read.any()?,
        tail_bps: read.within_u32(0, 10_000)?,
        initial_supply: read.any()?,
        epoch_secs: read.within(1, u64::MAX)?,
    };
    // the tail must be reached within the bound, and what is issued by then must fit
    let tail = schedule
        .first_tail_epoch()
        .map_err(|_| ScheduleError { index: 0 })?;
    let Some(tail) = tail else {
        return Err(ScheduleError { index: 4 });
    };
    let lumps = schedule.issued(
        schedule
            .epoch_secs
            .saturating_mul(u64::from(tail).saturating_sub(1)),
    );
    match lumps.and_then(|issued| add(issued, schedule.initial_supply)) {
        Ok(_) => Ok(Schedule::Weekly(schedule)),
        Err(_) => Err(ScheduleError { index: 6 }),
    }
}

fn exponential(read: &mut Words<'_>) -> Result<Schedule, ScheduleError> {
    let total = read.any()?;
    let factor_wad = read.any()?;
    if factor_wad >= WAD {
        return Err(read.wrong());
    }
    Ok(Schedule::Exponential(Exponential {
        total,
        factor_wad,
        step_secs: read.within(1, u64::MAX)?,
    }))
}

fn piecewise(read: &mut Words<'_>) -> Result<Schedule, ScheduleError> {
    let count = read.words.len();
    // whole pieces, at least one and at most eight
    if count < 2 || count & 1 == 1 || count > MAX_PIECES.saturating_mul(2) {
        return Err(ScheduleError { index: count });
    }
    let mut schedule = Piecewise::default();
    let mut sum = U256::ZERO;
    for piece in schedule.pieces.iter_mut().take(count >> 1) {
        let amount = read.any()?;
        sum = add(sum, amount).map_err(|_| read.wrong())?;
        *piece = Piece {
            amount,
            duration_secs: read.within(1, u64::MAX)?,
        };
    }
    Ok(Schedule::Piecewise(schedule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, int, wad};
    use proptest::prelude::*;

    fn words(texts: &[&str]) -> Vec<U256> {
        texts.iter().map(|text| int(text)).collect()
    }

    const ALL: [ScheduleKind; 7] = [
        ScheduleKind::Linear,
        ScheduleKind::Halving,
        ScheduleKind::Geometric,
        ScheduleKind::Weekly,
        ScheduleKind::Exponential,
        ScheduleKind::Piecewise,
        ScheduleKind::Tail,
    ];

    /// Real parameters of every kind, in the words that a contract would store.
    fn examples() -> Vec<(ScheduleKind, Vec<U256>)> {
        let lists: [&[&str]; 7] = [
            &["1000000000000000000000000", "31536000"],
            &["5000000000", "10000000000", "210000", "600"],
            &["8714335457889396245", "1189207115002721024", "31536000", "300"],
            &[
                "10000000000000000000000000",
                "10300",
                "14",
                "9900",
                "8969150000000000000000000",
                "67",
                "500000000000000000000000000",
                "604800",
            ],
            &["32000000000000000000000000", "999998681227695000", "60"],
            &["100", "10", "0", "5", "300", "20"],
            &["1000", "100", "600000000000", "120"],
        ];
        ALL.into_iter().zip(lists.map(words)).collect()
    }

    #[test]
    fn every_kind_loads_and_has_its_number() {
        for (number, (kind, list)) in examples().into_iter().enumerate() {
            assert_eq!(ScheduleKind::from_number(number as u8), Some(kind));
            assert_eq!(kind as u8, number as u8);
            let schedule = Schedule::from_words(kind, &list).unwrap();
            assert!(schedule.issued(0).unwrap() <= schedule.issued(86_400).unwrap());
            // one word too few, one too many
            let short = Schedule::from_words(kind, &list[..list.len() - 1]).unwrap_err();
            assert_eq!(
                short,
                ScheduleError {
                    index: list.len() - 1
                },
                "{kind:?}"
            );
            let mut long = list.clone();
            long.push(U256::ONE);
            assert_eq!(
                Schedule::from_words(kind, &long),
                Err(ScheduleError { index: long.len() }),
                "{kind:?}"
            );
        }
        assert_eq!(ScheduleKind::from_number(7), None);
    }

    #[test]
    fn wrong_words_are_named() {
        let wrong = |kind: ScheduleKind, at: usize, value: &str| {
            let mut list = examples()[kind as usize].1.clone();
            list[at] = int(value);
            Schedule::from_words(kind, &list).unwrap_err().index
        };
        let max = U256::MAX.to_string();
        assert_eq!(wrong(ScheduleKind::Linear, 1, "0"), 1);
        assert_eq!(wrong(ScheduleKind::Linear, 1, "18446744073709551616"), 1);
        assert_eq!(wrong(ScheduleKind::Halving, 0, "0"), 0);
        assert_eq!(wrong(ScheduleKind::Halving, 1, "0"), 1);
        assert_eq!(wrong(ScheduleKind::Halving, 1, &max), 1);
        assert_eq!(wrong(ScheduleKind::Halving, 2, "0"), 2);
        assert_eq!(wrong(ScheduleKind::Halving, 3, "0"), 3);
        assert_eq!(wrong(ScheduleKind::Geometric, 0, &max), 0);
        assert_eq!(wrong(ScheduleKind::Geometric, 1, "999999999999999999"), 1);
        assert_eq!(wrong(ScheduleKind::Geometric, 3, "1025"), 3);
        assert_eq!(wrong(ScheduleKind::Weekly, 0, &max), 0);
        assert_eq!(wrong(ScheduleKind::Weekly, 1, "9999"), 1);
        assert_eq!(wrong(ScheduleKind::Weekly, 3, "10000"), 3);
        assert_eq!(wrong(ScheduleKind::Weekly, 4, "0"), 4); // decays to zero but never below zero
        assert_eq!(wrong(ScheduleKind::Weekly, 6, &max), 6);
        assert_eq!(wrong(ScheduleKind::Exponential, 1, "1000000000000000000"), 1);
        assert_eq!(wrong(ScheduleKind::Piecewise, 3, "0"), 3);
        assert_eq!(wrong(ScheduleKind::Piecewise, 2, &max), 2);
        assert_eq!(wrong(ScheduleKind::Tail, 3, "0"), 3);
        assert_eq!(
            Schedule::from_words(ScheduleKind::Piecewise, &[]),
            Err(ScheduleError { index: 0 })
        );
        let many = vec![U256::ONE; 18];
        assert_eq!(
            Schedule::from_words(ScheduleKind::Piecewise, &many),
            Err(ScheduleError { index: 18 })
        );
    }

    #[test]
    fn a_wrong_word_is_named_in_the_text() {
        assert_eq!(
            ScheduleError { index: 3 }.to_string(),
            "parameter 3 is outside the range of this kind of schedule, or missing"
        );
    }

    /// `s₀·H·scale·2 < 2^256`, also where the last halvings would bring less than that.
    #[test]
    fn s2_1_twice_the_first_halvings_rewards_have_to_fit() {
        let load = |scale: U256| {
            let list = [U256::ONE, scale, U256::ONE, U256::ONE];
            Schedule::from_words(ScheduleKind::Halving, &list)
        };
        let half = U256::MAX >> 1;
        assert_eq!(load(half).unwrap().issued(u64::MAX), Ok(half));
        assert_eq!(load(half + U256::ONE), Err(ScheduleError { index: 1 }));
    }

    #[test]
    fn s2_19_a_rate_may_stay_the_same() {
        let (kind, mut list) = examples()[2].clone();
        list[1] = WAD;
        let schedule = Schedule::from_words(kind, &list).unwrap();
        assert_eq!(schedule.issued(63_072_000), Ok(list[0] * int("63072000")));
    }

    #[test]
    fn pieces_come_in_pairs_of_words_one_to_eight() {
        let load = |count: usize| Schedule::from_words(ScheduleKind::Piecewise, &vec![U256::ONE; count]);
        for count in 0..=18 {
            if matches!(count, 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16) {
                let pieces = U256::from(count / 2);
                assert_eq!(load(count).unwrap().issued(u64::MAX), Ok(pieces), "{count}");
            } else {
                assert_eq!(load(count), Err(ScheduleError { index: count }));
            }
        }
    }

    proptest! {
        /// Whatever words pass the check: no panic, and (but for the perpetual ones) never an error.
        #[test]
        fn prop_accepted_schedules_never_fail(kind in 0u8..7, list in prop::collection::vec(any_u256(), 0..10), t in any::<u64>()) {
            let kind = ScheduleKind::from_number(kind).unwrap();
            if let Ok(schedule) = Schedule::from_words(kind, &list) {
                let perpetual = matches!(kind, ScheduleKind::Weekly | ScheduleKind::Tail);
                let issued = schedule.issued(t);
                prop_assert!(perpetual || issued.is_ok(), "{:?} {:?}", schedule, issued);
                if let (Ok(now), Ok(before)) = (issued, schedule.issued(t / 2)) { prop_assert!(before <= now); }
            }
        }

        /// A contract that mints `issued(now) - minted`: a thousand calls or one.
        #[test]
        fn prop_path_independent(kind in 0usize..7, gaps in prop::collection::vec(0u64..10_000_000, 1..60)) {
            let (kind, list) = examples()[kind].clone();
            let schedule = Schedule::from_words(kind, &list).unwrap();
            let (mut now, mut minted) = (0u64, U256::ZERO);
            for gap in gaps {
                now += gap;
                minted += schedule.issued(now).unwrap() - minted;
            }
            prop_assert_eq!(minted, schedule.issued(now).unwrap());
        }
    }

    #[test]
    fn s2_19_the_stored_form_gives_the_published_numbers() {
        let load = |kind: usize| Schedule::from_words(ALL[kind], &examples()[kind].1).unwrap();
        assert_eq!(load(1).issued(6_930_000 * 600).unwrap(), wad("20999999.9769"));
        assert_eq!(
            load(2).issued(u64::MAX).unwrap() + wad("1303030303"),
            wad("3030303031.884357064822816")
        );
        assert_eq!(load(3).issued(7 * 86_400).unwrap(), wad("10000000"));
        assert_eq!(load(4).issued(3_600).unwrap() / wad("0.001"), int("2531944"));
    }
}
