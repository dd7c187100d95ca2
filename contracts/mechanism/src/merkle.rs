//! Merkle proofs of an airdrop, in both leaf forms.
//!
//! * **Equation.** `root = h(sorted(node, sibling))` up the tree; leaf `h(index ‖ account ‖ amount)` (84 bytes) or `h(h(…))` of any encoding.
//! * **Symbols.** Nodes of 32 bytes; `index` and `amount` big-endian words of 32 bytes, `account` 20 bytes.
//! * **Source.** Uniswap `merkle-distributor`; OpenZeppelin `MerkleProof` with doubly hashed leaves (rules re-stated, systems.md 2.15, 3.5).
//! * **Domain.** Proofs of at most [`MAX_PROOF`] siblings, which holds more leaves than there are accounts.
//! * **Rounding.** None.
//! * **In the wild.** A leaf of 64 bytes can be passed off as an inner node (second preimage): 84 bytes cannot, nor can a doubly hashed leaf. The same
//!   tree at two distributors pays twice: put the distributor's address into the leaf, or keep the roots apart. An index pays once: the bitmap is
//!   the caller's, [`claim_bit`] tells where.
//!
//! The hash is a parameter, since a contract calls the host's keccak and a simulator its own.

/// The longest proof.
pub const MAX_PROOF: usize = 64;

/// A node of the tree.
pub type Node = [u8; 32];

/// `h(index ‖ account ‖ amount)`: the 84-byte leaf.
pub fn leaf(index: Node, account: [u8; 20], amount: Node, hash: impl Fn(&[u8]) -> Node) -> Node {
    let mut packed = [0u8; 84];
    let (head, tail) = packed.split_at_mut(32);
    head.copy_from_slice(&index);
    let (middle, last) = tail.split_at_mut(20);
    middle.copy_from_slice(&account);
    last.copy_from_slice(&amount);
    hash(&packed)
}

/// `h(h(encoded))`: a leaf of any encoding that cannot be mistaken for a node.
pub fn double_leaf(encoded: &[u8], hash: impl Fn(&[u8]) -> Node) -> Node {
    hash(&hash(encoded))
}

/// The parent of two nodes: the hash of the smaller and the larger.
pub fn parent(a: Node, b: Node, hash: impl Fn(&[u8]) -> Node) -> Node {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    let mut pair = [0u8; 64];
    let (left, right) = pair.split_at_mut(32);
    left.copy_from_slice(&low);
    right.copy_from_slice(&high);
    hash(&pair)
}

/// Whether a proof leads from the leaf to the root. A proof that is too long is wrong.
///
/// ```
/// use mintage_mechanism::merkle::{parent, verify};
/// use alloy_primitives::keccak256;
/// let hash = |data: &[u8]| keccak256(data).0;
/// let (a, b) = (hash(b"a"), hash(b"b"));
/// let root = parent(a, b, hash);
/// assert!(verify(root, a, &[b], hash));
/// assert!(!verify(root, a, &[a], hash));
/// ```
pub fn verify(root: Node, leaf: Node, proof: &[Node], hash: impl Fn(&[u8]) -> Node) -> bool {
    if proof.len() > MAX_PROOF {
        return false;
    }
    proof
        .iter()
        .fold(leaf, |node, sibling| parent(node, *sibling, &hash))
        == root
}

