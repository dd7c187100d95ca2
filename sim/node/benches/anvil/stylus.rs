//! A call of a Stylus program through the node, beside the same call in the process on the same state.

use std::hint::black_box;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};
use mintage_chain::{BlockId, CallRequest, Chain, Overrides};
use serde_json::json;
use tempfile::TempDir;

use super::ROUNDS;
use super::client::Client;
use super::served::Served;

sol! {
    constructor(
        string name_,
        string symbol_,
        uint8 decimals_,
        address owner_,
        address guardian_,
        uint256 cap_,
        uint8 capBasis_,
        address holder,
        uint256 initialSupply
    );
    function balanceOf(address account) external view returns (uint256);
}

/// Prints how long a request takes whose method does nothing, the token's `balanceOf` over RPC and in the process, and by how much the
/// node makes the call longer than the process does, beyond such a request.
pub(crate) fn table(length: Duration) {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("state");
    let mut chain = Chain::builder()
        .archive(true)
        .build()
        .expect("the defaults are valid");
    let [holder] = chain.accounts();
    let token = deploy(&mut chain, holder);
    chain.dump(&file).expect("the state is written");
    let node = Served::ours(Some(&file));

    let data = balanceOfCall { account: holder }.abi_encode();
    let request = CallRequest {
        to: Some(token),
        input: data.clone().into(),
        ..CallRequest::default()
    };
    let reader = chain.reader().expect("an archive is kept");
    let inside = || {
        let called = reader.call(BlockId::Latest, &request, &Overrides::default());
        U256::from_be_slice(&called.expect("it begins").output)
    };
    let call = json!([{ "to": token, "data": alloy_primitives::hex::encode_prefixed(data) }, "latest"]);
    let mut client = Client::new(&node.address);
    let told = client.call("eth_call", call.clone());
    assert_eq!(told, format!("{:#066x}", inside()));

    let mut best = [f64::MAX; 3];
    for _ in 0..ROUNDS {
        let micros = [
            micros(length, || drop(client.call("eth_chainId", json!([])))),
            micros(length, || drop(client.call("eth_call", call.clone()))),
            micros(length, || {
                black_box(inside());
            }),
        ];
        best = std::array::from_fn(|index| best[index].min(micros[index]));
    }
    let [nothing, outside, inside] = best;
    println!("| One client, one call after the other | µs |");
    println!("|---|---:|");
    println!("| eth_chainId: what a request costs | {nothing:.1} |");
    println!("| eth_call of the token's balanceOf | {outside:.1} |");
    println!("| the same call in the process | {inside:.1} |");
    println!(
        "| beyond a request, times the call in the process | {:.2} |",
        (outside - nothing) / inside
    );
}

fn deploy(chain: &mut Chain, holder: Address) -> Address {
    let args = constructorCall {
        name_: "Bench".to_owned(),
        symbol_: "BENCH".to_owned(),
        decimals_: 18,
        owner_: holder,
        guardian_: Address::ZERO,
        cap_: U256::MAX >> 128,
        capBasis_: 0,
        holder,
        initialSupply: U256::from(1_000_000),
    };
    let artifact = mintage_tests::artifact("token");
    let deployed = chain.deploy(&artifact).from(holder).args(args).send();
    deployed.unwrap_or_else(|error| panic!("token: {error}")).address
}

/// Mean time of what is done over and over, in microseconds.
fn micros(length: Duration, mut act: impl FnMut()) -> f64 {
    let (begun, mut times) = (Instant::now(), 0u32);
    while begun.elapsed() < length {
        act();
        times += 1;
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}
