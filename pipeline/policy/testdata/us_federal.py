"""Makes data/calendars/us_federal.yaml: python us_federal.py > ../../../data/calendars/us_federal.yaml

The rules of 5 U.S.C. 6103: eleven holidays (Juneteenth from 2021 on), and for
those that fall on a Saturday the Friday before, on a Sunday the Monday after.
"""

from datetime import date, timedelta

FROM, TO = 2015, 2035


def nth(year, month, weekday, n):
    days = [date(year, month, 1) + timedelta(i) for i in range(28 if month == 2 else 30)]
    return [d for d in days if d.month == month and d.weekday() == weekday][n - 1]


def last_monday_of_may(year):
    return max(d for d in (date(year, 5, i) for i in range(1, 32)) if d.weekday() == 0)


def holidays(year):
    yield date(year, 1, 1), "New Year's Day"
    yield nth(year, 1, 0, 3), "Martin Luther King Jr. Day"
    yield nth(year, 2, 0, 3), "Washington's Birthday"
    yield last_monday_of_may(year), "Memorial Day"
    if year >= 2021:
        yield date(year, 6, 19), "Juneteenth"
    yield date(year, 7, 4), "Independence Day"
    yield nth(year, 9, 0, 1), "Labor Day"
    yield nth(year, 10, 0, 2), "Columbus Day"
    yield date(year, 11, 11), "Veterans Day"
    yield nth(year, 11, 3, 4), "Thanksgiving Day"
    yield date(year, 12, 25), "Christmas Day"


def closed():
    days = {}
    for year in range(FROM, TO + 2):
        for day, name in holidays(year):
            days[day] = name
            if day.weekday() >= 5:
                days[day + timedelta(-1 if day.weekday() == 5 else 1)] = name + " (observed)"
    return sorted((d, n) for d, n in days.items() if FROM <= d.year <= TO)


if __name__ == "__main__":
    print(f"""# name: us_federal
# purpose: business days of the United States, for clocks that skip weekends and federal holidays
# grain: one closed day; both the holiday and, where it falls on a weekend, the weekday on which it is observed
# units: civil dates of the place to which a rule applies
# Days that an executive order closes once, and Inauguration Day (Washington only), are not federal holidays and are
# not listed. A platform's own closed days stand in its pack (extra_closed).
id: us_federal
revision: 2026-11-22
title: US federal holidays
source: 5 U.S.C. 6103; https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/
weekend: [saturday, sunday]
years: {{from: {FROM}, to: {TO}}}
closed:""")
    last = 0
    for day, name in closed():
        if day.year != last:
            print(f"  # {day.year}")
            last = day.year
        print(f'  - {{day: {day}, name: "{name}"}}')
