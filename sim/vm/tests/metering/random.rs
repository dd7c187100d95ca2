//! Random numbers that are the same everywhere: splitmix64.

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn one_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// A number as programs use them: small, large or at an edge.
    pub(crate) fn value(&mut self) -> u64 {
        match self.below(6) {
            0 => 0,
            1 => 1 << self.below(64),
            2 => u64::MAX,
            3 => self.next(),
            _ => self.below(300),
        }
    }
}

/// The seeds that a test goes through: `default` of them from 0 on, which CI can afford, or what the environment asks for.
/// `MINTAGE_FUZZ_MODULES` is their number, `MINTAGE_FUZZ_SEED` the first.
pub(crate) fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str, otherwise| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text}")),
        Err(_) => otherwise,
    };
    let first = number("MINTAGE_FUZZ_SEED", 0);
    first..first + number("MINTAGE_FUZZ_MODULES", default)
}

/// Whether a failing seed is run again: then a test sees too little to demand that it has seen everything.
pub(crate) fn is_replay() -> bool {
    std::env::var_os("MINTAGE_FUZZ_SEED").is_some()
}
