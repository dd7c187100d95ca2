//! Emission schedules: how much is issued in total a given time after the start.
//!
//! Every schedule here is one function `issued(elapsed)`, *cumulative*: a contract mints `issued(now) - minted`. So the total
//! does not depend on how often or by whom it is called, no rounding is summed up over calls, and a skipped epoch costs the
//! next caller nothing but a loop of bounded length.
//!
//! * **Equation.** `due = issued(now) - minted`, with `issued` of the schedule.
//! * **Symbols.** Amounts in the token's base units, time in seconds since the start.
//! * **Source.** Systems.md 2.1 and 2.19; each file names its own.
//! * **Domain.** At most [`MAX_STEPS`] epochs are walked; a power takes the rest.
//! * **Rounding.** Down, so that what is issued never passes the ideal curve, the cap or the published total.
//! * **In the wild.** Rounded increments that drift from the curve; loops over missed epochs that ran out of gas; a rate that was
//!   changed for the past as well; `>` in place of `>=` (Compound, proposal 62, about $80 M too much in September 2021).
//!
//! ```
//! use mintage_mechanism::emission::{BITCOIN, Exponential};
//! use mintage_math::{U256, WAD};
//! // Bitcoin after 840,000 blocks of ten minutes: 19,687,500 coins, in satoshi
//! assert_eq!(BITCOIN.issued(840_000 * 600), Ok(U256::from(1_968_750_000_000_000_u64)));
//! // Liquity: half of 32 million in a year, whoever calls and however often
//! let lqty = Exponential { total: WAD * U256::from(32_000_000), factor_wad: U256::from(999_998_681_227_695_000_u64), step_secs: 60 };
//! let (minted, due) = (lqty.issued(86_400).unwrap(), lqty.issued(31_536_000).unwrap());
//! assert_eq!((minted + (due - minted)) / WAD, U256::from(15_999_999));
//! ```
//!
//! What does not belong here: who receives, pausing, the token's cap.

mod exponential;
mod geometric;
mod halving;
mod linear;
mod piecewise;
mod schedule;
mod tail;
mod weekly;

pub use exponential::Exponential;
pub use geometric::Geometric;
pub use halving::{BITCOIN, Halving};
pub use linear::Linear;
pub use piecewise::{MAX_PIECES, Piece, Piecewise};
pub use schedule::{Schedule, ScheduleError, ScheduleKind};
pub use tail::Tail;
pub use weekly::{TopUpError, Weekly, growth_for_lockers_down, share_on_top_down};

/// The most steps that one evaluation may take: parameters that would need more are refused at construction.
pub const MAX_STEPS: u32 = 1_024;
