//! Committed transactions per second of a token transfer in WASM and in EVM bytecode on the same chain, on one core.
//!
//! Each transaction goes through the chain's public interface: checked, executed, committed, sealed in a block of its own,
//! its receipt kept. Senders and receivers change from one to the next, as in an economy of 100 accounts. Prints a table;
//! asserts only what must hold for the numbers to mean anything.

use std::path::Path;
use std::time::{Duration, Instant};

use alloy_sol_types::{SolCall, sol};
use mintage_abi::{IToken, Token};
use mintage_chain::{Address, Artifact, Chain, U256, hex};

sol! {
    constructor(string name, string symbol, uint256 initialSupply, address owner);
}

const ACCOUNTS: usize = 100;
/// Each account starts with so many base units.
const SHARE: u64 = 1_000_000_000;
const WARM_UP: usize = 2_000;
const BATCH: usize = 2_000;
const AT_LEAST: Duration = Duration::from_secs(3);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` says so; `cargo test --benches` does not, and wants to know only whether it runs.
    let quick = !args.iter().any(|arg| arg == "--bench");
    let wanted = args
        .iter()
        .find(|arg| !arg.starts_with("--"))
        .cloned()
        .unwrap_or_default();
    let run = |what: &str, setting: &mut Setting| {
        if what.contains(&wanted) {
            measure(what, setting, quick);
        }
    };
    println!(
        "{:<34} {:>12} {:>10}",
        "transfer, one transaction a block", "tx/s", "gas"
    );
    let mut evm = evm(Chain::new());
    run("EVM bytecode (OpenZeppelin 4.9.6)", &mut evm);
    let archived = Chain::builder().archive(true).build().expect("defaults");
    run("EVM bytecode, with an archive", &mut self::evm(archived));
    let artifact = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/stylus/token.json");
    match Artifact::load(&artifact) {
        Ok(artifact) => {
            let mut stylus = stylus(&artifact);
            run("WASM (our token)", &mut stylus);
            let token = stylus.token;
            stylus.chain.cache_program(token, true).expect("it is activated");
            run("WASM (our token), cached", &mut stylus);
        }
        Err(error) => println!("WASM: not measured; run `mintage build` first ({error})"),
    }
    run(
        "ether, no code",
        &mut Setting {
            token: Address::ZERO,
            ..evm
        },
    );
}

struct Setting {
    chain: Chain,
    token: Address,
    accounts: Vec<Address>,
}

fn accounts(chain: &mut Chain) -> Vec<Address> {
    (0..ACCOUNTS)
        .map(|n| chain.account(&format!("holder {n}")))
        .collect()
}

fn share_out(chain: &mut Chain, token: Address, accounts: &[Address]) {
    for account in accounts {
        let share = IToken::transferCall {
            to: *account,
            value: U256::from(SHARE),
        };
        chain
            .send(chain.dev_account(0), token, share)
            .expect("the owner holds the supply");
    }
}

fn evm(mut chain: Chain) -> Setting {
    let owner = chain.dev_account(0);
    let code = hex::decode(include_str!("erc20-fixed-supply.hex").replace('\n', "")).expect("hexadecimal");
    let args = constructorCall {
        name: "Bench".into(),
        symbol: "B".into(),
        initialSupply: U256::from(SHARE) * U256::from(ACCOUNTS),
        owner,
    };
    let token = chain
        .deploy_evm(code)
        .from(owner)
        .args(args)
        .send()
        .expect("it deploys")
        .address;
    let accounts = accounts(&mut chain);
    share_out(&mut chain, token, &accounts);
    Setting {
        chain,
        token,
        accounts,
    }
}

fn stylus(artifact: &Artifact) -> Setting {
    let mut chain = Chain::new();
    let owner = chain.dev_account(0);
    let supply = U256::from(SHARE) * U256::from(ACCOUNTS);
    let args = Token::constructorCall {
        name_: "Bench".into(),
        symbol_: "B".into(),
        decimals_: 18,
        owner_: owner,
        guardian_: Address::ZERO,
        cap_: supply,
        capBasis_: IToken::CapBasis::LifetimeMinted,
        holder: owner,
        initialSupply: supply,
    };
    let token = chain
        .deploy(artifact)
        .from(owner)
        .args(args)
        .send()
        .expect("it deploys")
        .address;
    let accounts = accounts(&mut chain);
    share_out(&mut chain, token, &accounts);
    Setting {
        chain,
        token,
        accounts,
    }
}

fn measure(what: &str, setting: &mut Setting, quick: bool) {
    let mut n = 0;
    let mut gas = 0;
    let mut run = |setting: &mut Setting, count: usize| {
        for _ in 0..count {
            let (from, to) = (
                setting.accounts[n % ACCOUNTS],
                setting.accounts[(n * 7 + 1) % ACCOUNTS],
            );
            n += 1;
            let receipt = if setting.token.is_zero() {
                setting.chain.tx(from, to).value(1).send().expect("it succeeds")
            } else {
                let call = IToken::transferCall {
                    to,
                    value: U256::from(1),
                };
                setting
                    .chain
                    .tx(from, setting.token)
                    .data(call.abi_encode())
                    .send()
                    .expect("it succeeds")
            };
            gas = receipt.gas_used;
        }
    };
    run(setting, if quick { 10 } else { WARM_UP });
    let start = Instant::now();
    let mut done = 0;
    while done == 0 || (!quick && start.elapsed() < AT_LEAST) {
        run(setting, if quick { 10 } else { BATCH });
        done += if quick { 10 } else { BATCH };
    }
    let per_second = done as f64 / start.elapsed().as_secs_f64();
    println!("{what:<34} {per_second:>12.0} {gas:>10}");
}
