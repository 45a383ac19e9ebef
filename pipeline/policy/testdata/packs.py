"""Makes packs.golden: python packs.py > packs.golden

Deadlines that the packs for Amazon and South-East Asia must give, counted from
the platforms' wording without the package: Amazon's expected ship date is the
order's day plus the handling time in business days; in South-East Asia an order
is packed within 48 hours and handed over by 23:59:59 of the third calendar day.
Both clocks of South-East Asia begin with 2026-06-18.
"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from us_federal import closed

CLOSED = {d for d, _ in closed()}
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def stamp(t):
    return t.astimezone(timezone.utc).strftime(STAMP)


def midnight_after(d, zone):
    return datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)) + timedelta(days=1)


def row(pack, clock, local, handling, before, promised):
    print(",".join([pack, clock, stamp(local), str(handling), stamp(before) if before else "none", str(promised or "none")]))


def ship_by(d, n):
    while n > 0 or d.weekday() >= 5 or d in CLOSED:
        if n == 0:
            d -= timedelta(1)
            continue
        d += timedelta(1)
        n -= d.weekday() < 5 and d not in CLOSED
    return d


PACIFIC, BANGKOK = "America/Los_Angeles", "Asia/Bangkok"
print("# made by packs.py")
print("# pack,clock,from,handling,before,date")
for text in ["2024-11-27T09:00", "2025-12-24T23:59", "2026-01-16T08:00", "2026-03-06T22:00", "2026-03-08T03:00", "2026-05-22T12:00",
             "2026-07-02T00:00", "2026-10-31T12:00", "2026-11-01T00:30", "2026-11-10T18:00", "2026-11-14T11:00"]:
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PACIFIC))
    for handling in (0, 1, 2, 5):
        d = ship_by(at.date(), handling)
        row("amazon_us", "dispatch", at, handling, midnight_after(d, PACIFIC), d)
    row("amazon_us", "dispatch", at, -1, None, None)
for text in ["2026-06-17T23:59", "2026-06-18T00:00", "2026-06-18T12:00", "2026-07-03T00:00", "2026-07-03T23:59", "2026-12-31T18:00", "2027-02-26T01:00", "2028-02-27T20:00"]:
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BANGKOK))
    known = at.date() >= date(2026, 6, 18)
    d = at.date() + timedelta(3)
    end = at + timedelta(hours=48)
    row("tiktok_sea", "dispatch", at, -1, midnight_after(d, BANGKOK) if known else None, d if known else None)
    row("tiktok_sea", "pack", at, -1, end if known else None, (end - timedelta(microseconds=1)).date() if known else None)
