//! Prints the JSON Schema of scenario files: `cargo run -p mintage-lab --example schema > sim/lab/scenario.schema.json`.

fn main() {
    print!("{}", mintage_lab::scenario::Scenario::json_schema());
}
