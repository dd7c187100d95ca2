//! ArbGasInfo (0x6c): prices of gas and of L1 data, and how they move.

use revm::primitives::{Address, U256, address};

use super::{
    abi::{list, one, words},
    arb_owner_public::{account, slot},
    call::{Call, Output},
    method::{Access, Method, Precompile, view},
};
use crate::arbos::{
    ArbosVersion, gas_price, l1_report,
    multi_gas::{KINDS, Kind},
    poster::UNITS_PER_BYTE,
    schema::schema,
    storage::{READ_GAS, Result, Store},
};

/// ArbGasInfo's address.
pub const ARB_GAS_INFO: Address = address!("000000000000000000000000000000000000006c");

/// Bytes that a simple transaction is taken to have on L1.
const TX_BYTES: u64 = 140;
/// Gas of writing a slot, by which storage is priced.
const STORAGE_GAS: u64 = 20_000;

pub(super) const PRECOMPILE: Precompile = Precompile {
    address: ARB_GAS_INFO,
    name: "ArbGasInfo",
    since: 0,
    access: Access::Everyone,
    methods: METHODS,
};

const METHODS: &[Method] = &[
    // Prices do not depend on who posts any more.
    view(
        0xba9c_916e,
        "getPricesInWeiWithAggregator(address)",
        prices_in_wei,
    ),
    view(0x41b2_47a8, "getPricesInWei()", prices_in_wei),
    view(
        0x7a1e_a732,
        "getPricesInArbGasWithAggregator(address)",
        prices_in_gas,
    ),
    view(0x0219_9f34, "getPricesInArbGas()", prices_in_gas),
    view(0x612a_f178, "getGasAccountingParams()", |call| {
        let speed = call.read(schema().l2.speed)?;
        let limit = call.read(schema().l2.block_limit)?;
        Ok(words([speed, limit, limit]))
    }),
    view(0xaae1_cd4c, "getMaxTxGasLimit()", |call| {
        slot(call, schema().l2.tx_limit)
    })
    .since(50),
    view(0xf918_379a, "getMinimumGasPrice()", |call| {
        slot(call, schema().l2.min_base_fee)
    }),
    view(0xf5d6_ded7, "getL1BaseFeeEstimate()", |call| {
        slot(call, schema().l1.price_per_unit)
    }),
    view(0x29eb_31ee, "getL1BaseFeeEstimateInertia()", |call| {
        slot(call, schema().l1.inertia)
    }),
    view(0x8a5b_1d28, "getL1RewardRate()", |call| {
        slot(call, schema().l1.per_unit_reward)
    })
    .since(11),
    view(0x9e6d_7e31, "getL1RewardRecipient()", |call| {
        account(call, schema().l1.pay_rewards_to)
    })
    .since(11),
    view(0x055f_362f, "getL1GasPriceEstimate()", |call| {
        slot(call, schema().l1.price_per_unit)
    }),
    view(0xc6f7_de0e, "getCurrentTxL1GasFees()", |call| {
        Ok(one(call.context.poster_fee_wei))
    }),
    view(0x1d5b_5c20, "getGasBacklog()", |call| {
        slot(call, schema().l2.backlog)
    }),
    view(0x3dfb_45b9, "getPricingInertia()", |call| {
        slot(call, schema().l2.inertia)
    }),
    view(0x2575_4f91, "getGasBacklogTolerance()", |call| {
        slot(call, schema().l2.tolerance)
    }),
    view(0x520a_cdd7, "getL1PricingSurplus()", |call| {
        Ok(one(l1_report::surplus(call)?.into_raw()))
    }),
    view(0x6ecc_a45a, "getPerBatchGasCharge()", |call| {
        slot(call, schema().l1.per_batch_gas)
    }),
    view(0x7a7d_6beb, "getAmortizedCostCapBips()", |call| {
        slot(call, schema().l1.cap_bips)
    }),
    view(0x5b39_d23c, "getL1FeesAvailable()", |call| {
        slot(call, schema().l1.fees_available)
    })
    .since(10),
    view(0xad26_ce90, "getL1PricingEquilibrationUnits()", |call| {
        slot(call, schema().l1.equilibration_units)
    })
    .since(20),
    view(0x138b_47b4, "getLastL1PricingUpdateTime()", |call| {
        slot(call, schema().l1.last_update_ts)
    })
    .since(20),
    view(0x963d_6002, "getL1PricingFundsDueForRewards()", |call| {
        slot(call, schema().l1.rewards_due)
    })
    .since(20),
    view(0xeff0_1306, "getL1PricingUnitsSinceUpdate()", |call| {
        slot(call, schema().l1.units_since_update)
    })
    .since(20),
    view(0x2987_d027, "getLastL1PricingSurplus()", |call| {
        slot(call, schema().l1.last_surplus)
    })
    .since(20),
    view(0x0371_fdb4, "getMaxBlockGasLimit()", |call| {
        slot(call, schema().l2.block_limit)
    })
    .since(50),
    view(0x2320_27d1, "getGasPricingConstraints()", constraints).since(50),
    view(
        0xbbfc_0a72,
        "getMultiGasPricingConstraints()",
        multi_gas_constraints,
    )
    .since(60),
    view(0xc0e1_0bbb, "getMultiGasBaseFee()", multi_gas_base_fee).since(60),
];

