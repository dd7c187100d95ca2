//! ArbOwner (0x70): the chain's owners change the rules.
//!
//! Who is no owner loses all gas; an owner pays none, and what it did is logged. Setters of Stylus parameters are in
//! [`arb_owner_stylus`](super::arb_owner_stylus).

use revm::primitives::{Address, B256, U256, address, b256};

use super::{
    abi::{List, Tuple, one},
    arb_owner_public::{account, all, is_member},
    arb_owner_stylus as stylus,
    call::{Call, Failure, Output, number},
    method::{Access, Method, Precompile, view, write},
};
use crate::arbos::{
    ArbosVersion,
    base_fee::GasConstraint,
    bytes,
    fees::L1_PRICER_FUNDS,
    gas_price,
    multi_gas::{KINDS, MAX_EXPONENT_BIPS, MultiGasConstraint, exponents_bips},
    schema::{AddressSetSpace, schema},
    storage::{Result, Store},
};

/// ArbOwner's address.
pub const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");

/// Highest level of Brotli.
const MAX_BROTLI_LEVEL: u64 = 11;
/// Most constraints from ArbOS 51 to 59.
const MAX_CONSTRAINTS: usize = 20;
/// How long a feature that changes what users may rely on is announced before.
const NOTICE_SECS: u64 = 7 * 86_400;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_OWNER,
    name: "ArbOwner",
    since: 0,
    access: Access::Owners,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    write(0x481f_8dbf, "addChainOwner(address)", |call| {
        change_set(call, &schema().chain_owners, true, CHAIN_OWNER_ADDED)
    }),
    write(0x8792_701a, "removeChainOwner(address)", |call| {
        change_set(call, &schema().chain_owners, false, CHAIN_OWNER_REMOVED)
    }),
    view(0x26ef_7f68, "isChainOwner(address)", |call| {
        is_member(call, &schema().chain_owners)
    }),
    view(0x516b_4e0f, "getAllChainOwners()", |call| {
        all(call, &schema().chain_owners)
    }),
    write(0xbdb8_f707, "setNativeTokenManagementFrom(uint64)", |call| {
        announce(call, schema().root.native_token_from_ts)
    })
    .since(41),
    write(0x4606_6e45, "setTransactionFilteringFrom(uint64)", |call| {
        announce(call, schema().root.filtering_from_ts)
    })
    .since(60),
    write(0xaeb3_a464, "addNativeTokenOwner(address)", |call| {
        check_begun(call, schema().root.native_token_from_ts)?;
        change_set(
            call,
            &schema().native_token_owners,
            true,
            NATIVE_TOKEN_OWNER_ADDED,
        )
    })
    .since(41),
    write(0x96a3_751d, "removeNativeTokenOwner(address)", |call| {
        change_set(
            call,
            &schema().native_token_owners,
            false,
            NATIVE_TOKEN_OWNER_REMOVED,
        )
    })
    .since(41),
    view(0xc686_f4db, "isNativeTokenOwner(address)", |call| {
        is_member(call, &schema().native_token_owners)
    })
    .since(41),
    view(0x3f86_01e4, "getAllNativeTokenOwners()", |call| {
        all(call, &schema().native_token_owners)
    })
    .since(41),
    write(0x59c8_7acc, "addTransactionFilterer(address)", |call| {
        check_begun(call, schema().root.filtering_from_ts)?;
        change_set(call, &schema().transaction_filterers, true, FILTERER_ADDED)
    })
    .since(60),
    write(0x67ad_a089, "removeTransactionFilterer(address)", |call| {
        change_set(call, &schema().transaction_filterers, false, FILTERER_REMOVED)
    })
    .since(60),
    view(0xb323_52c3, "isTransactionFilterer(address)", |call| {
        is_member(call, &schema().transaction_filterers)
    })
    .since(60),
    view(0x595f_bb5a, "getAllTransactionFilterers()", |call| {
        all(call, &schema().transaction_filterers)
    })
    .since(60),
    write(0xb79d_a0e9, "setFilteredFundsRecipient(address)", |call| {
        let recipient = call.args.address(0)?;
        call.write(schema().root.filtered_funds_recipient, number(recipient))?;
        call.log(
            vec![FILTERED_FUNDS_RECIPIENT_SET, recipient.into_word()],
            Vec::new(),
        )?;
        Ok(Vec::new())
    })
    .since(60),
    view(0x3caa_5f12, "getFilteredFundsRecipient()", |call| {
        account(call, schema().root.filtered_funds_recipient)
    })
    .since(60),
    write(0x718f_7805, "setL1BaseFeeEstimateInertia(uint64)", |call| {
        set_u64(call, schema().l1.inertia)
    }),
    write(0xd99b_c80e, "setL2BaseFee(uint256)", |call| {
        set_wei(call, schema().l2.base_fee)
    }),
    write(0xa018_8cdb, "setMinimumL2BaseFee(uint256)", |call| {
        set_wei(call, schema().l2.min_base_fee)
    }),
    write(0x4d7a_060d, "setSpeedLimit(uint64)", |call| {
        set_positive(call, schema().l2.speed)
    }),
    write(0x3967_3611, "setMaxTxGasLimit(uint64)", |call| {
        let l2 = &schema().l2;
        let per_tx = call.arbos >= ArbosVersion::V50;
        set_u64(call, if per_tx { l2.tx_limit } else { l2.block_limit })
    }),
    write(0xae10_5c80, "setMaxBlockGasLimit(uint64)", |call| {
        set_u64(call, schema().l2.block_limit)
    })
    .since(50),
    write(0x3fd6_2a29, "setL2GasPricingInertia(uint64)", |call| {
        set_positive(call, schema().l2.inertia)
    }),
    write(0x198e_7157, "setL2GasBacklogTolerance(uint64)", |call| {
        set_u64(call, schema().l2.tolerance)
    }),
    view(0x2d91_25e9, "getNetworkFeeAccount()", |call| {
        account(call, schema().root.network_fee_account)
    }),
    view(0xee95_a824, "getInfraFeeAccount()", |call| {
        account(call, schema().root.infra_fee_account)
    })
    .since(5),
    write(0xfcdd_e2b4, "setNetworkFeeAccount(address)", |call| {
        set_account(call, schema().root.network_fee_account)
    }),
    write(0x57f5_85db, "setInfraFeeAccount(address)", |call| {
        set_account(call, schema().root.infra_fee_account)
    })
    .since(5),
    write(0xe388_b381, "scheduleArbOSUpgrade(uint64,uint64)", |call| {
        let (version, from_ts): (u64, u64) = (call.args.small(0)?, call.args.small(1)?);
        call.write(schema().root.upgrade_version, U256::from(version))?;
        call.write(schema().root.upgrade_ts, U256::from(from_ts))?;
        Ok(Vec::new())
    }),
    write(0x152d_b696, "setL1PricingEquilibrationUnits(uint256)", |call| {
        set(call, schema().l1.equilibration_units, U256::MAX)
    }),
    write(0x775a_82e9, "setL1PricingInertia(uint64)", |call| {
        set_u64(call, schema().l1.inertia)
    }),
    write(0x934b_e07d, "setL1PricingRewardRecipient(address)", |call| {
        set_account(call, schema().l1.pay_rewards_to)
    }),
    write(0xf673_9500, "setL1PricingRewardRate(uint64)", |call| {
        set_u64(call, schema().l1.per_unit_reward)
    }),
    write(0x2b35_2fae, "setL1PricePerUnit(uint256)", |call| {
        set(call, schema().l1.price_per_unit, U256::MAX)
    }),
    write(0x3a93_0b0b, "setParentGasFloorPerToken(uint64)", |call| {
        set_u64(call, schema().l1.gas_floor_per_token)
    })
    .since(50),
    write(0xfad7_f20b, "setPerBatchGasCharge(int64)", |call| {
        let gas = call.args.int64(0)?;
        let word = if gas < 0 {
            U256::from(gas.unsigned_abs()).wrapping_neg()
        } else {
            U256::from(gas.unsigned_abs())
        };
        call.write(schema().l1.per_batch_gas, word)?;
        Ok(Vec::new())
    }),
    write(0x5399_126f, "setBrotliCompressionLevel(uint64)", |call| {
        let level: u64 = call.args.small(0)?;
        if level > MAX_BROTLI_LEVEL {
            return Err(Failure::Plain);
        }
        set_u64(call, schema().root.brotli_level)
    })
    .since(20),
    write(0x5619_1cc3, "setAmortizedCostCapBips(uint64)", |call| {
        set_u64(call, schema().l1.cap_bips)
    }),
    write(
        0x314b_cf05,
        "releaseL1PricerSurplusFunds(uint256)",
        release_surplus,
    )
    .since(10),
    write(0x8c1d_4fda, "setInkPrice(uint32)", stylus::ink_price).since(30),
    write(
        0x4567_cc8e,
        "setWasmMaxStackDepth(uint32)",
        stylus::max_stack_depth,
    )
    .since(30),
    write(0x3f37_a846, "setWasmFreePages(uint16)", stylus::free_pages).since(30),
    write(0xaaa6_19e0, "setWasmPageGas(uint16)", stylus::page_gas).since(30),
    write(0x6595_381a, "setWasmPageLimit(uint16)", stylus::page_limit).since(30),
    write(0x455e_c2eb, "setWasmMaxSize(uint32)", stylus::max_size).since(40),
    write(
        0x8293_405e,
        "setWasmMinInitGas(uint8,uint16)",
        stylus::min_init_gas,
    )
    .since(30),
    write(
        0x67e0_718f,
        "setWasmInitCostScalar(uint64)",
        stylus::init_cost_scalar,
    )
    .since(30),
    write(0xaac6_8018, "setWasmExpiryDays(uint16)", stylus::expiry_days).since(30),
    write(
        0x2a9c_be3e,
        "setWasmKeepaliveDays(uint16)",
        stylus::keepalive_days,
    )
    .since(30),
    write(
        0x380f_1457,
        "setWasmBlockCacheSize(uint16)",
        stylus::block_cache_size,
    )
    .since(30),
    write(0xffdc_a515, "addWasmCacheManager(address)", |call| {
        let manager = call.args.address(0)?;
        schema().programs.cache_managers.add(call, manager)?;
        Ok(Vec::new())
    })
    .since(30),
    write(0xbf19_7322, "removeWasmCacheManager(address)", |call| {
        let manager = call.args.address(0)?;
        schema().programs.cache_managers.remove(call, manager)?;
        Ok(Vec::new())
    })
    .since(30),
    write(0xeda7_3212, "setChainConfig(string)", |call| {
        let text = call.args.bytes(0)?;
        bytes::set(call, &schema().chain_config, &text)?;
        Ok(Vec::new())
    })
    .since(11),
    write(0x8eb9_11d9, "setCalldataPriceIncrease(bool)", |call| {
        let on = call.args.boolean(0)?;
        let mut features = call.read(schema().features)?;
        features.set_bit(0, on);
        call.write(schema().features, features)?;
        Ok(Vec::new())
    })
    .since(40),
    write(0x68fc_808a, "setGasBacklog(uint64)", |call| {
        set_u64(call, schema().l2.backlog)
    })
    .since(50),
    write(
        0xcc0d_556a,
        "setGasPricingConstraints(uint64[3][])",
        set_constraints,
    )
    .since(50),
    write(
        0x2b05_bb39,
        "setMultiGasPricingConstraints(((uint8,uint64)[],uint32,uint64,uint64)[])",
        set_multi_gas_constraints,
    )
    .since(60),
    write(
        0xf1fe_1a70,
        "setMaxStylusContractFragments(uint8)",
        stylus::max_fragments,
    )
    .since(60),
    write(
        0xa0a3_2497,
        "setWasmActivationGas(uint64)",
        stylus::activation_gas,
    )
    .since(59),
    write(0xa858_dbe2, "setCollectTips(bool)", |call| {
        let on = call.args.boolean(0)?;
        call.write(schema().root.collect_tips, U256::from(on))?;
        Ok(Vec::new())
    })
    .since(60),
];

