//! cast against the node: the commands that people type.

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_trie::proof::verify_proof;
use alloy_trie::{Nibbles, TrieAccount};
use mintage_tests::solidity::compiled;
use serde_json::Value;

use crate::run::{fail, foundry, succeed};
use crate::serve::{Served, serve};

/// cast, asking a node.
pub(crate) struct Cast<'a>(pub(crate) &'a Served);

impl Cast<'_> {
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = foundry("cast");
        // What follows `--create` is the code and its arguments: the endpoint stands in front.
        let (subcommand, rest) = arguments.split_first().expect("a subcommand");
        command.args([subcommand, "--rpc-url", &self.0.url()]).args(rest);
        command
    }

    /// Runs what needs no node.
    #[track_caller]
    pub(crate) fn offline(arguments: &[&str]) -> String {
        succeed(foundry("cast").args(arguments)).trim().to_owned()
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        succeed(&mut self.command(arguments)).trim().to_owned()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.run(arguments);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}"))
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        fail(&mut self.command(arguments))
    }

    /// Sends with the key of an account and gives the receipt.
    #[track_caller]
    pub(crate) fn send(&self, account: usize, arguments: &[&str]) -> Value {
        let key = self.0.accounts()[account].key.to_string();
        let mut all = vec!["send", "--json", "--private-key", &key];
        all.extend(arguments);
        self.json(&all)
    }

    pub(crate) fn address(&self, account: usize) -> String {
        self.0.accounts()[account].address.to_string()
    }

    /// The Playground of tests/solidity, with 7 as its number.
    fn playground(&self) -> String {
        let code = format!("{}{:064x}", compiled("Playground"), 7);
        let receipt = self.send(0, &["--create", &code]);
        assert_eq!(receipt["status"], "0x1");
        receipt["contractAddress"].as_str().unwrap().to_owned()
    }
}

#[test]
fn test_cast_reads_the_chain() {
    let node = serve("cast-reads");
    let cast = Cast(&node);
    assert_eq!(cast.run(&["chain-id"]), "412346");
    assert_eq!(cast.run(&["block-number"]), "0");
    assert!(cast.run(&["client"]).starts_with("mintage/v"));
    assert_eq!(
        cast.run(&["balance", &cast.address(0), "--ether"]),
        "10000.000000000000000000"
    );
    assert_eq!(cast.run(&["nonce", &cast.address(0)]), "0");
    assert_eq!(
        cast.run(&["code", "0x0000000000000000000000000000000000000071"]),
        "0xfe"
    );
    let block = cast.json(&["block", "latest", "--json"]);
    assert_eq!(block["number"], "0x0");
    assert!(block["l1BlockNumber"].is_string(), "{block}");
    let base_fee: u64 = cast.run(&["base-fee"]).parse().unwrap();
    assert!(cast.run(&["gas-price"]).parse::<u64>().unwrap() >= base_fee);
    let age = cast.run(&["age"]);
    assert!(age.contains("UTC") || age.contains("20"), "{age}");
}

#[test]
fn test_cast_sends_calls_and_decodes_reverts() {
    let node = serve("cast-sends");
    let cast = Cast(&node);
    let play = cast.playground();
    assert_eq!(cast.run(&["call", &play, "number()(uint256)"]), "7");

    let receipt = cast.send(0, &[&play, "set(uint256)", "42"]);
    assert_eq!(
        (&receipt["status"], receipt["logs"].as_array().unwrap().len()),
        (&"0x1".into(), 1)
    );
    // cast leaves what it does not know out of its own output.
    let hash = receipt["transactionHash"].as_str().unwrap();
    let receipt = cast.json(&["rpc", "eth_getTransactionReceipt", hash]);
    assert!(receipt["gasUsedForL1"].is_string());
    assert_eq!(cast.run(&["call", &play, "number()(uint256)"]), "42");
    assert_eq!(
        cast.run(&["call", &play, "number()(uint256)", "--block", "1"]),
        "7"
    );
    assert_eq!(cast.run(&["storage", &play, "0"]), format!("0x{:064x}", 42));

    let error = cast.refused(&["call", &play, "fail(string)", "no luck"]);
    assert!(error.contains("no luck"), "{error}");
    let error = cast.refused(&["call", &play, "set(uint256)", "1001"]);
    assert!(
        error.contains("execution reverted") && error.contains("3e9"),
        "{error}"
    );
    let error = cast.refused(&["call", &play, "divide(uint256,uint256)(uint256)", "1", "0"]);
    assert!(error.contains("panic") || error.contains("0x12"), "{error}");

    let gas: u64 = cast
        .run(&["estimate", &play, "set(uint256)", "5"])
        .parse()
        .unwrap();
    let limited = cast.send(0, &[&play, "set(uint256)", "5", "--gas-limit", &gas.to_string()]);
    assert_eq!(limited["status"], "0x1", "an estimate is enough");

    let hash = receipt["transactionHash"].as_str().unwrap();
    assert_eq!(cast.json(&["receipt", hash, "--json"])["transactionHash"], hash);
    assert_eq!(cast.json(&["tx", hash, "--json"])["hash"], hash);
    let logs = cast.json(&["logs", "--from-block", "0", "--address", &play, "--json"]);
    assert_eq!(logs.as_array().unwrap().len(), 2);
    let overridden = [
        "call",
        &play,
        "number()(uint256)",
        "--override-state-diff",
        &format!("{play}:0x0:0x63"),
    ];
    assert_eq!(cast.run(&overridden), "99");
}

