//! Numbers where functions break: zero, one, units, powers of two and their neighbours, the edges of the domains, the largest, and any.

use mintage_math::{EXP_MAX_WAD, EXP_ZERO_WAD, RAD, RAY, U256, WAD};

pub(crate) struct Edges(pub(crate) u64);

impl Edges {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Small numbers, units, powers of two and their neighbours, the largest numbers, and any.
    pub(crate) fn u(&mut self) -> U256 {
        let kind = self.next() % 12;
        let shift = (self.next() % 256) as usize;
        let power = U256::ONE << shift;
        match kind {
            0 => U256::ZERO,
            1 => U256::from(self.next() % 5),
            2 => WAD,
            3 => {
                // the edges of the domains: shares, times, prices, 128 bits, supplies, and a step to either side
                let edge = [
                    RAY,
                    RAD,
                    WAD,
                    WAD * U256::from(100),
                    U256::from(10_000),
                    U256::from(10_000_000),
                    U256::from(100_000_000_000_000_u64),
                    U256::ONE << 96,
                    U256::ONE << 112,
                    U256::ONE << 128,
                    U256::from(4_295_128_739_u64),
                    U256::from(1_000_000_000_u64),
                ][shift % 12];
                edge + U256::from(self.next() % 3) - U256::ONE
            }
            4 => U256::MAX - U256::from(self.next() % 3),
            5 => power,
            6 => power - U256::ONE,
            7 => power.saturating_add(U256::ONE),
            _ => U256::from_limbs([self.next(), self.next(), self.next(), self.next()]) >> shift,
        }
    }

    pub(crate) fn t(&mut self) -> u64 {
        match self.next() % 6 {
            0 => 0,
            1 => u64::MAX - self.next() % 3,
            2 => 1 + self.next() % 3,
            _ => {
                let shift = self.next() % 64;
                self.next() >> shift
            }
        }
    }

    pub(crate) fn i(&mut self) -> i128 {
        let wide = (i128::from(self.next() as i64) << 64) | i128::from(self.next());
        match self.next() % 7 {
            6 => {
                let edge = [
                    EXP_MAX_WAD,
                    EXP_ZERO_WAD,
                    1_000_000_000_000_000_000,
                    10_000_000_000_000_000_000,
                    -10_000_000_000_000_000_000,
                ][(self.next() % 5) as usize];
                edge + i128::from(self.next() % 3) - 1
            }
            0 => 0,
            1 => i128::MAX - i128::from(self.next() % 3),
            2 => i128::MIN + i128::from(self.next() % 3),
            _ => wide >> (self.next() % 127),
        }
    }

    pub(crate) fn b(&mut self) -> u16 {
        match self.next() % 4 {
            // around all of it
            0 => 9_999 + (self.next() % 3) as u16,
            _ => self.t() as u16,
        }
    }

    pub(crate) fn d(&mut self) -> u8 {
        self.t() as u8
    }
}
