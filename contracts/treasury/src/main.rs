//! Prints the program's interface, as `cargo stylus export-abi` and `cargo stylus constructor` ask for it.

fn main() {
    mintage_treasury::print_from_args();
}
