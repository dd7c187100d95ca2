"""Shares of staking pools, delegated and slashed stakes, funds, leveraged positions, covered calls, gons, rates and auctions
(systems.md 2.5-2.8, 2.22, 2.23, 2.25, 2.35, 2.37, 2.38, 2.40)."""
from common import *
from fractions import Fraction as F


# ------------------------------------------------------------------------------------------------------- shares and stakes


@model("shares")
def stake_shares(rng):
    """Balances and shares of a rebasing token; amounts of more than 128 bits are refused; a loss is everybody's."""
    pooled, shares, amount, loss = 1 + rng.bits(127), 1 + rng.bits(127), rng.bits(130), rng.bits(127)

    def rule():
        need(amount < 2**128)
        after = max(0, pooled - loss)
        return floor(F(amount * pooled, shares)), floor(F(amount * shares, pooled)), floor(F(amount * after, shares))

    return (pooled, shares, amount, loss), rule


@model("delegation")
def stake_terms(rng):
    """A slash of the validator's own shares, a move to another one, a change of commission, an election."""
    pooled, shares, own, amount = WAD + rng.bits(90), WAD + rng.bits(90), rng.bits(80), rng.bits(85)
    moved, fee = rng.bits(200), rng.between(0, 110_000)
    old, new, most, step, since = rng.between(0, 3000), rng.between(0, 3000), rng.between(0, 3000), rng.between(0, 1000), rng.between(0, 200_000)
    stakes = [(rng.bits(2), i) for i in range(6)]

    def rule():
        need(fee <= 100_000)
        gone = min(own, ceil(F(amount * shares, pooled)))
        burned = floor(F(gone * pooled, shares))
        need(burned <= pooled and gone <= shares)
        paid = ceil(F(moved * fee, 100_000))
        fine = new <= most and abs(new - old) <= step and since >= 86_400
        first = min(stakes, key=lambda s: (-s[0], s[1]))[1]
        return gone, burned, moved - paid, paid, int(fine), first

    return (pooled, shares, own, amount, moved, fee, old, new, most, step, since), rule


