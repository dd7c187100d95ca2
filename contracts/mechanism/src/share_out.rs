//! Sharing out what is issued over time, to recipients by weight, so that neither the number nor the size of the payments matters.
//!
//! * **Equation.** With `T` shared out in total, recipient `i > 0` has a claim on `⌊T·w_i/10⁴⌋` less what it was paid; recipient 0 is paid the rest.
//! * **Symbols.** `T` base units; `w_i` bps, 10⁴ together.
//! * **Source.** Our own; systems.md 2.19 asks for path independence.
//! * **Domain.** At most [`MAX_RECIPIENTS`] recipients; totals that fit 256 bits.
//! * **Rounding.** Every payment is shared out to the unit. Who is paid by how many calls differs by less than one unit a
//!   recipient over all time, because claims are taken on the running total and not on the single payment.
//! * **In the wild.** `payment·weight/sum` at every call gives all dust to one place; with a token of no decimals and a unit due at each
//!   call, everything.
//!
//! What does not belong here: who the recipients are, and minting.

use mintage_math::{MathError, U256, mul_div_down, sub};

/// The sum of all weights.
pub const WEIGHT_SUM_BPS: u16 = 10_000;

/// Shares out one payment. `paid` holds what each recipient was paid so far and is brought up to date; the payments are
/// returned through `pay(index, amount)`, in order, none of them zero.
///
/// `shared_before` is the sum of what was paid so far, `amount` is to be paid now. Every recipient but the first has a claim on
/// `⌊total · weight / 10,000⌋` of the running total; the first is paid the rest. Where claims that fall due at the
/// same instant exceed the payment (by less than one unit each), the later ones wait for the next payment.
///
/// ```
/// use mintage_mechanism::share_out::share_out;
/// use mintage_math::{MathError, U256};
/// // a week's emission of 1,000: half to the farm, the rest to treasury and team
/// let (mut paid, mut list) = ([U256::ZERO; 3], vec![]);
/// share_out(U256::from(1_000), U256::ZERO, &[5_000, 3_000, 2_000], &mut paid, |who, part| {
///     list.push((who, part));
///     Ok::<_, MathError>(())
/// }).unwrap();
/// assert_eq!(list, [(0, U256::from(500)), (1, U256::from(300)), (2, U256::from(200))]);
/// ```
///
/// # Errors
/// [`MathError`] if the totals do not fit 256 bits or `paid` was never produced by this function with these weights. Nothing has
/// been paid then unless `pay` was called before; the caller must undo.
pub fn share_out<E: From<MathError>>(
    amount: U256,
    shared_before: U256,
    weights_bps: &[u16],
    paid: &mut [U256],
    mut pay: impl FnMut(usize, U256) -> Result<(), E>,
) -> Result<(), E> {
    let total = mintage_math::add(shared_before, amount)?;
    let mut left = amount;
    let mut parts = [U256::ZERO; MAX_RECIPIENTS];
    for ((part, weight), paid_so_far) in parts.iter_mut().zip(weights_bps).zip(paid.iter()).skip(1) {
        let claim = mul_div_down(total, U256::from(*weight), U256::from(WEIGHT_SUM_BPS))?;
        *part = sub(claim, *paid_so_far)?.min(left);
        left = sub(left, *part)?;
    }
    if let Some(first) = parts.first_mut() {
        *first = left;
    }
    for ((index, part), paid_so_far) in parts.iter().enumerate().zip(paid.iter_mut()) {
        if !part.is_zero() {
            *paid_so_far = mintage_math::add(*paid_so_far, *part)?;
            pay(index, *part)?;
        }
    }
    Ok(())
}

/// The largest number of recipients.
pub const MAX_RECIPIENTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pays the amounts one after the other; what each was paid in the end.
    fn pay_all(amounts: &[U256], weights_bps: &[u16]) -> Vec<U256> {
        let mut paid = vec![U256::ZERO; weights_bps.len()];
        let mut received = paid.clone();
        let mut shared = U256::ZERO;
        for &amount in amounts {
            let mut sum = U256::ZERO;
            share_out(amount, shared, weights_bps, &mut paid, |i, part| {
                assert!(!part.is_zero());
                received[i] += part;
                sum += part;
                Ok::<_, MathError>(())
            })
            .unwrap();
            assert_eq!(sum, amount, "each payment is shared out to the unit");
            shared += amount;
        }
        assert_eq!(paid, received);
        paid
    }

    #[test]
    fn test_share_out_by_weight() {
        let thousand = [U256::from(1_000)];
        assert_eq!(
            pay_all(&thousand, &[5_000, 3_000, 2_000]),
            [500, 300, 200].map(U256::from)
        );
        assert_eq!(
            pay_all(&thousand, &[3_333, 3_333, 3_334]),
            [334, 333, 333].map(U256::from)
        );
        assert_eq!(pay_all(&thousand, &[10_000]), [U256::from(1_000)]);
    }

    #[test]
    fn test_share_out_unit_by_unit_gives_nobody_everything() {
        // A token without decimals, a unit due at each call: sharing out each payment by itself would give the first all of it.
        let units = vec![U256::ONE; 1_000];
        // The first is ahead by less than one unit for each of the others, whose latest claims fall due together.
        assert_eq!(
            pay_all(&units, &[2_500, 2_500, 2_500, 2_500]),
            [252, 250, 249, 249].map(U256::from)
        );
        assert_eq!(pay_all(&units, &[1, 9_999]), [1, 999].map(U256::from));
    }

    #[test]
    fn test_share_out_of_the_largest_total() {
        let paid = pay_all(&[U256::MAX], &[1, 9_999]);
        assert_eq!(paid[0] + paid[1], U256::MAX);
        let mut book = [U256::MAX];
        let overflow = share_out(U256::ONE, U256::MAX, &[10_000], &mut book, |_, _| {
            Ok::<_, MathError>(())
        });
        assert_eq!(overflow, Err(MathError::ResultTooLarge));
    }

    proptest! {
        #[test]
        fn prop_share_out_hardly_depends_on_the_payments(
            amounts in prop::collection::vec(0_u64..50, 1..200),
            cuts in prop::collection::vec(1_u16..10_000, 0..15),
        ) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            cuts.dedup();
            let mut weights = Vec::new();
            let mut last = 0;
            for cut in cuts.into_iter().chain([WEIGHT_SUM_BPS]) {
                weights.push(cut - last);
                last = cut;
            }
            let amounts: Vec<U256> = amounts.into_iter().map(U256::from).collect();
            let total: U256 = amounts.iter().fold(U256::ZERO, |a, b| a + b);
            let many = pay_all(&amounts, &weights);
            let once = pay_all(&[total], &weights);
            prop_assert_eq!(many.iter().fold(U256::ZERO, |a, b| a + b), total);
            let bound = U256::from(weights.len() - 1);
            for (i, (a, b)) in many.iter().zip(&once).enumerate() {
                prop_assert!(a.abs_diff(*b) <= bound, "recipient {i}: {a} and {b}");
                if i > 0 {
                    prop_assert!(a <= b, "only the first can be ahead of its claim");
                }
            }
        }
    }
}
