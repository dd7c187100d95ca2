//! Prints the interface, for `cargo stylus export-abi` and `cargo stylus constructor`.

fn main() {
    mintage_token::print_from_args();
}