const CHAIN_OWNER_ADDED: B256 = b256!("468eb89423e509e6b3edfd60f81c5d0f2ad5362307bd4db79a183c8a8f6bf430");
const CHAIN_OWNER_REMOVED: B256 = b256!("adccaaabc4a1e1609c82e07cd301c9563c2ed46559becda0e14373ab9d480f15");
const NATIVE_TOKEN_OWNER_ADDED: B256 =
    b256!("9a6ac4819c7018655b5e0e2a1538a32f405355e698425cf6714914dcff06fa9e");
const NATIVE_TOKEN_OWNER_REMOVED: B256 =
    b256!("0862497be81c4801fbee18c876590d43ae844ec4c8413e53853a347cb759879a");
const FILTERER_ADDED: B256 = b256!("92c0896862dcf782b080661b3b1ab369f630b7cd4a68f1aa10ad27ba0b1a6aa1");
const FILTERER_REMOVED: B256 = b256!("dbd02dacac4eee42611d0b4f3cc8909cf61c742a8509b771220eaab21638fb14");
const FILTERED_FUNDS_RECIPIENT_SET: B256 =
    b256!("7446ff652b5056197ad963b644a1767e511137f4ea213dee4ce04e8ed08f9b9d");

/// Adds to a set or takes out of it; from ArbOS 60 that is logged.
fn change_set(call: &mut Call<'_>, set: &AddressSetSpace, add: bool, topic: B256) -> Output {
    let member = call.args.address(0)?;
    if add {
        set.add(call, member)?;
    } else {
        set.remove(call, member)?;
    }
    if call.arbos >= ArbosVersion::V60 {
        call.log(vec![topic, member.into_word()], Vec::new())?;
    }
    Ok(Vec::new())
}

