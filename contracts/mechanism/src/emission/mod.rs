//! Emission schedules: how much is issued in total a given time after the start.
//!
//! Every schedule here is one function `issued(elapsed)`, *cumulative*: a contract mints `issued(now) - minted`. So the total
//! does not depend on how often or by whom it is called, no rounding is summed up over calls, and a skipped epoch costs the
//! next caller nothing but a loop of bounded length.
//!
//! Symbols: amounts in the token's base units, time in seconds since the start.
//! Source: systems.md 2.1 and 2.19; each file names its own.
//! Rounding: down, so that what is issued never passes the ideal curve, the cap or the published total.
//! In the wild: rounded increments that drift from the curve; loops over missed epochs that ran out of gas; a rate that was
//! changed for the past as well; `>` in place of `>=` (Compound, proposal 62, about $80 M too much in September 2021).
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