/// Where an index stands in a bitmap of words of 256 bits: `(word, bit)`.
///
/// ```
/// use mintage_mechanism::merkle::claim_bit;
/// assert_eq!(claim_bit(255), (0, 255));
/// assert_eq!(claim_bit(256), (1, 0));
/// ```
pub fn claim_bit(index: u64) -> (u64, u8) {
    (index >> 8, (index & 0xff) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{U256, hex, keccak256};
    use proptest::prelude::*;

    fn hash(data: &[u8]) -> Node {
        keccak256(data).0
    }

    fn word(value: u64) -> Node {
        U256::from(value).to_be_bytes()
    }

    const ROOT: Node = hex!("fa438d67adba59048c48cd14c4cd5ff18d99a4e4e2729b3cf81b51c46223bd22");
    const LEAVES: [Node; 3] = [
        hex!("f3c5acb53398e1d11dcaa74e37acc33d228f5da944fbdea9a918684074a21cdb"),
        hex!("0782528e118c4350a2465fbeabec5e72fff06991a29f21c08d37a0d275e38ddd"),
        hex!("c86fd316fa3e7b83c2665b5ccb63771e78abcc0429e0105c91dde37cb9b857a4"),
    ];

    #[test]
    fn s3_5_the_reference_tree() {
        let accounts = [
            (hex!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"), 250),
            (hex!("70997970C51812dc3A010C7d01b50e0d17dc79C8"), 300),
            (hex!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), 200),
        ];
        for (index, (account, amount)) in accounts.into_iter().enumerate() {
            assert_eq!(
                leaf(word(index as u64), account, word(amount), hash),
                LEAVES[index]
            );
        }
        let inner = hex!("0c9bcaca2a1013557ef7f348b514ab8a8cd6c7051b69e46b1681a2aff22f4a88");
        assert!(verify(ROOT, LEAVES[0], &[inner], hash));
        assert!(verify(ROOT, LEAVES[1], &[LEAVES[2], LEAVES[0]], hash));
        assert!(verify(ROOT, LEAVES[2], &[LEAVES[1], LEAVES[0]], hash));
        // wrong amount, wrong index, wrong proof, no proof
        assert!(!verify(
            ROOT,
            leaf(word(0), accounts[0].0, word(251), hash),
            &[inner],
            hash
        ));
        assert!(!verify(
            ROOT,
            leaf(word(1), accounts[0].0, word(250), hash),
            &[inner],
            hash
        ));
        assert!(!verify(ROOT, LEAVES[0], &[LEAVES[1]], hash));
        assert!(!verify(ROOT, LEAVES[0], &[], hash));
        assert!(!verify(ROOT, LEAVES[0], &[inner; 65], hash));
    }

    /// An inner node is no leaf: its 64 bytes are neither 84 nor hashed twice.
    #[test]
    fn s2_15_second_preimage() {
        let inner = parent(LEAVES[1], LEAVES[2], hash);
        // the tree accepts its own node, as every Merkle tree does …
        assert!(verify(ROOT, inner, &[LEAVES[0]], hash));
        // … but nobody can present its content as a leaf
        let mut content = [0u8; 64];
        content[..32].copy_from_slice(&LEAVES[1]);
        content[32..].copy_from_slice(&LEAVES[2]);
        assert!(!verify(ROOT, double_leaf(&content, hash), &[LEAVES[0]], hash));
    }

    #[test]
    fn s2_15_bitmap_boundary() {
        assert_eq!(claim_bit(0), (0, 0));
        assert_eq!(claim_bit(511), (1, 255));
        assert_eq!(claim_bit(u64::MAX), (u64::MAX >> 8, 255));
    }

    #[test]
    fn s2_15_a_double_leaf_is_hashed_twice() {
        // keccak256(keccak256("")), and not its inner hash
        let inner = hex!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(hash(b""), inner);
        assert_eq!(double_leaf(b"", hash), hash(&inner));
        assert_ne!(double_leaf(b"", hash), inner);
    }

    #[test]
    fn a_proof_has_up_to_64_nodes() {
        let proof: Vec<Node> = (0..65).map(word).collect();
        let root = |length: usize| {
            proof[..length]
                .iter()
                .fold(word(9), |node, next| parent(node, *next, hash))
        };
        assert!(verify(root(64), word(9), &proof[..64], hash));
        assert!(!verify(root(65), word(9), &proof, hash));
    }

    proptest! {
        /// Trees of any size: every leaf has its proof, and no other leaf passes with it.
        #[test]
        fn prop_every_leaf_proves_itself(count in 1usize..40, at in any::<prop::sample::Index>()) {
            let leaves: Vec<Node> = (0..count as u64).map(|i| leaf(word(i), [7; 20], word(i * i), hash)).collect();
            let mut place = at.index(count);
            let (mut level, mut proof) = (leaves.clone(), vec![]);
            while level.len() > 1 {
                if let Some(sibling) = level.get(place ^ 1) { proof.push(*sibling); }
                level = level.chunks(2).map(|c| if c.len() == 2 { parent(c[0], c[1], hash) } else { c[0] }).collect();
                place /= 2;
            }
            for (i, l) in leaves.iter().enumerate() {
                prop_assert_eq!(verify(level[0], *l, &proof, hash), i == at.index(count));
            }
        }
    }
}
