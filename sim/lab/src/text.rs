//! Numbers as people read them, for reports and summaries.

/// 1234567 -> "1,234,567".
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number as a person reads it: grouped, with as many decimals as its size asks for.
pub fn full(x: f64) -> String {
    let decimals = match x.abs() {
        s if s >= 1_000.0 => 2,
        s if s >= 1.0 => 4,
        _ => 6,
    };
    let text = format!("{:.decimals$}", x.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = grouped(whole.parse().unwrap_or(u64::MAX));
    let fraction = fraction.trim_end_matches('0');
    let sign = if x < 0.0 && (whole != "0" || !fraction.is_empty()) {
        "−"
    } else {
        ""
    };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// A number for a tile: four significant digits above a thousand million, else as [`full`] with fewer decimals.
pub fn compact(x: f64) -> String {
    match x.abs() {
        s if s >= 1e12 => format!("{:.3e}", x),
        s if s >= 10_000.0 => full(x.round()),
        s if s >= 1.0 => full((x * 100.0).round() / 100.0),
        _ => full((x * 100_000.0).round() / 100_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_numbers_read_well() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(12), "12");
        assert_eq!(full(-1_234.5), "−1,234.5");
        assert_eq!(full(-0.0), "0");
        assert_eq!(full(0.000_012), "0.000012");
        assert_eq!(compact(1_437_999.99), "1,438,000");
    }
}