@model("delegation")
def cumulative_stakes(rng):
    """Ten rounds of rewards; a stake bonded in one of them is worth what the factors say."""
    rounds = [(rng.bits(90), WAD + rng.bits(95)) for _ in range(10)]
    bonded, stake = rng.between(0, 9), rng.bits(95)

    def rule():
        factor, start, out = RAY, 0, []
        for i, (reward, total) in enumerate(rounds):
            if i == bonded:
                start = factor
            factor += factor * (reward * RAY // total) // RAY
            out.append(factor)
        return tuple(out + [stake * (factor * RAY // start) // RAY])

    return (bonded, stake), rule


@model("slashing")
def slashed_deposits(rng):
    """Twelve deposits and slashes of one staker: what may be withdrawn, and the factor that keeps new money whole."""
    steps = [(rng.between(0, 2), rng.bits(90), rng.between(0, WAD)) for _ in range(12)]

    def rule():
        deposit, scaling, magnitude, out = 0, WAD, WAD, []
        for kind, amount, part in steps:
            if kind < 2:
                if magnitude and deposit + amount:
                    own = deposit * scaling // WAD * magnitude // WAD
                    scaling = (own + amount) * WAD // (deposit + amount) * WAD // magnitude
                    deposit += amount
            else:
                magnitude -= ceil(F(magnitude * part, WAD)) if part < WAD // 2 else 0
            out.append(deposit * scaling // WAD * magnitude // WAD)
        return tuple(out + [scaling, magnitude])

    return (len(steps),), rule


@model("slashing")
def missed_blocks(rng):
    """Days of misses with their meaning, and the sharing of a penalty."""
    days = [rng.between(0, 70) for _ in range(12)]
    penalty, finder, effective = rng.bits(200), rng.between(0, 10_500), rng.bits(100)

    def rule():
        need(finder <= 10_000)
        count, warned, jailed = 0, 0, 0
        for misses in days:
            for _ in range(misses):
                count += 1
                if count == 150:
                    count, jailed = 0, jailed + 1
                elif count in (50, 100):
                    warned += 1
            count = max(0, count - 37)
        return count, warned, jailed, penalty * finder // 10_000, penalty - penalty * finder // 10_000, effective // 4096

    return (penalty, finder, effective), rule


# ------------------------------------------------------------------------------------------------------- funds and positions


@model("nav")
def fund_values(rng):
    """Up to five components of different decimals, less what is owed; shares redeemed at it."""
    parts = [(rng.bits(110), rng.bits(90), rng.between(0, 24)) for _ in range(rng.between(1, 5))]
    owed, shares, supply, premium = rng.bits(60), rng.bits(100), 1 + rng.bits(100), rng.between(0, 10_100)
    if rng.between(0, 7):
        shares %= supply + 1

    def rule():
        value = sum(floor(F(q * p, 10**d)) for q, p, d in parts) - owed
        need(value >= 0 and shares <= supply and premium < 10_000)
        gross = floor(F(shares * value, supply))
        return value, gross - ceil(F(gross * premium, 10_000))

    return (len(parts), owed, shares, supply, premium), rule


@model("leverage")
def debt_positions(rng):
    """Ratio, what may be borrowed and the next chunk of a debt-financed token; a basket's value."""
    collateral, part, ltv, unused = 1 + rng.bits(100), rng.between(0, 10_500), rng.between(0, WAD), rng.between(0, WAD)
    price, total, limit, ratio, issued = 1 + rng.bits(80), rng.bits(110), rng.bits(110), WAD + rng.bits(62), 1 + rng.bits(100)
    debt = collateral * part // 10_000
    since, current = rng.between(0, 100_000), rng.between(WAD, 3 * WAD)

    def rule():
        need(debt < collateral)
        borrow = max(0, collateral * ltv // WAD * (WAD - unused) // WAD - debt) * WAD // price
        basket = fit(collateral * price // WAD * WAD // ratio * WAD // issued)
        due = since >= 86_400 or not 17 * WAD // 10 <= current <= 23 * WAD // 10
        rip = current >= 26 * WAD // 10 and since >= 60
        return ceil(F(collateral * WAD, collateral - debt)), borrow, min(total, borrow, limit), basket, int(due), int(rip)

    return (collateral, debt, ltv, unused, price, total, limit, ratio, issued, since, current), rule


@model("leverage")
def resets(rng):
    """What a reset trades, and at which move it is made early."""
    nav, leverage, change = rng.bits(100), rng.signed(-10 * WAD, 10 * WAD), rng.signed(-WAD, WAD)

    def rule():
        after = floor(max(F(0), nav * (1 + F(leverage, WAD) * F(change, WAD))))
        wanted = ceil(F(after * abs(leverage), WAD))
        held = nav * abs(leverage) // WAD * (WAD + change) // WAD
        need(4 * leverage != 3 * WAD)
        return abs(wanted - held), -cut(WAD * WAD, 4 * leverage - 3 * WAD)

    return (nav, leverage, change), rule


@model("option_vault")
def covered_calls(rng):
    price, strike, decimals, model_price, discount = rng.bits(90), rng.bits(90), rng.between(0, 37), rng.bits(200), rng.between(0, 1000)
    since, interval, last, threshold = rng.between(0, 2000), rng.between(0, 2000), rng.bits(90), rng.bits(61)
    if rng.between(0, 3):
        last = price * rng.between(8_000, 12_000) // 10_000
    debt = rng.bits(90)

    def rule():
        need(price > 0 and decimals <= 36 and last > 0)
        one = 10**decimals
        payout = min(one, ceil(F(max(0, price - strike) * one, price)))
        due = since >= interval or abs(price - last) * WAD // last >= threshold
        return payout, ceil(F(model_price * discount, 1000)), int(due), 2 * ceil(F(debt * price, WAD))

    return (price, strike, decimals, model_price, discount, since, interval, last, threshold, debt), rule


# ------------------------------------------------------------------------------------------------------- elastic and owed


@model("rebase")
def gons_transfers(rng):
    """Fifteen rebases and transfers between three holders, in hidden units; rebases only in the window of a new day."""
    steps = [(rng.between(0, 2), rng.between(0, 2), rng.between(0, 2), rng.bits(60), rng.between(0, 60_000)) for _ in range(15)]

    def rule():
        whole = 2**256 - 1 - (2**256 - 1) % (5 * 10**16)
        supply, now, last, out = 5 * 10**16, 0, 0, []
        each = whole // supply
        held = [whole, 0, 0]
        for kind, a, b, value, gap in steps:
            now += gap
            if kind == 0:
                start = now // 86_400 * 86_400 + 7_200
                if 0 <= now - start < 1_200 and (last == 0 or now - last >= 86_400):
                    last = start
                supply = 1 + value
                each = whole // supply
            elif value <= held[a] // each:
                held[a] -= value * each
                held[b] += value * each
            out += [h // each for h in held]
        return tuple(out + [last])

    return (len(steps),), rule


@model("rebase")
def rebase_windows(rng):
    now, last = rng.between(0, 10**6), rng.between(0, 10**6)
    if rng.between(0, 5):
        now = now // 86_400 * 86_400 + rng.between(7_190, 8_410)
    last = last % (now + 1) if rng.between(0, 2) else 0

    def rule():
        need(7_200 <= now % 86_400 < 8_400)
        need(last == 0 or last + 86_400 <= now)
        return now // 86_400 * 86_400 + 7_200

    return (now, last), rule


@model("cdp")
def spots_and_rates(rng):
    value, par, mat = rng.bits(100), 1 + rng.bits(95), RAY + rng.bits(89)
    rate, duty, base, secs = RAY + rng.bits(85), RAY + rng.bits(63), rng.bits(50), rng.bits(26)
    fee, decay, minutes = rng.bits(59), rng.between(9 * 10**17, WAD), rng.bits(14)
    surplus, bad, amount = rng.bits(150), rng.bits(150), rng.bits(148)

    def rule():
        spot = fit(fit(value * 10**9 * RAY // par) * RAY // mat)
        grown = fit(rpow(duty + base, secs, RAY) * rate // RAY)
        faded = min(5 * 10**16, fee * rpow(decay, minutes, WAD) // WAD + 5 * 10**15)
        healed = (surplus - amount, bad - amount) if amount <= min(surplus, bad) else (0, 0)
        return spot, grown, faded, *healed

    return (value, par, mat, rate, duty, base, secs, fee, decay, minutes, surplus, bad, amount), rule


@model("liquidation")
def auction_starts(rng):
    price, buf, tab, tip, chip = rng.bits(110), RAY + rng.bits(89), rng.bits(150), rng.bits(140), rng.bits(60)
    top, age, tail, cusp = rng.bits(110), rng.between(0, 2000), rng.between(0, 2000), rng.between(0, RAY)
    if rng.between(0, 3):
        top = 1 + price * rng.between(5_000, 30_000) // 10_000

    def rule():
        need(top > 0)
        stale = age > tail or price * RAY // top < cusp
        return price * buf // RAY, tip + tab * chip // WAD, int(stale)

    return (price, buf, tab, tip, chip, top, age, tail, cusp), rule


@model("lending")
def health_of_many(rng):
    """Up to six kinds of collateral against a debt, and the price at which the first alone would be liquidated."""
    parts = [(rng.bits(100), rng.between(0, 10_000)) for _ in range(rng.between(1, 6))]
    debt = rng.bits(100)

    def rule():
        need(debt > 0)
        counted = sum(v * lt // 10_000 for v, lt in parts)
        alone = parts[0][0] * parts[0][1] // 10_000
        need(alone > 0)
        return counted * WAD // debt, ceil(F(debt * WAD, alone))

    return (len(parts), debt), rule
