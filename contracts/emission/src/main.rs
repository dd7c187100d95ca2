//! Prints the program's interface, as `cargo stylus export-abi` and `cargo stylus constructor` ask for it.

fn main() {
    mintage_emission::print_from_args();
}
