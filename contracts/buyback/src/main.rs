//! Prints the program's interface, as `cargo stylus export-abi` and `cargo stylus constructor` ask for it.

fn main() {
    mintage_buyback::print_from_args();
}