fn set(call: &mut Call<'_>, slot: U256, most: U256) -> Output {
    let value = call.args.uint(0)?;
    if value > most {
        return Err(Failure::Burnt);
    }
    call.write(slot, value)?;
    Ok(Vec::new())
}

pub(super) fn set_u64(call: &mut Call<'_>, slot: U256) -> Output {
    set(call, slot, U256::from(u64::MAX))
}

/// A price of gas. The argument is wider than what a block's base fee can be here.
fn set_wei(call: &mut Call<'_>, slot: U256) -> Output {
    if call.args.uint(0)? > U256::from(u64::MAX) {
        return Err(Failure::Plain);
    }
    set_u64(call, slot)
}

fn set_positive(call: &mut Call<'_>, slot: U256) -> Output {
    if call.args.small::<u64>(0)? == 0 {
        return Err(Failure::Plain);
    }
    set_u64(call, slot)
}

fn set_account(call: &mut Call<'_>, slot: U256) -> Output {
    let account = call.args.address(0)?;
    call.write(slot, number(account))?;
    Ok(Vec::new())
}

/// From when a feature is on; 0 turns it off.
///
/// ambiguous: only that there is a date is recorded. The rule is the one that the interface's documentation states: a
/// week's notice; a date that is on or nearer than that may be put off, but not brought forward.
fn announce(call: &mut Call<'_>, slot: U256) -> Output {
    let from_ts: u64 = call.args.small(0)?;
    if from_ts > 0 {
        let now_ts = call.now_ts();
        let noticed_ts = now_ts.saturating_add(NOTICE_SECS);
        let stored_ts = call.read_u64(slot)?;
        let soon = stored_ts > 0 && stored_ts <= noticed_ts;
        if from_ts < if soon { stored_ts } else { noticed_ts } {
            return Err(Failure::Plain);
        }
    }
    call.write(slot, U256::from(from_ts))?;
    Ok(Vec::new())
}

