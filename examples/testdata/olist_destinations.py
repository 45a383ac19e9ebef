"""Standardised share on time by buyer's state, from Olist's own CSV files.

Prints the figures that TestOlist holds against `waybill report channels`. It
shares no code with the program:

    python3 olist_destinations.py FOLDER_WITH_THE_CSV_FILES
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
LEAST_STRATUM, LEAST_GROUP, LEAST_COMMON = 10, 30, Fraction(1, 2)


def instant(text):
    if not text:
        return None
    return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=HERE).astimezone(UTC)


def monday(day):
    return day - dt.timedelta(days=day.weekday())


def rows(name):
    with open(f"{sys.argv[1]}/{name}", newline="", encoding="utf-8") as f:
        yield from csv.DictReader(f)


state = {r["customer_id"]: r["customer_state"] for r in rows("olist_customers_dataset.csv")}
due, hits = defaultdict(int), defaultdict(int)
for r in rows("olist_orders_dataset.csv"):
    carrier, arrived = instant(r["order_delivered_carrier_date"]), instant(r["order_delivered_customer_date"])
    moved = carrier or arrived
    if moved is None:
        continue
    promised = dt.datetime.strptime(r["order_estimated_delivery_date"], "%Y-%m-%d %H:%M:%S")
    # the local day after the promised one, as an instant: the deadline is exclusive
    deadline = (promised + dt.timedelta(days=1)).replace(tzinfo=HERE).astimezone(UTC)
    due_week = monday((deadline - dt.timedelta(seconds=1)).date())
    if not FROM <= due_week <= TO or deadline > AS_OF:
        continue
    key = state[r["customer_id"]], monday(moved.date()).strftime("%Y-%m")
    due[key] += 1
    hits[key] += arrived is not None and arrived < deadline

total = defaultdict(int)
for (s, _), n in due.items():
    total[s] += n
groups = sorted((s for s in total if total[s] >= LEAST_GROUP), key=lambda s: -total[s])
months = sorted({m for _, m in due})
while True:
    used = [m for m in months if all(due[s, m] >= LEAST_STRATUM for s in groups)]
    inside = sum(due[s, m] for s in groups for m in used)
    common = Fraction(inside, sum(total[s] for s in groups))
    if common >= LEAST_COMMON or len(groups) == 2:
        break
    groups.pop()
print(f"common {float(common):.6f} cells {len(used)}")
for s in groups:
    crude = Fraction(sum(hits[s, m] for m in months), total[s])
    fair = sum(Fraction(sum(due[g, m] for g in groups), inside) * Fraction(hits[s, m], due[s, m]) for m in used)
    print(f"{s} {sum(hits[s, m] for m in months)}/{total[s]} crude {float(crude):.6f} adjusted {float(fair):.6f}")
