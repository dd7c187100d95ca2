//! Up to eight linear pieces, one after another.
//!
//! * **Equation.** `issued(t) = Σ_{i<j} A_i + ⌊A_j·(t - Σ_{i<j} D_i)/D_j⌋` with `j` the piece in which `t` lies; all of it after the last.
//! * **Symbols.** `A_i` the amount of piece `i`, base units; `D_i` its duration, seconds. A piece of no amount is a pause.
//! * **Source.** The general form of published token release tables; systems.md 2.19.
//! * **Domain.** 1 to [`MAX_PIECES`] pieces of at least a second each; sums that fit.
//! * **Rounding.** Down inside a piece, exact at its end.
//! * **In the wild.** Release tables whose months did not add up to the supply, noticed when the last one could not be paid: here the total is the sum of the pieces.

use mintage_math::{MathError, U256, add, mul_div_down};

/// The most pieces of a schedule.
pub const MAX_PIECES: usize = 8;

/// An amount over a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// What the piece issues, base units.
    pub amount: U256,
    /// How long it takes, seconds; zero: there is no such piece.
    pub duration_secs: u64,
}

/// Pieces in their order; unused places at the end are all zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piecewise {
    /// The pieces.
    pub pieces: [Piece; MAX_PIECES],
}

impl Piecewise {
    /// Issued `elapsed_secs` after the start. One step a piece.
    ///
    /// Error: an amount that does not fit.
    ///
    /// ```
    /// use mintage_mechanism::emission::{Piece, Piecewise};
    /// use mintage_math::U256;
    /// let mut schedule = Piecewise::default();
    /// schedule.pieces[0] = Piece { amount: U256::from(600), duration_secs: 60 };
    /// schedule.pieces[1] = Piece { amount: U256::from(100), duration_secs: 100 };
    /// assert_eq!(schedule.issued(30), Ok(U256::from(300)));
    /// assert_eq!(schedule.issued(110), Ok(U256::from(650)));
    /// ```
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        let (mut left, mut sum) = (elapsed_secs, U256::ZERO);
        for piece in &self.pieces {
            if piece.duration_secs == 0 {
                break;
            }
            if left < piece.duration_secs {
                let part = mul_div_down(piece.amount, U256::from(left), U256::from(piece.duration_secs))?;
                return add(sum, part);
            }
            sum = add(sum, piece.amount)?;
            left = left.saturating_sub(piece.duration_secs);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_pieces() -> impl Strategy<Value = Piecewise> {
        prop::collection::vec((any::<u64>(), 1u64..1_000_000), 1..=MAX_PIECES).prop_map(|list| {
            let mut schedule = Piecewise::default();
            for (place, (amount, duration_secs)) in schedule.pieces.iter_mut().zip(list) {
                *place = Piece {
                    amount: U256::from(amount),
                    duration_secs,
                };
            }
            schedule
        })
    }

    proptest! {
        #[test]
        fn prop_exact_at_every_seam(s in any_pieces()) {
            let (mut t, mut sum) = (0u64, U256::ZERO);
            for piece in s.pieces.iter().filter(|p| p.duration_secs > 0) {
                prop_assert_eq!(s.issued(t), Ok(sum));
                t += piece.duration_secs;
                sum += piece.amount;
                prop_assert_eq!(s.issued(t), Ok(sum));
                prop_assert!(s.issued(t - 1).unwrap() <= sum);
            }
            prop_assert_eq!(s.issued(u64::MAX), Ok(sum));
        }

        #[test]
        fn prop_monotone(s in any_pieces(), a in 0u64..10_000_000, b in 0u64..10_000_000) {
            prop_assert!(s.issued(a.min(b)).unwrap() <= s.issued(a.max(b)).unwrap());
        }
    }
}
