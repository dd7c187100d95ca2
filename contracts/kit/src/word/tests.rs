use super::*;

fn word(high: u128, low: u128) -> Word {
    let mut w = [0; 32];
    w[..16].copy_from_slice(&high.to_be_bytes());
    w[16..].copy_from_slice(&low.to_be_bytes());
    w
}

fn aborts<T>(f: impl FnOnce() -> T + std::panic::UnwindSafe) -> bool {
    std::panic::catch_unwind(|| {
        f();
    })
    .is_err()
}

fn samples() -> Vec<U256> {
    let mut samples = vec![
        U256::ZERO,
        U256::from(1),
        U256::MAX,
        U256::MAX >> 1,
        U256::MAX << 64,
    ];
    let mut x = U256::from(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..200 {
        x = x
            .wrapping_mul(U256::from(0x5851_f42d_4c95_7f2d_u64))
            .wrapping_add(U256::from(1))
            ^ (x << 131);
        samples.push(x);
        samples.push(x >> (x.as_limbs()[0] % 256));
    }
    samples
}

#[test]
fn test_u256_agrees_with_ruint() {
    for value in samples() {
        let word = value.to_be_bytes::<32>();
        assert_eq!(to_u256(&word), value);
        let mut out = [0xff; 32];
        put_u256(&mut out, &value);
        assert_eq!(out, word);
        assert_eq!(is_zero_word(&word), value.is_zero());
        assert_eq!(narrow(&value), u128::try_from(value).ok());
    }
}

#[test]
fn test_take_and_give_agree_with_ruint() {
    let samples = samples();
    for a in &samples {
        for b in &samples {
            let (mut less, mut more) = (*a, *a);
            assert_eq!(take(&mut less, b), b <= a);
            assert_eq!(less, a.checked_sub(*b).unwrap_or(*a));
            assert_eq!(give(&mut more, b), a.checked_add(*b).is_some());
            assert_eq!(more, a.checked_add(*b).unwrap_or(*a));
        }
    }
}

#[test]
fn test_unsigned_edges_are_exact() {
    for bits in [1u32, 8, 16, 24, 32, 40, 48, 56, 64] {
        let max = u128::from(u64::MAX >> (64 - bits));
        assert_eq!(u128::from(to_u64(&word(0, max), bits)), max);
        assert!(aborts(move || to_u64(&word(0, max + 1), bits)), "{bits}");
    }
    for bits in [24u32, 72, 112, 120] {
        let max = u128::MAX >> (128 - bits);
        assert_eq!(to_u128(&word(0, max), bits), max);
        assert!(aborts(move || to_u128(&word(0, max + 1), bits)), "{bits}");
    }
    assert_eq!(to_u128(&word(0, u128::MAX), 128), u128::MAX);
    assert!(aborts(|| to_u128(&word(1, 0), 128)));
    assert!(aborts(|| to_u64(&word(1 << 127, 0), 64)));
}

#[test]
fn test_signed_edges_are_exact() {
    for bits in [8u32, 24, 64, 112, 128] {
        let max = i128::MAX >> (128 - bits);
        let min = i128::MIN >> (128 - bits);
        for value in [0, 1, -1, max, min] {
            assert_eq!(to_i128(&written(|cell| i128_into(cell, value)), bits), value);
        }
        if bits < 128 {
            for value in [max + 1, min - 1] {
                let w = written(|cell| i128_into(cell, value));
                assert!(aborts(move || to_i128(&w, bits)), "{bits} {value}");
            }
        }
    }
    assert!(aborts(|| to_i128(&word(0, u128::MAX), 128)));
    assert_eq!(to_i256(&word(u128::MAX, u128::MAX), 136), I256::MINUS_ONE);
    assert!(aborts(|| to_i256(&word(1 << 8, 0), 136)));
}

#[test]
fn test_address_refuses_dirty_bits() {
    let clean = word(0x0102_0304, u128::MAX);
    assert_eq!(address_word(&to_address(&clean)), clean);
    for byte in 0..12 {
        let mut dirty = clean;
        dirty[byte] = 1;
        assert!(aborts(move || to_address(&dirty)));
    }
    for byte in 0..20 {
        let mut bytes = [0; 20];
        assert!(is_zero(&Address::new(bytes)));
        bytes[byte] = 1;
        assert!(!is_zero(&Address::new(bytes)));
    }
}

#[test]
fn test_constant_keeps_byte_order() {
    let bytes: Word = core::array::from_fn(|i| i as u8);
    let part = |i: usize| u64::from_le_bytes(bytes[i..i + 8].try_into().expect("eight bytes"));
    assert_eq!(constant(part(0), part(8), part(16), part(24)), bytes);
}