fn check_begun(call: &mut Call<'_>, slot: U256) -> Result<()> {
    let from_ts = call.read_u64(slot)?;
    if from_ts == 0 || from_ts > call.now_ts() {
        return Err(Failure::Plain);
    }
    Ok(())
}

/// Wei on the fund's account that its books do not know: they are entered, up to the argument. How many it were.
fn release_surplus(call: &mut Call<'_>) -> Output {
    let most = call.args.uint(0)?;
    let held = call.ledger().balance(L1_PRICER_FUNDS)?;
    let known = call.read(schema().l1.fees_available)?;
    let wei = held.checked_sub(known).ok_or(Failure::Plain)?.min(most);
    call.write(schema().l1.fees_available, known.saturating_add(wei))?;
    Ok(one(wei))
}

fn set_constraints(call: &mut Call<'_>) -> Output {
    let args = call.args.clone();
    let list = args.list(0)?;
    let mut constraints = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        let rule = GasConstraint {
            target_gas_per_sec: list.field(index, 3, 0)?,
            window_secs: list.field(index, 3, 1)?,
        };
        let backlog = list.field(index, 3, 2)?;
        if rule.target_gas_per_sec == 0 || rule.window_secs == 0 {
            return Err(Failure::Plain);
        }
        constraints.push((rule, backlog));
    }
    let limited = (ArbosVersion::V51..ArbosVersion::V60).contains(&call.arbos);
    if limited && constraints.len() > MAX_CONSTRAINTS {
        return Err(Failure::Plain);
    }
    gas_price::set_constraints(call, &constraints)?;
    Ok(Vec::new())
}

fn set_multi_gas_constraints(call: &mut Call<'_>) -> Output {
    let args = call.args.clone();
    let list = args.list(0)?;
    let mut constraints = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        constraints.push(multi_gas_constraint(&list.element(index)?)?);
    }
    let exponents = exponents_bips(&constraints);
    if exponents.into_iter().any(|bips| bips > MAX_EXPONENT_BIPS) {
        return Err(Failure::Plain);
    }
    gas_price::set_multi_gas_constraints(call, &constraints)?;
    Ok(Vec::new())
}

fn multi_gas_constraint(tuple: &Tuple<'_>) -> Result<(MultiGasConstraint, u64)> {
    let resources: List<'_> = tuple.list(0)?;
    let mut weights = [0; KINDS];
    for index in 0..resources.len() {
        let kind: u8 = resources.field(index, 2, 0)?;
        let weight = weights.get_mut(usize::from(kind)).ok_or(Failure::Plain)?;
        *weight = resources.field(index, 2, 1)?;
    }
    let rule = MultiGasConstraint {
        window_secs: tuple.field::<u32>(1)?.into(),
        target_gas_per_sec: tuple.field(2)?,
        weights,
    };
    if rule.window_secs == 0 || rule.target_gas_per_sec == 0 || rule.max_weight() == 0 {
        return Err(Failure::Plain);
    }
    Ok((rule, tuple.field(3)?))
}
