//! The result for people.

use super::product::Product;
use crate::text::{ether_up, grouped};
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
            ether_up(a.data_fee_wei),
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
