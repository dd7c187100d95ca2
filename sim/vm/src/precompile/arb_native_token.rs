//! ArbNativeTokenManager (0x73, from ArbOS 41): chains with a token of their own as gas let its owners mint and burn it.

use revm::primitives::{Address, U256, address, b256};

use super::{
    abi::words,
    call::{Call, Failure, Output},
    method::{Access, Method, Precompile, write},
};
use crate::arbos::{
    schema::schema,
    storage::{Result, Store},
};

/// ArbNativeTokenManager's address.
pub const ARB_NATIVE_TOKEN_MANAGER: Address = address!("0000000000000000000000000000000000000073");

/// A warm access and a transfer of value, as the EVM prices them.
const MOVE_GAS: u64 = 100 + 9000;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_NATIVE_TOKEN_MANAGER,
    name: "ArbNativeTokenManager",
    since: 41,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    write(0xa6f0_f7c7, "mintNativeToken(uint256)", |call| -> Output {
        let wei = admit(call)?;
        let owner = call.sender();
        call.mint(owner, wei)?;
        let topic = b256!("31cb24d7d3d91b929a08221eba2a22aac2e21df26d5f1bcdc767547073c3a20b");
        call.log(vec![topic, owner.into_word()], words([wei]))?;
        Ok(Vec::new())
    })
    .since(41),
    write(0x1c67_9a3c, "burnNativeToken(uint256)", |call| -> Output {
        let wei = admit(call)?;
        let owner = call.sender();
        call.burn_wei(owner, wei)?;
        let topic = b256!("6621d29e942b72554ce1c391fc298b578affcc2903f78810815ee9b78d1dd645");
        call.log(vec![topic, owner.into_word()], words([wei]))?;
        Ok(Vec::new())
    })
    .since(41),
];

/// The amount, for an owner; everyone else loses all gas. R+9100.
fn admit(call: &mut Call<'_>) -> Result<U256> {
    let sender = call.sender();
    if !schema().native_token_owners.contains(call, sender)? {
        return Err(Failure::Burnt);
    }
    call.burn(MOVE_GAS)?;
    call.args.uint(0)
}
