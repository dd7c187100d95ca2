"""Airdrops, allocations, vesting, sales, windows of mints and reports, real-world assets, grants, shares of payments, votes and timelocks
(systems.md 2.7, 2.11, 2.15-2.17, 2.19, 2.20, 2.24, 2.27, 2.47)."""
from common import *
from fractions import Fraction as F

DAY = 86_400


# ------------------------------------------------------------------------------------------------------- keccak, from its definition

ROUNDS = []
_state = 1
for _ in range(24):
    constant = 0
    for j in range(7):
        if _state & 1:
            constant |= 1 << ((1 << j) - 1)
        _state = (_state << 1) ^ (0x171 if _state & 0x80 else 0)
    ROUNDS.append(constant)
TURNS = {}
_x, _y = 1, 0
for t in range(24):
    TURNS[_x, _y] = (t + 1) * (t + 2) // 2 % 64
    _x, _y = _y, (2 * _x + 3 * _y) % 5
TURNS[0, 0] = 0
# lane (x, y) of the permuted state comes from lane (a, b), turned
SOURCES = [None] * 25
for x in range(5):
    for y in range(5):
        SOURCES[y + 5 * ((2 * x + 3 * y) % 5)] = (x + 5 * y, TURNS[x, y])


def permute(lanes):
    for constant in ROUNDS:
        c = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        d = [c[x - 1] ^ ((c[(x + 1) % 5] << 1 | c[(x + 1) % 5] >> 63) & MASK) for x in range(5)]
        lanes = [lane ^ d[i % 5] for i, lane in enumerate(lanes)]
        lanes = [((lanes[s] << r) | (lanes[s] >> (64 - r))) & MASK for s, r in SOURCES]
        lanes = [lanes[i] ^ (~lanes[i // 5 * 5 + (i + 1) % 5] & lanes[i // 5 * 5 + (i + 2) % 5]) for i in range(25)]
        lanes[0] ^= constant
    return lanes


def keccak(data):
    data = data + b"\1" + bytes(-(len(data) + 1) % 136)
    data = data[:-1] + bytes([data[-1] | 0x80])
    lanes = [0] * 25
    for start in range(0, len(data), 136):
        for i in range(17):
            lanes[i] ^= int.from_bytes(data[start + 8 * i : start + 8 * i + 8], "little")
        lanes = permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


assert keccak(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0")


@model("merkle")
def merkle_proofs(rng):
    """A tree of up to six leaves in either form; the proof of one of them, as it is, for another leaf, or damaged."""
    count, double = rng.between(1, 6), rng.between(0, 1)
    leaves_of = [(rng.bits(256), rng.bits(160), rng.bits(256)) for _ in range(count)]
    at, kind, claim = rng.between(0, count - 1), rng.between(0, 5), rng.bits(64)

    def rule():
        def leaf(i, account, amount):
            packed = i.to_bytes(32, "big") + account.to_bytes(20, "big") + amount.to_bytes(32, "big")
            return keccak(keccak(packed)) if double else keccak(packed)

        level = [leaf(*entry) for entry in leaves_of]
        proof, place, mine = [], at, level[at]
        while len(level) > 1:
            if place ^ 1 < len(level):
                proof.append(level[place ^ 1])
            level = [keccak(b"".join(sorted(level[i : i + 2]))) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
            place //= 2
        root = level[0]
        if kind == 4:
            i, account, amount = leaves_of[at]
            mine = leaf(i, account, amount ^ 1)
        if kind == 5:
            proof = proof + [root]
        node = mine
        for sibling in proof:
            node = keccak(min(node, sibling) + max(node, sibling))
        return int(node == root), int.from_bytes(root, "big"), claim // 256, claim % 256

    return (count, double, at, kind, claim), rule


# ------------------------------------------------------------------------------------------------------- allocation, vesting


@model("allocation")
def allocation_health(rng):
    """Shares that mostly sum to the whole; what is free after 1, 6 and 12 months of thirty days."""
    count, spoil = rng.between(1, 8), rng.between(0, 9)
    left, table = 10_000, []
    for i in range(count):
        share = left if i == count - 1 else rng.between(0, left)
        left -= share
        cliff, more = rng.between(0, 40_000_000), rng.between(0, 80_000_000)
        table.append((rng.between(0, 2), share, rng.between(0, 10_000) if rng.between(0, 1) else 0, cliff, cliff + more))
    if spoil == 0:
        holder, share, free, cliff, end = table[0]
        table[0] = (holder, share, free, end + 1, end)
    if spoil == 1:
        holder, share, free, cliff, end = table[0]
        table[0] = (holder, share ^ 1, free, cliff, end)
    limit, least_cliff = rng.between(0, 10_000), rng.between(0, 20_000_000)

    def rule():
        need(all(cliff <= end for _, _, _, cliff, end in table))
        need(sum(share for _, share, *_ in table) == 10_000)
        insiders = sum(share for holder, share, *_ in table if holder < 2)

        def free_part(free, cliff, end, t):
            if t >= end:
                return 10_000
            return free if t < cliff else free + (10_000 - free) * t // end

        free = [sum(s * free_part(g, c, e, m * 30 * DAY) for _, s, g, c, e in table) // 10_000 for m in (1, 6, 12)]
        early = any(h < 2 and (c < least_cliff or g > 0) for h, _, g, c, _ in table)
        accepted = insiders <= limit and not early
        return insiders, max(s for _, s, *_ in table), sum(s * s for _, s, *_ in table) // 10_000, *free, int(accepted)

    return (count, spoil, limit, least_cliff), rule


@model("vesting")
def vesting_wallet(rng):
    """The line that a cliff only holds back; a claim now and at a later time, then a cancellation."""
    total, start, cliff, length = rng.bits(256), rng.between(0, 1000), rng.between(0, 1200), rng.between(0, 1000)
    first, later = rng.between(0, 2500), rng.between(0, 500)

    def rule():
        need(cliff <= start + length)

        def vested(t):
            if t < cliff or t < start:
                return 0
            return total if t >= start + length else floor(total * F(t - start, length))

        a, b = vested(first), vested(first + later)
        # the first claim takes all there is, so the second is the difference, and a cancellation leaves nothing over
        return a, b - a, total - b

    return (total, start, cliff, length, first, later), rule


@model("vesting")
def vesting_tranches(rng):
    tranches = [(rng.between(0, 1000), rng.bits(254)) for _ in range(rng.between(0, 8))]
    now = rng.between(0, 1000)
    return (len(tranches), now), lambda: fit(sum(amount for ts, amount in tranches if ts <= now))


# ------------------------------------------------------------------------------------------------------- sales and jars


@model("sale")
def crowdsale(rng):
    """A falling rate and eight contributions under a hard cap and a personal one, then the outcome."""
    first, last, secs = rng.bits(80), rng.bits(80), rng.between(1, 5000)
    first, last = max(first, last), min(first, last)
    hard, personal, soft = rng.bits(80), rng.bits(79), rng.bits(80)
    steps = [(rng.between(0, 2), rng.between(0, 900), rng.bits(79)) for _ in range(8)]

    def rule():
        raised, mine, now, out = 0, [0, 0, 0], 0, []
        for who, gap, offered in steps:
            now += gap
            taken = min(offered, hard - raised, max(0, personal - mine[who]))
            raised, mine[who] = raised + taken, mine[who] + taken
            rate = first - (first - last) * min(now, secs) // secs
            out.append(taken * rate // WAD)
        open_ = now < secs and raised < hard
        return tuple(out + [raised, 0 if open_ else 1 if raised >= soft else 2])

    return (first, last, secs, hard, personal, soft), rule


@model("token_jar")
def jar_releases(rng):
    """Ten releases: a stale nonce, too many assets or too little burned changes nothing."""
    top, low, fall = rng.bits(100), rng.bits(100), rng.between(1, 5000)
    top, low = max(top, low), min(top, low)
    steps = [(rng.between(0, 3), rng.between(0, 21), rng.between(0, 6000), rng.between(50, 150)) for _ in range(10)]

    def rule():
        nonce, since, out = 0, 0, []
        for behind, assets, gap, percent in steps:
            since += gap
            price = ceil(low + (top - low) * max(F(0), 1 - F(since, fall)))
            burned = price * percent // 100
            if behind == 0 and assets <= 20 and burned >= price:
                nonce, since = nonce + 1, 0
            out.append(price)
        return tuple(out + [nonce])

    return (top, low, fall), rule


# ------------------------------------------------------------------------------------------------------- windows and reports


@model("governance_mint")
def mint_windows(rng):
    """Eight attempts to mint; the window opens a period after the last mint, and the cap is of the supply before it."""
    supply, percent, period = rng.bits(200), rng.between(0, 101), rng.between(0, 1000)
    steps = [(rng.between(0, 1200), rng.between(0, 110)) for _ in range(8)]

    def rule():
        need(percent <= 100)
        total, now, open_from, out = supply, 0, 0, []
        for gap, part in steps:
            now += gap
            cap = total * percent // 100
            amount = cap * part // 100
            if now >= open_from and amount <= cap:
                total, open_from = fit(total + amount), now + period
            out.append(total)
        return tuple(out + [open_from])

    return (supply, percent, period), rule


@model("report_limiter")
def report_limits(rng):
    """A gain or a loss judged as fractions of what was there; what is booked, what waits, what may be burned."""
    before, shares = 1 + rng.bits(120), rng.bits(120)
    limit, loss, growth = rng.between(0, 10**8), rng.between(0, 10_000), rng.between(0, 20_000)
    secs = rng.between(0, 40_000_000)
    # around the limits: up to twice what is allowed either way
    up_ = rng.between(0, 1)
    size = before * (growth * secs if up_ else loss * 31_536_000) * rng.between(0, 200) // (100 * 10_000 * 31_536_000)
    after = before + size if up_ else max(0, before - size)
    asked = rng.bits(75)

    def rule():
        if secs == 0:
            fine = 0
        elif after < before:
            fine = int(F(before - after, before) <= F(loss, 10_000))
        else:
            fine = int(F(after - before, before) * F(31_536_000, secs) <= F(growth, 10_000))
        gain = max(0, after - before)
        most = floor(before * (1 + F(limit, 10**9)))
        booked = min(before + gain, most)
        # the rate of growth is cut to parts of 10^9 before it is used
        rate, factor = floor(F(booked, before) * 10**9), 10**9 + limit
        burn = floor(F(shares * max(0, factor - rate), factor))
        return fine, booked, before + gain - booked, burn, int(100 <= asked <= 1000 * WAD)

    return (before, shares, limit, loss, growth, secs, after, asked), rule


@model("rwa")
def rwa_asset(rng):
    """Twenty steps through attestation, default, cure and loss; refused ones change nothing."""
    value, tau, mat, age = rng.bits(100), rng.between(1, 500), RAY + rng.bits(89), rng.between(0, 2000)
    steps = [(rng.between(0, 5), rng.between(0, 300), rng.bits(101), rng.between(0, 3), rng.bits(101)) for _ in range(20)]
    rate = rng.between(0, 10_000)

    def rule():
        now, phase, told, val, seen, done, owed = 0, "active", 0, value, 0, [], 0
        for kind, gap, x, attestors, line in steps:
            now += gap
            ok = False
            if kind in (0, 1) and phase == "active" and attestors >= 1 and x >= val:
                val, seen, ok = x, now, True
            if kind == 2 and phase == "active" and attestors == 0:
                phase, told, ok = "remedy", now, True
            if kind == 3 and phase == "remedy" and attestors == 0:
                phase, ok = "active", True
            if kind == 4 and phase == "remedy" and now - told >= tau:
                phase, val, ok = "lost", 0, True
            if kind == 5 and phase == "active" and now - seen <= age and x <= min(line, floor(F(val * RAY, mat))):
                owed, ok = x, True
            done.append(int(ok))
        back = owed * rate // 10_000
        return tuple(done + [val, back, owed - back])

    return (value, tau, mat, age, rate), rule


@model("grant")
def regrants(rng):
    """Twelve changes and draws of a bucket, its content kept as a fraction: a raise stops the inflow for a while, a cut does not wait."""
    delay = rng.between(0, 2000)
    steps = [(rng.between(0, 2), rng.between(0, 1500), rng.bits(60), rng.bits(60)) for _ in range(12)]

    def rule():
        period = 1000
        capacity = refill = 0
        content, flows_from, now, out = F(0), 0, 0, []

        def flow(content, flows_from):
            if now > flows_from:
                return min(F(capacity), content + F(refill * (now - flows_from), period)), now
            return content, flows_from

        for kind, gap, a, b in steps:
            now += gap
            content, flows_from = flow(content, flows_from)
            if kind < 2:
                raised = a > capacity or b > refill
                # only whole units are kept
                content = min(F(floor(content)), F(a))
                capacity, refill = a, b
                flows_from = max(flows_from, now + delay if raised else now)
            else:
                ask = a % (capacity + 1)
                if ask <= content:
                    content -= ask
            out.append(floor(content))
        return tuple(out)

    return (delay,), rule


@model("share_out")
def share_outs(rng):
    """Fifteen payments to up to six; each claims its part of the running total, the first takes what is left."""
    cuts = sorted({rng.between(1, 9_999) for _ in range(rng.between(0, 5))}) + [10_000]
    weights = [b - a for a, b in zip([0] + cuts, cuts)]
    payments = [rng.bits(60) for _ in range(15)]

    def rule():
        paid, total = [0] * len(weights), 0
        for amount in payments:
            total += amount
            left = amount
            for i in range(1, len(weights)):
                part = min(left, floor(F(total * weights[i], 10_000)) - paid[i])
                paid[i] += part
                left -= part
            paid[0] += left
        return tuple(paid)

    return (len(weights),), rule


@model("decimals")
def powers_of_ten(rng):
    n = rng.between(0, 100)
    return (n,), lambda: fit(int("1" + "0" * n))


# ------------------------------------------------------------------------------------------------------- votes


@model("votes")
def tallies(rng):
    """Twelve votes around the snapshot and the end; a late quorum moves the end."""
    supply, share, snapshot, end, extension = rng.bits(255), rng.between(0, 10_500), rng.between(0, 500), rng.between(500, 1500), rng.between(0, 300)
    steps = [(rng.between(0, 250), rng.between(0, 2), rng.bits(255)) for _ in range(12)]

    def rule():
        need(share <= 10_000)
        quorum, votes, now, close, reached = ceil(F(supply * share, 10_000)), [0, 0, 0], 0, end, False
        for gap, kind, weight in steps:
            now += gap
            if snapshot < now <= close:
                votes[kind] = votes[kind] + weight // 16
                if not reached and votes[0] + votes[2] >= quorum:
                    reached, close = True, max(close, now + extension)
        return quorum, *votes, close, int(votes[0] + votes[2] >= quorum and votes[0] > votes[1])

    return (supply, share, snapshot, end, extension), rule


@model("votes")
def timelocks(rng):
    """Twelve steps of queueing, running and cancelling three actions."""
    low, width, grace = rng.between(0, 100), rng.between(0, 100), rng.between(0, 100)
    steps = [(rng.between(0, 3), rng.between(0, 2), rng.between(0, 80), rng.between(0, 220)) for _ in range(12)]

    def rule():
        queued, now, out = {}, 0, []
        for kind, which, gap, delay in steps:
            now += gap
            ok = False
            if kind < 2 and low <= delay <= low + width:
                queued[which], ok = now + delay, True
            if kind == 2 and which in queued and queued[which] <= now <= queued[which] + grace:
                del queued[which]
                ok = True
            if kind == 3:
                queued.pop(which, None)
            out.append(int(ok))
        return tuple(out)

    return (low, width, grace), rule