#[test]
fn test_cast_sends_every_kind_of_transaction() {
    let node = serve("cast-kinds");
    let cast = Cast(&node);
    let to = cast.address(1);
    assert_eq!(
        cast.send(0, &[&to, "--value", "1ether", "--legacy"])["type"],
        "0x0"
    );
    assert_eq!(cast.send(0, &[&to, "--value", "1"])["type"], "0x2");
    let unlocked = [
        "send",
        "--json",
        "--unlocked",
        "--from",
        &to,
        &cast.address(2),
        "--value",
        "5",
    ];
    assert_eq!(cast.json(&unlocked)["status"], "0x1");
    let play = cast.playground();
    let listed = cast.json(&["access-list", &play, "set(uint256)", "5", "--json"]);
    assert!(
        listed["accessList"]
            .as_array()
            .is_some_and(|list| !list.is_empty()),
        "{listed}"
    );
    // It asks for the block with its transactions and executes them itself.
    let receipt = cast.send(0, &[&play, "set(uint256)", "6"]);
    let trace = cast.run(&["run", receipt["transactionHash"].as_str().unwrap()]);
    assert!(trace.contains("Transaction successfully executed"), "{trace}");
}

#[test]
fn test_cast_create2_goes_through_the_factory() {
    let node = serve("cast-create2");
    let cast = Cast(&node);
    let code = format!("0x{:064x}{}", 9, "600a600c600039600a6000f3602a60005260206000f3");
    let factory = mintage_node::CREATE2_FACTORY.to_string();
    assert_eq!(cast.send(0, &[&factory, &code])["status"], "0x1");
    let init_code = "0x600a600c600039600a6000f3602a60005260206000f3";
    let hash = alloy_primitives::keccak256(hex::decode(&init_code[2..]).unwrap());
    let salt = U256::from(9).to_be_bytes::<32>();
    let at: Address = mintage_node::CREATE2_FACTORY.create2(salt, hash);
    assert_eq!(cast.run(&["code", &at.to_string()]), "0x602a60005260206000f3");
}

#[test]
fn test_cast_rpc_controls_the_node() {
    let node = serve("cast-control");
    let cast = Cast(&node);
    let snapshot = cast.run(&["rpc", "evm_snapshot"]);
    assert!(snapshot.starts_with("\"0x"), "{snapshot}");
    assert_eq!(cast.run(&["rpc", "anvil_mine", "0x5"]), "null");
    assert_eq!(cast.run(&["block-number"]), "5");
    assert_eq!(cast.run(&["rpc", "evm_mine"]), "\"0x0\"");
    cast.run(&["rpc", "evm_increaseTime", "1000"]);
    assert_eq!(
        cast.run(&["rpc", "evm_revert", snapshot.trim_matches('"')]),
        "true"
    );
    assert_eq!(cast.run(&["block-number"]), "0");
    let whale = "0x000000000000000000000000000000000000dEaD";
    assert_eq!(cast.run(&["rpc", "anvil_setBalance", whale, "0x64"]), "null");
    assert_eq!(cast.run(&["balance", whale]), "100");
    let error = cast.refused(&["rpc", "anvil_noSuchMethod"]);
    assert!(error.contains("-32601"), "{error}");
}

/// What cast shows is checked against the header that cast shows.
#[test]
fn test_cast_proof_holds_against_the_block() {
    let node = serve("cast-proof");
    let cast = Cast(&node);
    let play = cast.playground();
    cast.send(0, &[&play, "set(uint256)", "42"]);
    for (block, number) in [("1", 7u64), ("2", 42)] {
        let root = cast.json(&["block", block, "--json"])["stateRoot"].clone();
        let proof = cast.json(&["proof", &play, "0x0", "--block", block]);
        let word = |value: &Value| -> U256 { value.as_str().unwrap().parse().unwrap() };
        let hash = |value: &Value| -> B256 { serde_json::from_value(value.clone()).unwrap() };
        let nodes = |value: &Value| -> Vec<Bytes> { serde_json::from_value(value.clone()).unwrap() };
        let account = TrieAccount {
            nonce: word(&proof["nonce"]).to(),
            balance: word(&proof["balance"]),
            storage_root: hash(&proof["storageHash"]),
            code_hash: hash(&proof["codeHash"]),
        };
        let address: Address = play.parse().unwrap();
        let key = Nibbles::unpack(keccak256(address));
        let leaf = alloy_rlp::encode(account);
        verify_proof(hash(&root), key, Some(leaf), &nodes(&proof["accountProof"])).unwrap();
        let slot = &proof["storageProof"][0];
        assert_eq!(word(&slot["value"]), U256::from(number));
        let key = Nibbles::unpack(keccak256(B256::ZERO));
        let leaf = alloy_rlp::encode(U256::from(number));
        verify_proof(account.storage_root, key, Some(leaf), &nodes(&slot["proof"])).unwrap();
    }
}
