//! 256-bit arithmetic with the EVM's semantics (a division by zero is zero), and hashing.

use revm::primitives::{U256, keccak256};

use crate::{
    imports::HostFunction,
    pricing::{keccak_price, pow_price},
};

use super::{Escape, Io, hash};

impl Io<'_> {
    /// Replaces the word at `value` by `result` of it and the words at `others`.
    fn compute<const N: usize>(
        &mut self,
        value: u32,
        others: [u32; N],
        result: impl FnOnce(U256, [U256; N]) -> U256,
    ) -> Result<(), Escape> {
        let first = self.read_word(value)?;
        let mut words = [U256::ZERO; N];
        for (word, at) in words.iter_mut().zip(others) {
            *word = self.read_word(at)?;
        }
        let result = result(first, words);
        self.write_word(value, result)?;
        if self.run.tracing {
            let args: Vec<_> = std::iter::once(first)
                .chain(words)
                .map(|word| hash(word).0)
                .collect();
            self.trace(&[&args.concat()], &[&hash(result).0]);
        }
        Ok(())
    }

    pub(super) fn math_div(&mut self, value: u32, divisor: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MathDiv)?;
        self.compute(value, [divisor], |value, [divisor]| {
            value.checked_div(divisor).unwrap_or_default()
        })
    }

    pub(super) fn math_mod(&mut self, value: u32, modulus: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MathMod)?;
        self.compute(value, [modulus], |value, [modulus]| {
            value.checked_rem(modulus).unwrap_or_default()
        })
    }

    pub(super) fn math_pow(&mut self, value: u32, exponent: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MathPow)?;
        // The exponent decides the price, so both words are read before it is paid.
        self.read_word(value)?;
        let price = pow_price(&hash(self.read_word(exponent)?).0);
        self.buy_ink(price)?;
        self.compute(value, [exponent], |value, [exponent]| {
            value.wrapping_pow(exponent)
        })
    }

    pub(super) fn math_add_mod(&mut self, value: u32, addend: u32, modulus: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MathAddMod)?;
        self.compute(value, [addend, modulus], |value, [addend, modulus]| {
            value.add_mod(addend, modulus)
        })
    }

    pub(super) fn math_mul_mod(&mut self, value: u32, multiplier: u32, modulus: u32) -> Result<(), Escape> {
        self.begin(HostFunction::MathMulMod)?;
        self.compute(value, [multiplier, modulus], |value, [multiplier, modulus]| {
            value.mul_mod(multiplier, modulus)
        })
    }

    pub(super) fn native_keccak256(&mut self, input: u32, len: u32, output: u32) -> Result<(), Escape> {
        self.begin(HostFunction::NativeKeccak256)?;
        self.buy_ink(keccak_price(len))?;
        let preimage = self.read(input, len)?;
        let digest = keccak256(preimage);
        let watched = self.run.tracing.then(|| preimage.to_vec());
        self.write(output, &digest.0)?;
        if let Some(preimage) = watched {
            self.trace(&[&preimage], &[&digest.0]);
        }
        Ok(())
    }
}