fn price_of_byte(call: &mut Call<'_>) -> Result<U256> {
    let price = call.read(schema().l1.price_per_unit)?;
    Ok(price.saturating_mul(U256::from(UNITS_PER_BYTE)))
}

fn prices_in_wei(call: &mut Call<'_>) -> Output {
    let byte = price_of_byte(call)?;
    let base_fee = U256::from(call.base_fee_wei());
    let least = call.read(schema().l2.min_base_fee)?.min(base_fee);
    Ok(words([
        byte.saturating_mul(U256::from(TX_BYTES)),
        byte,
        base_fee * U256::from(STORAGE_GAS),
        least,
        base_fee - least,
        base_fee,
    ]))
}

/// In gas at the base fee, rounded down; 0 where gas is free.
fn prices_in_gas(call: &mut Call<'_>) -> Output {
    let byte = price_of_byte(call)?;
    let base_fee = U256::from(call.base_fee_wei());
    let in_gas = |wei: U256| wei.checked_div(base_fee).unwrap_or_default();
    Ok(words([
        in_gas(byte.saturating_mul(U256::from(TX_BYTES))),
        in_gas(byte),
        U256::from(STORAGE_GAS),
    ]))
}

fn constraints(call: &mut Call<'_>) -> Output {
    let count = call.read_u64(schema().l2.constraints.len_slot())?;
    let mut words = Vec::new();
    for index in 0..count {
        let (rule, backlog) = gas_price::constraint(call, index)?;
        words.extend([rule.target_gas_per_sec, rule.window_secs, backlog].map(U256::from));
    }
    let mut output = list(words.into_iter());
    // The list counts triples, not words.
    output[32..64].copy_from_slice(&U256::from(count).to_be_bytes::<32>());
    Ok(output)
}

/// Tuples of resources, window, target, backlog; resources are kinds with a weight.
fn multi_gas_constraints(call: &mut Call<'_>) -> Output {
    let count = call.read_u64(schema().l2.multi_gas_constraints.len_slot())?;
    let mut places = Vec::new();
    let mut tuples = Vec::new();
    for index in 0..count {
        let (rule, backlog) = gas_price::multi_gas_constraint(call, index)?;
        places.extend(one(count * 32 + tuples.len() as u64));
        let head = [4 * 32, rule.window_secs, rule.target_gas_per_sec, backlog];
        tuples.extend(words(head.map(U256::from)));
        let weighted: Vec<_> = (0u64..)
            .zip(rule.weights)
            .filter(|(_, weight)| *weight > 0)
            .collect();
        tuples.extend(one(weighted.len()));
        for (kind, weight) in weighted {
            tuples.extend(words([U256::from(kind), U256::from(weight)]));
        }
    }
    Ok([words([U256::from(32), U256::from(count)]), places, tuples].concat())
}

/// Wei for a unit of each kind; the block's base fee where no other is set. 9R, in ArbOS 60 10R.
fn multi_gas_base_fee(call: &mut Call<'_>) -> Output {
    if call.arbos == ArbosVersion::V60 {
        call.burn(READ_GAS)?;
    }
    let base_fee = call.base_fee_wei();
    let mut fees = Vec::with_capacity(KINDS);
    for kind in Kind::ALL {
        let fee = gas_price::kind_fee_wei(call, kind)?;
        fees.push(U256::from(fee.unwrap_or(base_fee)));
    }
    Ok(list(fees.into_iter()))
}
