"""Weights of parcels and standardised shares on time by buyer's state, from
Olist's own CSV files.

Prints what TestOlist holds against the parcels and `waybill report channels`.
It shares no code with the program:

    python3 olist_destinations.py FOLDER_WITH_THE_CSV_FILES > olist_destinations.txt
"""
import csv
import datetime as dt
import sys
from collections import defaultdict
from fractions import Fraction
from zoneinfo import ZoneInfo

HERE, UTC = ZoneInfo("America/Sao_Paulo"), dt.timezone.utc
AS_OF = dt.datetime(2018, 10, 17, 20, 30, 18, tzinfo=UTC)
FROM, TO = dt.date(2017, 1, 2), dt.date(2018, 8, 27)  # Mondays of 2017-W01 and 2018-W35
BANDS = (100, 250, 500, 1000, 2000)  # upper ends in grams, each in its band
LEAST_GROUP, LEAST_COMMON, PAIRED = 30, Fraction(1, 2), 12


def instant(text):
    if not text:
        return None
    return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=HERE).astimezone(UTC)


def monday(day):
    return day - dt.timedelta(days=day.weekday())


def rows(name):
    with open(f"{sys.argv[1]}/olist_{name}_dataset.csv", newline="", encoding="utf-8") as f:
        yield from csv.DictReader(f)


def parcel_grams():
    """Grams by order; None where the weight of one of its items is not known."""
    of_product = {r["product_id"]: r["product_weight_g"] for r in rows("products")}
    grams = {}
    for r in rows("order_items"):
        g, so_far = int(of_product.get(r["product_id"]) or 0), grams.get(r["order_id"], 0)
        grams[r["order_id"]] = so_far + g if g > 0 and so_far is not None else None
    return grams


def band(grams):
    """Place in BANDS; -1 for an unknown weight, which is a stratum of its own."""
    return -1 if grams is None else sum(grams > end for end in BANDS)


def due_parcels():
    """State, weight band, ship month and "on time" of each parcel that was due."""
    state = {r["customer_id"]: r["customer_state"] for r in rows("customers")}
    for r in rows("orders"):
        carrier, arrived = instant(r["order_delivered_carrier_date"]), instant(r["order_delivered_customer_date"])
        moved = carrier or arrived
        if moved is None:
            continue
        promised = dt.datetime.strptime(r["order_estimated_delivery_date"], "%Y-%m-%d %H:%M:%S")
        # the local day after the promised one, as an instant: the deadline is exclusive
        deadline = (promised + dt.timedelta(days=1)).replace(tzinfo=HERE).astimezone(UTC)
        due_week = monday((deadline - dt.timedelta(seconds=1)).date())
        if FROM <= due_week <= TO and deadline <= AS_OF:
            yield (state[r["customer_id"]], band(GRAMS.get(r["order_id"])), monday(moved.date()).strftime("%Y-%m"),
                   arrived is not None and arrived < deadline)


def common_strata(groups, due, least):
    """Strata with enough of each group, and the parcels in them by stratum."""
    return {x: sum(due[g][x] for g in groups) for x in due[groups[0]] if all(due[g][x] >= least for g in groups)}


def at_mix(g, mix, due, hits):
    return sum(Fraction(n, sum(mix.values())) * Fraction(hits[g][x], due[g][x]) for x, n in mix.items())


def six(x):
    return f"{float(x):.6f}"


def compare(names, least):
    due, hits = defaultdict(lambda: defaultdict(int)), defaultdict(lambda: defaultdict(int))
    for state, weight_band, month, on_time in PARCELS:
        x = tuple({"weight_band": weight_band, "month": month}[n] for n in names)
        due[state][x] += 1
        hits[state][x] += on_time
    total = {g: sum(due[g].values()) for g in due}
    crude = {g: Fraction(sum(hits[g].values()), total[g]) for g in due}
    large = sorted((g for g in due if total[g] >= LEAST_GROUP), key=lambda g: (-total[g], g))
    groups = list(large)
    while True:
        mix = common_strata(groups, due, least)
        common = Fraction(sum(mix.values()), sum(total[g] for g in groups))
        if common >= LEAST_COMMON or len(groups) == 2:
            break
        groups.pop()
    print(f"\n{' '.join(names)} least {least} common {six(common)} strata {len(mix)}")
    for g in groups:
        own = Fraction(sum(due[g][x] for x in mix), total[g])
        print(f"{g} {sum(hits[g].values())}/{total[g]} crude {six(crude[g])} adjusted {six(at_mix(g, mix, due, hits))} common {six(own)}")
    a = large[0]
    for b in large[1:PAIRED]:
        mix = common_strata([a, b], due, least)
        if not mix:
            print(f"{a} less {b} crude {six(crude[a] - crude[b])} nothing common")
            continue
        fair = at_mix(a, mix, due, hits) - at_mix(b, mix, due, hits)
        print(f"{a} less {b} crude {six(crude[a] - crude[b])} adjusted {six(fair)} common {six(Fraction(sum(mix.values()), total[a] + total[b]))} strata {len(mix)}")


GRAMS = parcel_grams()
PARCELS = list(due_parcels())
known = [g for g in GRAMS.values() if g is not None]
print(f"weighed {len(known)} of {sum(1 for _ in rows('orders'))} grams {sum(known)} least {min(known)} most {max(known)}")
# as the workspace asks, and as the built-in rules end up where they leave too little in common
compare(("weight_band", "month"), 5)
compare(("weight_band",), 10)
