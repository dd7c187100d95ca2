//! Proofs, verified as a client does it: against the header alone.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::proof::verify_proof;
use alloy_trie::{Nibbles, TrieAccount};
use mintage_chain::{AccountProof, BlockId, Chain, ChainReader, ReadError};
use mintage_vm::arbos::schema::{ARBOS_STATE_ADDRESS, schema};

use crate::common::{COUNTER, node};

fn verify(root: B256, key: impl AsRef<[u8]>, value: Option<Vec<u8>>, nodes: &[Bytes]) {
    verify_proof(root, Nibbles::unpack(keccak256(key)), value, nodes).expect("the proof holds");
}

/// The proof of an account and slots at a block, verified.
fn proven(reader: &ChainReader, number: u64, address: Address, slots: &[U256]) -> AccountProof {
    let proof = reader.proof(BlockId::Number(number), address, slots).unwrap();
    let account = TrieAccount {
        nonce: proof.nonce,
        balance: proof.balance,
        storage_root: proof.storage_root,
        code_hash: proof.code_hash,
    };
    let leaf = (account != TrieAccount::default()).then(|| alloy_rlp::encode(account));
    let root = reader.block(number).unwrap().state_root();
    verify(root, address, leaf, &proof.nodes);
    assert_eq!(proof.slots.len(), slots.len());
    for (slot, proof_of_slot) in slots.iter().zip(&proof.slots) {
        assert_eq!(proof_of_slot.slot, *slot);
        let value = proof_of_slot.value;
        let leaf = (!value.is_zero()).then(|| alloy_rlp::encode(value));
        verify(
            proof.storage_root,
            slot.to_be_bytes::<32>(),
            leaf,
            &proof_of_slot.nodes,
        );
    }
    proof
}

#[test]
fn test_proofs_hold_at_every_block() {
    let (mut chain, reader) = node();
    let [alice, bob, counter] = chain.accounts();
    chain.set_code(counter, COUNTER);
    for n in 0..12u64 {
        chain.tx(alice, counter).send().unwrap();
        chain.set_storage(counter, U256::from(100 + n), U256::from(n));
        chain
            .tx(bob, Address::with_last_byte(0x50 + n as u8))
            .value(n)
            .send()
            .unwrap();
    }
    let nobody = Address::repeat_byte(0xee);
    let slots = [U256::ZERO, U256::from(103), U256::from(999)];
    for number in 0..=chain.block_number() {
        let proof = proven(&reader, number, counter, &slots);
        assert_eq!(
            proof.slots[0].value,
            U256::from(number.div_ceil(2)),
            "the calls so far"
        );
        assert_eq!(proven(&reader, number, bob, &[]).nonce, number / 2);
        let absent = proven(&reader, number, nobody, &slots[..1]);
        assert!((absent.nonce, absent.balance, absent.slots[0].value) == (0, U256::ZERO, U256::ZERO));
        assert!(absent.slots[0].nodes.is_empty(), "an empty tree has no nodes");
        // ArbOS's state is an account like any other.
        let arbos = proven(&reader, number, ARBOS_STATE_ADDRESS, &[schema().root.version]);
        assert_eq!((arbos.nonce, arbos.slots[0].value), (1, U256::from(61)));
    }
}

#[test]
fn test_proof_of_another_value_does_not_hold() {
    let (mut chain, reader) = node();
    let [alice] = chain.accounts();
    chain.tx(alice, alice).send().unwrap();
    let proof = proven(&reader, 1, alice, &[]);
    let account = TrieAccount {
        nonce: proof.nonce + 1,
        balance: proof.balance,
        storage_root: proof.storage_root,
        code_hash: proof.code_hash,
    };
    let root = reader.head().state_root();
    let key = Nibbles::unpack(keccak256(alice));
    assert!(verify_proof(root, key, Some(alloy_rlp::encode(account)), &proof.nodes).is_err());
}

#[test]
fn test_proofs_end_with_their_blocks() {
    let (mut chain, reader) = node();
    let [alice] = chain.accounts();
    let snapshot = chain.snapshot();
    chain.tx(alice, alice).send().unwrap();
    let gone = reader.head().hash;
    chain.revert_to(snapshot).unwrap();
    assert_eq!(
        reader.proof(BlockId::Hash(gone), alice, &[]),
        Err(ReadError::UnknownBlock)
    );
    chain.tx(alice, alice).value(1).send().unwrap();
    proven(&reader, 1, alice, &[]);
    let copy: Chain = chain.clone();
    chain.tx(alice, alice).send().unwrap();
    proven(&copy.reader().unwrap(), 1, alice, &[]);
    proven(&reader, 2, alice, &[]);
}
