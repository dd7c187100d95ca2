"""Auctions, Dutch curves, sales, ticks, vesting, rewards, escrow (systems.md 2.9-2.13, 2.16, 2.43)."""
from common import *
from fractions import Fraction as F


@model("batch_auction")
def batch_auction(rng):
    """By trying prices: the clearing price is the highest at which demand at or above it reaches the supply, else what the bids make."""
    supply, minimum = rng.between(1, 10**6), rng.between(1, 10**6)
    # already in falling order of price: each bid's price is a bit lower than the one before
    bids, price = [], F(rng.between(1, 4000), 1000)
    for _ in range(rng.between(0, 12)):
        buy = rng.between(1, 10**6)
        sell = max(1, floor(price * buy))
        price = F(sell, buy) * F(rng.between(900, 1000), 1000)
        bids.append((sell, buy))

    def rule():
        # what the generator made may round out of order
        need(all(F(*a) >= F(*b) for a, b in zip(bids, bids[1:])))
        total = F(0)
        for i, (sell, buy) in enumerate(bids):
            p = F(sell, buy)
            if p < F(minimum, supply):
                break
            if F(total + sell) / p >= supply:
                # at this bid's own price the supply is used up
                room = floor(supply * p)
                if room >= total:
                    return buy, sell, i, room - total, room
                return supply, total, i, 0, total
            total += sell
        else:
            i = len(bids)
        if total >= minimum:
            return supply, total, i, 0, total
        return supply, minimum, i, 0, total

    return (supply, minimum), rule


@model("continuous_auction")
def continuous_price(rng):
    """By trying: the least price at which those above it do not ask for more than there is."""
    supply, low = rng.between(1, 10**6), rng.between(1, 10**18)
    levels, p = [], rng.between(10**18, 10**21)
    for _ in range(rng.between(0, 10)):
        levels.append((p, rng.between(1, 10**9)))
        p -= rng.between(0, p // 2)

    def rule():
        demand = lambda price: sum(r for m, r in levels if m > price)
        candidates = {low} | {m for m, _ in levels if m >= low}
        # between two levels the price is the demand above divided by the supply
        for price in sorted(candidates):
            if demand(price) * WAD <= price * supply:
                best = price
                break
        above = sum(r for m, r in levels if m >= best)
        # could it be lower, strictly between the next level below and this one?
        exact = up(above * WAD, supply)
        if exact <= best or best == low:
            return max(low, exact) if above * WAD <= best * supply else best
        return best

    return (supply, low), rule


@model("dutch")
def dutch(rng):
    top, cut, t = rng.bits(160), rng.between(0, RAY), rng.between(0, 20_000)
    fall, step = rng.between(1, 20_000), rng.between(1, 500)

    def rule():
        linear = top * (max(0, fall - t) * RAY // fall) // RAY
        return linear, top * rpow(cut, t // step, RAY) // RAY, top * rpow(cut, t, RAY) // RAY

    return (top, cut, t, fall, step), rule


@model("sale")
def commitments(rng):
    sale, others, mine, price = rng.bits(100), rng.bits(100), rng.bits(100), rng.bits(100)

    def rule():
        need(price > 0)
        committed = others + mine
        if F(committed) > F(sale * price, WAD):
            tokens = sale * mine // committed
        else:
            tokens = floor(F(mine) / F(price, WAD))
        return tokens, mine - ceil(F(tokens * price, WAD))

    return (sale, others, mine, price), rule


@model("tick")
def mean_ticks(rng):
    a, b, secs = rng.signed(-(10**12), 10**12), rng.signed(-(10**12), 10**12), rng.between(1, 10**8)

    def rule():
        mean = floor(F(b - a, secs))
        need(abs(mean) <= 887_272)
        return mean

    return (a, b, secs), rule


@model("vesting")
def vesting_linear(rng):
    total, start, cliff, length = rng.bits(200), rng.between(0, 1000), rng.between(0, 1000), rng.between(0, 1000)
    first, second, now = rng.bits(198), rng.bits(198), rng.between(0, 4000)
    if rng.between(0, 5):
        first %= total + 1
        second %= total - first + 1

    def rule():
        need(first + second <= total)
        c, end = start + cliff, start + cliff + length
        if now < start:
            return 0
        if now >= end:
            return total
        if now < c:
            return first
        return first + second + floor((total - first - second) * F(now - c, length))

    return (total, start, cliff, length, first, second, now), rule


@model("rewards")
def rewards(rng):
    """Fifteen steps of three stakers, each second's reward shared exactly; the crate may be short by the dust of its roundings."""
    steps = [(rng.between(0, 3), rng.between(0, 5000), rng.between(0, 10**6)) for _ in range(15)]

    def rule():
        rate, finish, updated, rpt = 0, 0, 0, 0
        stakes, paid, stored, now, funded = [0] * 3, [0] * 3, [0] * 3, 0, 0
        for who, gap, amount in steps:
            now += gap
            until = max(updated, min(now, finish))
            if sum(stakes):
                rpt += (until - updated) * rate * WAD // sum(stakes)
            updated = now
            if who == 3:
                funded += amount * 10**6
                left = max(0, finish - now) * rate
                rate = (amount * 10**6 + left) // 604_800
                finish = now + 604_800
            else:
                stored[who] += stakes[who] * (rpt - paid[who]) // WAD
                paid[who] = rpt
                stakes[who] = amount
        return tuple([rate, rpt] + stored)

    return (len(steps),), rule


@model("vote_escrow")
def vote_escrow(rng):
    """Ten locks of four users; the global power is the sum of the users', second by second."""
    week = 604_800
    steps = [(rng.between(0, 3), rng.between(0, 3 * week), rng.bits(100), rng.between(1, 210)) for _ in range(10)]

    def rule():
        locks, now, out = [(0, 0)] * 4, 0, []
        for who, gap, amount, weeks in steps:
            now += gap
            a, end = locks[who]
            if end <= now:
                fresh = (now + weeks * week) // week * week
                if now < fresh <= now + 126_144_000:
                    locks[who] = (amount, fresh)
            else:
                locks[who] = (a + amount, end)
            out.append(sum(a // 126_144_000 * max(0, e - now) for a, e in locks))
        return tuple(out)

    return (len(steps),), rule


@model("vote_escrow")
def boost(rng):
    b, s, v, total = rng.bits(120), rng.bits(120), rng.bits(120), rng.bits(120)

    def rule():
        share = s * v // total if total else 0
        return min(b, 40 * b // 100 + 60 * share // 100)

    return (b, s, v, total), rule
