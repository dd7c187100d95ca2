//! Who may do what: an owner, handed over in two steps, and a guardian whom the owner appoints and who can only stop things.
//! The names are OpenZeppelin's, which explorers and tools know.

use crate::prelude::*;
use crate::storage::Place;
use crate::word::{is_zero, same};

mintage_kit_macros::solidity! {
    /// A hand-over was begun, or withdrawn (to zero).
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
    /// The owner changed.
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    /// The guardian changed.
    event GuardianChanged(address indexed previousGuardian, address indexed newGuardian);
    /// Only the owner may do this; to accept, only the pending owner.
    error OwnableUnauthorizedAccount(address account);
    /// The zero address cannot be owner.
    error OwnableInvalidOwner(address owner);
    /// Only the guardian or the owner may do this.
    error NotGuardian(address account);
}

/// `address owner; address pendingOwner; address guardian;`
#[crate::storage]
pub struct Roles {
    owner: Slot<Address>,
    pending_owner: Slot<Address>,
    guardian: Slot<Address>,
}

impl<P: Place> Roles<P> {
    /// Sets the first owner and guardian, in a constructor.
    ///
    /// # Errors
    /// A zero owner. The guardian may be zero: none.
    pub fn start(&mut self, owner: Address, guardian: Address) -> Result<()> {
        ensure!(!is_zero(&owner), OwnableInvalidOwner { owner });
        self.set_owner(owner);
        self.appoint(guardian);
        Ok(())
    }

    /// The owner.
    pub fn owner(&self) -> Address {
        self.owner.get()
    }

    /// Who has been asked to become owner.
    pub fn pending_owner(&self) -> Address {
        self.pending_owner.get()
    }

    /// The guardian.
    pub fn guardian(&self) -> Address {
        self.guardian.get()
    }

    /// Lets only the owner pass, and returns it.
    ///
    /// # Errors
    /// Anybody else.
    pub fn only_owner(&self) -> Result<Address> {
        self.ensure_owner()?;
        Ok(msg::sender())
    }

    /// Lets only the owner pass.
    ///
    /// # Errors
    /// Anybody else.
    #[inline(never)]
    pub fn ensure_owner(&self) -> Result<()> {
        let account = msg::sender();
        ensure!(
            same(&account, &self.owner.get()),
            OwnableUnauthorizedAccount { account }
        );
        Ok(())
    }

    /// Lets only the guardian or the owner pass, and returns the caller.
    ///
    /// # Errors
    /// Anybody else.
    pub fn only_guardian(&self) -> Result<Address> {
        let account = msg::sender();
        ensure!(
            same(&account, &self.guardian.get()) || same(&account, &self.owner.get()),
            NotGuardian { account }
        );
        Ok(account)
    }

    /// The owner asks somebody to take over; zero withdraws the request.
    ///
    /// # Errors
    /// A caller who is not the owner.
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<()> {
        let previous_owner = self.only_owner()?;
        self.pending_owner.set(new_owner);
        emit(OwnershipTransferStarted {
            previous_owner,
            new_owner,
        });
        Ok(())
    }

    /// The pending owner takes over.
    ///
    /// # Errors
    /// A caller who was not asked.
    pub fn accept_ownership(&mut self) -> Result<()> {
        let account = msg::sender();
        ensure!(
            same(&account, &self.pending_owner.get()),
            OwnableUnauthorizedAccount { account }
        );
        self.set_owner(account);
        Ok(())
    }

    /// The owner leaves for good: nobody can do what only the owner may.
    ///
    /// # Errors
    /// A caller who is not the owner.
    pub fn renounce_ownership(&mut self) -> Result<()> {
        self.ensure_owner()?;
        self.set_owner(Address::ZERO);
        Ok(())
    }

    /// The owner appoints a guardian; zero: none.
    ///
    /// # Errors
    /// A caller who is not the owner.
    pub fn set_guardian(&mut self, guardian: Address) -> Result<()> {
        self.ensure_owner()?;
        self.appoint(guardian);
        Ok(())
    }

    #[inline(never)]
    fn set_owner(&mut self, new_owner: Address) {
        let previous_owner = self.owner.get();
        self.pending_owner.set(Address::ZERO);
        self.owner.set(new_owner);
        emit(OwnershipTransferred {
            previous_owner,
            new_owner,
        });
    }

    #[inline(never)]
    fn appoint(&mut self, new_guardian: Address) {
        let previous_guardian = self.guardian.get();
        self.guardian.set(new_guardian);
        emit(GuardianChanged {
            previous_guardian,
            new_guardian,
        });
    }
}
