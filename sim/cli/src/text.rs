//! Numbers for people.

use alloy_primitives::U256;

/// `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Wei as ether with six decimals, rounded up: it is a price.
pub(crate) fn ether_up(wei: U256) -> String {
    let millionths_up = wei.div_ceil(U256::from(1_000_000_000_000_u64));
    let (whole, rest) = millionths_up.div_rem(U256::from(1_000_000));
    format!("{whole}.{:06}", rest.to::<u32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_grouped_puts_commas_between_thousands() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (24_576, "24,576"),
            (1_234_567, "1,234,567"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn test_ether_up_rounds_up_to_the_millionth() {
        let ether = |wei: u128| ether_up(U256::from(wei));
        assert_eq!(ether(0), "0.000000");
        assert_eq!(ether(1), "0.000001");
        assert_eq!(ether(1_000_000_000_000), "0.000001");
        assert_eq!(ether(1_000_000_000_001), "0.000002");
        assert_eq!(ether(2_500_000_000_000_000_000), "2.500000");
        assert!(
            ether_up(U256::MAX).ends_with(".584008"),
            "{}",
            ether_up(U256::MAX)
        );
    }
}
