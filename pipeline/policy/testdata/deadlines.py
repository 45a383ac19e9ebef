"""Makes deadlines.golden: python deadlines.py > deadlines.golden

The expected values are counted here, day by day, by code that shares nothing
with the package: closed days come from the rules in us_federal.py, zones from
Python's zoneinfo, and a deadline is found by walking forward and counting.
"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from us_federal import closed

CLOSED = {d for d, _ in closed()}
PACIFIC = "America/Los_Angeles"


def business(d):
    return d.weekday() < 5 and d not in CLOSED


def nth_business_after(d, n):
    """The n-th business day after d; for 0 the last one that is not after d."""
    if n == 0:
        while not business(d):
            d -= timedelta(1)
        return d
    while n > 0:
        d += timedelta(1)
        n -= business(d)
    return d


def utc(local):
    return local.astimezone(timezone.utc)


def begin(d, zone):
    """First instant of a local day: walk the minutes around it, in UTC."""
    t = datetime(d.year, d.month, d.day, tzinfo=timezone.utc) - timedelta(hours=15)
    while t.astimezone(ZoneInfo(zone)).date() < d:
        t += timedelta(minutes=15)
    return t


def row(name, local, start, unit, n, handling, zone=PACIFIC):
    at = utc(local)
    day = local.date()
    begun = at
    if start == "next_business_day":
        first = nth_business_after(day, 1)
        begun = begin(first, zone)
    total = n + max(handling, 0)
    if unit == "rolling_hours":
        before = begun + timedelta(hours=n)
        promised = (before - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    else:
        if unit == "calendar_day":
            promised = first + timedelta(total - 1) if start == "next_business_day" else day + timedelta(total)
        elif start == "next_business_day":
            promised = first  # which is day 1
            for _ in range(total - 1):
                promised = nth_business_after(promised, 1)
        else:
            promised = nth_business_after(day, total)
        before = begin(promised + timedelta(1), zone)
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    print(",".join([
        name, zone, local.strftime("%a %Y-%m-%d %H:%M:%S%z"), at.strftime(stamp), start, unit, str(n), str(handling),
        begun.strftime(stamp), str(promised), promised.strftime("%a"), before.strftime(stamp),
    ]))


def at(text, zone=PACIFIC, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


ORDERS = [
    ("thursday last second", at("2026-03-19T23:59:59")),
    ("friday midnight", at("2026-03-20T00:00:00")),
    ("friday", at("2026-03-20T13:15:00")),
    ("friday last second", at("2026-03-20T23:59:59")),
    ("saturday", at("2026-03-21T10:00:00")),
    ("sunday", at("2026-03-22T10:00:00")),
    ("sunday last second", at("2026-03-22T23:59:59")),
    ("monday midnight", at("2026-03-23T00:00:00")),
    ("eve of thanksgiving", at("2025-11-26T18:00:00")),
    ("thanksgiving", at("2025-11-27T09:00:00")),
    ("day after thanksgiving", at("2025-11-28T09:00:00")),
    ("christmas on saturday: the day before its observed day", at("2021-12-23T12:00:00")),
    ("christmas on saturday: its observed friday", at("2021-12-24T12:00:00")),
    ("christmas on saturday: the day itself", at("2021-12-25T12:00:00")),
    ("christmas on sunday: friday before", at("2022-12-23T12:00:00")),
    ("christmas on sunday: its observed monday", at("2022-12-26T12:00:00")),
    ("new year: last second of the year", at("2025-12-31T23:59:59")),
    ("new year: first instant", at("2026-01-01T00:00:00")),
    ("new year observed in the old year", at("2021-12-30T20:00:00")),
    ("new year observed in the old year: that friday", at("2021-12-31T20:00:00")),
    ("clocks go forward: friday before", at("2026-03-06T15:00:00")),
    ("clocks go forward: sunday before the change", at("2026-03-08T01:59:59")),
    ("clocks go forward: sunday after the change", at("2026-03-08T03:00:00")),
    ("clocks go back: friday before", at("2026-10-30T15:00:00")),
    ("clocks go back: first 01:30", at("2026-11-01T01:30:00")),
    ("clocks go back: second 01:30", at("2026-11-01T01:30:00", fold=1)),
    ("eve of veterans day", at("2026-11-10T23:59:59")),
    ("veterans day", at("2026-11-11T00:00:00")),
]

print("# made by deadlines.py")
print("# name,zone,local,from,start,unit,n,handling,clock_start,date,weekday,before")
for name, local in ORDERS:
    for start in ("order_created", "next_business_day", "awaiting_shipment"):
        for n in (2, 4, 6):
            row(name, local, start, "business_day", n, -1)
for name, local in [ORDERS[i] for i in (2, 4, 8, 20, 23)]:
    for start in ("order_created", "next_business_day"):
        row(name, local, start, "business_day", 0, 3)
        row(name, local, start, "business_day", 5, 7)
        row(name, local, start, "business_day", 3, -1)
        row(name, local, start, "calendar_day", 3, -1)
        row(name, local, start, "rolling_hours", 48, -1)
    row(name, local, "label_created", "rolling_hours", 48, -1)
    row(name, local, "order_created", "business_day", 0, 0)
SAO_PAULO = "America/Sao_Paulo"
row("the day after begins at 01:00", at("2018-11-01T12:00:00", SAO_PAULO), "order_created", "calendar_day", 2, -1, SAO_PAULO)
row("the day after begins after a doubled hour", at("2018-02-15T12:00:00", SAO_PAULO), "order_created", "calendar_day", 2, -1, SAO_PAULO)
