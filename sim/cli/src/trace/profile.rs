//! Where the ink went: as a table, as a flamegraph, as JSON.

use super::abi::Names;
use crate::text::grouped;
use comfy_table::{CellAlignment, Table};
use inferno::flamegraph::{self, Options, Palette, color::MultiPalette};
use mintage_vm::{
    profile::{Node, Profile, Site},
    trace::FrameCode,
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Rows of the table.
const ROWS: usize = 40;

/// What a site is called.
fn name(site: &Site, names: &Names) -> String {
    match site {
        Site::Frame { to, kind, code } => {
            let to = to.map_or_else(|| "new contract".to_owned(), |to| names.address(to));
            match code {
                FrameCode::Stylus => format!("{to} (program)"),
                FrameCode::Precompile => format!("{to} (precompile)"),
                FrameCode::Evm => format!("{to} (EVM)"),
                FrameCode::None => format!("{to} ({})", kind.opcode().to_lowercase()),
            }
        }
        Site::Entry { cached: true } => "enter program (cached)".to_owned(),
        Site::Entry { cached: false } => "enter program".to_owned(),
        Site::Function { name, .. } => name.clone(),
        Site::Hostio(name) => (*name).to_owned(),
        Site::Settlement => "rounding to gas".to_owned(),
    }
}

/// Letters by which the flamegraph tells kinds apart: host calls, what is no code, functions.
fn kind(site: &Site) -> &'static str {
    match site {
        Site::Hostio(_) => "_[k]",
        Site::Frame { .. } | Site::Entry { .. } | Site::Settlement => "_[i]",
        Site::Function { .. } => "_[j]",
    }
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0.00".to_owned();
    }
    // In hundredths of a percent, to the nearest.
    let hundredths = (u128::from(part) * 10_000 + u128::from(whole) / 2) / u128::from(whole);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Sites by the ink that they used themselves.
pub(super) fn table(profile: &Profile, names: &Names) -> String {
    let whole = profile.total_ink();
    let mut costs = profile.by_site();
    costs.retain(|cost| cost.total_ink > 0);
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["self ink", "%", "total ink", "%", "calls", "function"]);
    for cost in costs.iter().take(ROWS) {
        table.add_row([
            grouped(cost.self_ink),
            percent(cost.self_ink, whole),
            grouped(cost.total_ink),
            percent(cost.total_ink, whole),
            grouped(cost.calls),
            name(&cost.site, names),
        ]);
    }
    for column in 0..5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let mut text = lines.join("\n");
    if costs.len() > ROWS {
        let rest: u64 = costs[ROWS..].iter().map(|cost| cost.self_ink).sum();
        text += &format!("\n and {} more with {} ink", costs.len() - ROWS, grouped(rest));
    }
    text += &format!(
        "\n {} ink in all: {} gas",
        grouped(whole),
        grouped(whole / INK_PER_GAS)
    );
    text
}

/// Ink that a gas buys on every chain that left the price as it is.
const INK_PER_GAS: u64 = 10_000;

/// Writes the flamegraph: width is ink, and what stands on something was called by it.
pub(super) fn write_flamegraph(
    file: &Path,
    title: &str,
    profile: &Profile,
    names: &Names,
) -> miette::Result<()> {
    let lines = folded(profile, names);
    let mut options = Options::default();
    options.title = format!("{title}: ink");
    options.subtitle = Some(format!(
        "{} ink, each unit by the meter",
        grouped(profile.total_ink())
    ));
    options.count_name = "ink".to_owned();
    options.name_type = "Site:".to_owned();
    options.colors = Palette::Multi(MultiPalette::Java);
    options.hash = true;
    options.image_width = Some(1400);
    options.min_width = 0.05;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| miette::miette!("the flamegraph cannot be drawn: {error}"))?;
    fs::write(file, svg).map_err(|error| miette::miette!("cannot write {}: {error}", file.display()))
}

/// One line a path, as flamegraph tools read them: `outer;inner ink`.
fn folded(profile: &Profile, names: &Names) -> Vec<String> {
    let label = |node: &Node| {
        // What separates them may not stand in a name.
        let name = name(&node.site, names)
            .replace(';', ",")
            .replace(['\n', '\r'], " ");
        format!("{name}{}", kind(&node.site))
    };
    let labels: Vec<String> = profile.nodes.iter().map(label).collect();
    let used = profile
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.self_ink > 0);
    let mut lines: Vec<String> = used
        .map(|(index, node)| {
            let path: Vec<&str> = profile
                .path(index)
                .into_iter()
                .map(|at| labels[at].as_str())
                .collect();
            format!("{} {}", path.join(";"), node.self_ink)
        })
        .collect();
    lines.sort();
    lines
}

pub(super) fn as_json(profile: &Profile, names: &Names) -> Value {
    let whole = profile.total_ink();
    let by_function: Vec<_> = profile
        .by_site()
        .iter()
        .map(|cost| {
            json!({
                "name": name(&cost.site, names),
                "calls": cost.calls,
                "self_ink": cost.self_ink.to_string(),
                "total_ink": cost.total_ink.to_string(),
                "self_percent": percent(cost.self_ink, whole),
            })
        })
        .collect();
    json!({
        "total_ink": whole.to_string(),
        "functions": by_function,
        "folded": folded(profile, names),
    })
}
