//! A node inside a Rust program: starts one on a free port, says where, and runs until a line comes in.
//!
//! `cargo run -p mintage-node --example serve`

use std::io::stdin;

use mintage_node::NodeHandle;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let node = NodeHandle::spawn()?;
    println!("{} {}", node.url(), node.ws_url());
    stdin().read_line(&mut String::new())?;
    node.stop()?;
    Ok(())
}
