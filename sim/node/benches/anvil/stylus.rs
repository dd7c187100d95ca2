//! A call of a Stylus program through the node and in the process, on the same state, beside a call of an EVM contract that reads and
//! returns as much: what the node adds to that one is what a request costs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::{SolCall, sol};
use mintage_chain::{BlockId, CallRequest, Chain, ChainReader, Overrides};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Client;
use super::served::Served;
use super::{READS, ROUNDS};

const SUPPLY: u64 = 1_000_000;
const CONTRACT: Address = Address::repeat_byte(0x5e);

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
    function transfer(address to, uint256 value) external returns (bool);
}

/// Prints how long both calls take over RPC and in the process, and how many times longer the program's is over RPC, without what the
/// request costs.
pub(crate) fn table(length: Duration) {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("state");
    let mut chain = Chain::builder()
        .archive(true)
        .build()
        .expect("the defaults are valid");
    let [holder] = chain.accounts();
    let token = deploy(&mut chain, holder);
    chain.set_code(CONTRACT, hex::decode(READS).expect("hex"));
    chain.set_storage(CONTRACT, U256::ZERO, U256::ONE);
    chain.dump(&file).expect("the state is written");
    let (node, reader) = (
        Served::ours(Some(&file)),
        chain.reader().expect("an archive is kept"),
    );
    let mut client = Client::new(&node.address);
    let mut sides: [Call<'_>; 2] = [token, CONTRACT].map(|to| Call::new(to, holder, &reader));
    for side in &sides {
        let told = client.call("eth_call", side.params.clone());
        assert_eq!(told, format!("{:#066x}", U256::ONE));
        assert_eq!(side.inside(), U256::ONE);
    }

    for _ in 0..ROUNDS {
        for side in &mut sides {
            side.round(&mut client, length);
        }
    }
    println!("| One client, one call after the other, µs | over RPC | in the process |");
    println!("|---|---:|---:|");
    let [program, contract] = sides.map(|side| side.best);
    for (name, [outside, inside]) in [
        ("a transfer of the token, a Stylus program", program),
        ("a slot of an EVM contract", contract),
    ] {
        println!("| {name} | {outside:.1} | {inside:.1} |");
    }
    let request = contract[0] - contract[1];
    println!("| what a request costs | {request:.1} | |");
    println!(
        "| the program over RPC without that, to in the process | {:.2} | 1 |",
        (program[0] - request) / program[1]
    );
}

/// A call with the data of a transfer, both ways.
struct Call<'a> {
    params: Value,
    request: CallRequest,
    reader: &'a ChainReader,
    /// The best round of each way, in microseconds.
    best: [f64; 2],
}

impl<'a> Call<'a> {
    fn new(to: Address, holder: Address, reader: &'a ChainReader) -> Self {
        let data = transferCall {
            to: CONTRACT,
            value: U256::ONE,
        }
        .abi_encode();
        Self {
            params: json!([{ "from": holder, "to": to, "data": hex::encode_prefixed(&data) }, "latest"]),
            request: CallRequest {
                from: Some(holder),
                to: Some(to),
                input: data.into(),
                ..CallRequest::default()
            },
            reader,
            best: [f64::MAX; 2],
        }
    }

    fn inside(&self) -> U256 {
        let called = self
            .reader
            .call(BlockId::Latest, &self.request, &Overrides::default());
        U256::from_be_slice(&called.expect("it begins").output)
    }

    fn round(&mut self, client: &mut Client, length: Duration) {
        let outside = micros(length, || drop(client.call("eth_call", self.params.clone())));
        let inside = micros(length, || {
            black_box(self.inside());
        });
        self.best = [self.best[0].min(outside), self.best[1].min(inside)];
    }
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
        initialSupply: U256::from(SUPPLY),
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
