//! What `cargo stylus export-abi` and `cargo stylus constructor` run natively. Never part of a program.

/// Answers the command line of cargo-stylus: nothing or `abi` prints the Solidity interface, `constructor` the constructor's
/// signature, when there is one.
pub fn print_from_args(source: &str, constructor: &str) {
    match std::env::args().nth(1).as_deref() {
        Some("constructor") => println!("{constructor}"),
        None | Some("abi") => print!("{source}"),
        Some(other) => {
            eprintln!("unknown command `{other}`: expected `abi` or `constructor`");
            std::process::exit(2);
        }
    }
}
