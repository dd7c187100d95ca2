//! The result for people.

use super::product::Product;
use comfy_table::{CellAlignment, Table, presets};

const NUMBERS_FROM: usize = 1;
const NUMBERS_TO: usize = 5;

/// A line a program.
pub(crate) fn render(products: &[Product]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["program", "raw", "code", "uncached", "cached", "data fee", ""]);
    for product in products {
        let a = &product.artifact;
        table.add_row([
            a.name.clone(),
            grouped(a.raw_size),
            grouped(a.compressed_size),
            grouped(a.init_gas),
            grouped(a.cached_gas),
            ether(&a.data_fee_wei),
            if product.rebuilt { "built" } else { "up to date" }.to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(NUMBERS_FROM).take(NUMBERS_TO) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{table}\nbytes: raw, code on chain (at most 24,576); gas to enter: uncached, cached; fee at activation in ETH"
    )
}

/// `12,345`.
fn grouped(number: u64) -> String {
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
fn ether(wei: &alloy_primitives::U256) -> String {
    let unit = alloy_primitives::U256::from(1_000_000_000_000_u64);
    let millionths_up = wei.div_ceil(unit).saturating_to::<u64>();
    format!("{}.{:06}", millionths_up / 1_000_000, millionths_up % 1_000_000)
}
