"""Shares, delegation, slashing, rebase, debt, liquidation, lending (systems.md 2.5-2.8, 2.22, 2.23, 2.25, 2.49)."""
from common import *
from fractions import Fraction as F


@model("shares")
def vault_shares(rng):
    assets, shares, offset, x = rng.bits(150), rng.bits(150), rng.between(0, 20), rng.bits(100)

    def rule():
        rate = F(shares + 10**offset, assets + 1)
        return floor(x * rate), ceil(x / rate), ceil(x * rate), floor(x / rate)

    return (assets, shares, offset, x), rule


@model("shares")
def stake_pool(rng):
    pooled, shares, reward, bps = rng.bits(120), rng.bits(120), rng.bits(100), rng.between(0, 9_000)

    def rule():
        fee = reward * bps // 10_000
        need(pooled + reward - fee > 0)
        minted = floor(F(fee * shares, pooled + reward - fee)) if reward else 0
        return minted, pooled + reward, shares + minted

    return (pooled, shares, reward, bps), rule


@model("delegation")
def delegation(rng):
    """Twelve delegations, rewards and withdrawals of one pool."""
    steps = [(rng.between(0, 2), rng.bits(90), rng.between(0, 10_000)) for _ in range(12)]

    def rule():
        pooled = shares = 10**18
        held, out = 0, []
        for kind, amount, bps in steps:
            if kind == 0 and amount >= WAD:
                s = amount * shares // pooled
                if s:
                    pooled, shares, held = pooled + amount, shares + s, held + s
            elif kind == 1:
                commission = amount * bps // 10_000
                pooled += amount - commission
                s = commission * shares // pooled
                pooled, shares = pooled + commission, shares + s
            elif kind == 2:
                s = held // 2
                paid = s * pooled // shares
                if paid:
                    pooled, shares, held = pooled - paid, shares - s, held - s
            out.append(pooled)
        return tuple(out + [shares, held])

    return (len(steps),), rule


@model("slashing")
def slashing(rng):
    magnitude, w, shares = rng.between(1, WAD), rng.between(0, WAD), rng.bits(200)
    eff, slashed, total = rng.bits(60), rng.bits(70), rng.bits(70)

    def rule():
        need(total > 0)
        left = magnitude - up(magnitude * w, WAD)
        gone = shares - up(shares * left, magnitude)
        penalty = eff // 10**9 * min(3 * slashed, total) // total * 10**9
        return left, gone, penalty

    return (magnitude, w, shares, eff, slashed, total), rule


@model("rebase")
def rebase_policy(rng):
    """In signed integers throughout, as the policy is written."""
    rate, supply, growth = rng.bits(66), 1 + rng.bits(120), rng.bits(66)

    def rule():
        gap = abs(rate - WAD)
        if gap < WAD * 25 // 1000:
            return (0,)
        limit = 5 * 10**16 if rate > WAD else 77 * 10**15
        exponent = cut(growth * (rate - WAD), WAD)
        exponent = max(-100 * WAD, min(100 * WAD, exponent))
        roots = [1414213562373095049, 1189207115002721067, 1090507732665257659, 1044273782427413840, 1021897148654116678]
        whole, rest = divmod(abs(exponent), WAD)
        power, part = 2**whole * WAD, WAD // 2
        for root in roots:
            if rest >= part:
                rest -= part
                power = power * root // WAD
            part //= 2
        if exponent < 0:
            power = WAD * WAD // power
        if power == 0:
            percentage = -limit
        else:
            inner = cut(cut(limit * WAD, -limit) * WAD, power)
            percentage = cut(2 * limit * WAD, WAD - inner) - limit
        delta = cut(supply * percentage, WAD)
        return min(delta, 2**128 - 1 - supply) if delta > 0 else delta

    return (rate, supply, growth), rule


@model("cdp")
def debt_system(rng):
    """Fifteen changes and fees of two vaults of one kind."""
    rad = 10**45
    steps = [(rng.between(0, 2), rng.signed(-20 * WAD, 60 * WAD), rng.signed(-500 * WAD, 900 * WAD), rng.between(0, 10**7)) for _ in range(15)]

    def rule():
        urns, art, rate, debt, spot, dust, line = [(0, 0)] * 2, 0, RAY, 0, 30 * RAY, 20 * rad, 5000 * rad
        done = 0
        for i, (who, dink, dart, secs) in enumerate(steps):
            if who == 2:
                fresh = rpow(1000000001547125957863212449, secs, RAY) * rate // RAY
                debt += art * (fresh - rate)
                rate = fresh
                continue
            ink, own = urns[who]
            ink, own, all_art, all_debt = ink + dink, own + dart, art + dart, debt + rate * dart
            if min(ink, own, all_art, all_debt) < 0:
                continue
            if dart > 0 and (all_art * rate > line or all_debt > line):
                continue
            if (dart > 0 or dink < 0) and own * rate > ink * spot:
                continue
            if own and own * rate < dust:
                continue
            urns[who], art, debt, done = (ink, own), all_art, all_debt, done + 1
        return done, art, rate, debt, urns[0][0], urns[1][1]

    return (len(steps),), rule


@model("liquidation")
def bark(rng):
    # a collateral of up to a tenth too much, mostly room for more than dust
    ink, art, rate = 1 + rng.bits(90), 1 + rng.bits(90), RAY + rng.bits(88)
    dust, room, chop = rng.bits(110), art * rate * rng.between(0, 300) // 100, WAD + rng.bits(58)
    spot = art * rate // ink * rng.between(0, 110) // 100
    room += dust if rng.between(0, 4) else 0

    def rule():
        need(ink * spot < art * rate)
        need(room > 0 and room >= dust)
        dart = min(art, room * WAD // rate // chop)
        if art > dart:
            if (art - dart) * rate < dust:
                dart = art
            else:
                need(dart * rate >= dust)
        dink = ink * dart // art
        need(dink > 0)
        return dink, dart, dart * rate, dart * rate * chop // WAD

    return (ink, art, rate, spot, dust, room, chop), rule


@model("liquidation")
def auction_take(rng):
    tab, lot, price, amount, chost = rng.bits(170), rng.bits(80), 1 + rng.bits(100), rng.bits(80), rng.bits(160)

    def rule():
        slice_ = min(lot, amount)
        owe = slice_ * price
        if owe > tab:
            owe, slice_ = tab, tab // price
        elif owe < tab and slice_ < lot and tab - owe < chost:
            need(tab > chost)
            owe = tab - chost
            slice_ = owe // price
        return tab - owe, lot - slice_, slice_, owe

    return (tab, lot, price, amount, chost), rule


@model("lending")
def lending(rng):
    amount, price, debt = rng.bits(85), 1 + rng.bits(75), rng.bits(90)
    lt, bonus, wanted = rng.between(1, 10_000), rng.between(10_000, 12_000), rng.bits(90)

    def rule():
        worth = amount * price // WAD
        need(debt > 0)
        health = worth * lt // 10_000 * WAD // debt
        need(health < WAD)
        close = debt if worth < 2000 * WAD or debt < 2000 * WAD or health * 100 <= 95 * WAD else debt // 2
        cover = min(wanted, close)
        get = floor(F(cover * WAD * bonus, price * 10_000))
        if get > amount:
            get = amount
            cover = min(cover, up(up(amount * price, WAD) * 10_000, bonus))
        need(cover > 0)
        if cover < debt and get < amount:
            need(debt - cover >= 1000 * WAD and (amount - get) * price // WAD >= 1000 * WAD)
        return health, cover, get

    return (amount, price, debt, lt, bonus, wanted), rule
