"""The tax report: rows of a period, totals by year and asset, lots that are left, and whether it all adds up."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from data.journal import Journal
from models.taxes import EXACT, Lot, Matched, matched
from models.types import BadInput, iso
from tasks.session.desk import Desk
from tasks.session.ordering.accounting import NOTHING
from tasks.session.ordering.held import exact
from tasks.session.taxing.accounts import Account, live_accounts, paper_accounts
from tasks.session.taxing.asking import FIRST, LAST, LIVE, Asked
from tasks.session.taxing.declared import Declared
from tasks.session.taxing.happenings import ALL, happenings, pool_of
from tasks.session.taxing.rows import LONG, SHORT, Row, plain, rows_of
from tasks.session.taxing.valuing import Prices

# Figures that are summed for a year and an asset.
SUMMED = ("proceeds", "cost", "gain")
# Of a paper book, whose positions are floats: less than this is no difference.
PAPER_SLACK = Decimal("1e-9")
GAINS = ("disposed", "fee", "cover")


@dataclass(frozen=True, slots=True)
class Held:
    """Units that lots say are left, beside what the journal counts."""

    account: str
    asset: str
    lots: Decimal
    journal: Decimal
    slack: Decimal

    @property
    def agrees(self) -> bool:
        """To the last digit; on paper as far as floats go."""
        return abs(self.lots - self.journal) <= self.slack


@dataclass(frozen=True, slots=True)
class TaxReport:
    """All of it.

    Attributes:
        unknown: rows of the period with a figure that is not known.
        lacking: orders of which more is filled than their fills say.
    """

    asked: Asked
    rows: tuple[Row, ...]
    totals: tuple[Row, ...]
    lots: tuple[Lot, ...]
    held: tuple[Held, ...]
    unknown: int
    lacking: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every figure is known and everything adds up."""
        return not self.unknown and not self.lacking and all(one.agrees for one in self.held)

    def troubles(self) -> list[str]:
        """Why it is not whole, in sentences."""
        said = [f"not known in {self.unknown} rows: see their flags"] if self.unknown else []
        said += [f"more of the order {cid} is filled than its known fills say" for cid in self.lacking]
        return said + [
            f"lots have {one.lots:f} {one.asset} in {one.account}, the journal has {one.journal:f}"
            for one in self.held
            if not one.agrees
        ]

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        asked = self.asked
        return {
            "book": asked.book,
            "method": str(asked.method),
            "currency": asked.settings.currency,
            "pools": asked.settings.pools,
            "time_zone": asked.settings.time_zone,
            "start": None if asked.start == FIRST else iso(asked.start),
            "end": None if asked.end == LAST else iso(asked.end),
            "rows": list(self.rows),
            "totals": list(self.totals),
            "lots": [
                {
                    "lot": one.name,
                    "pool": one.pool or ALL,
                    "asset": one.asset,
                    "quantity": plain(-one.quantity if one.is_short else one.quantity),
                    "cost": plain(one.cost),
                    "acquired": None if one.acquired is None else iso(one.acquired),
                    "short": one.is_short,
                }
                for one in self.lots
            ],
            "reconciliation": [
                {
                    "account": one.account,
                    "asset": one.asset,
                    "lots": plain(one.lots),
                    "journal": plain(one.journal),
                    "agrees": one.agrees,
                }
                for one in self.held
            ],
            "unknown": self.unknown,
            "lacking": list(self.lacking),
            "complete": self.is_whole,
        }


def tax_report(desk: Desk, journal: Journal, asked: Asked, declared: Iterable[Declared] = ()) -> TaxReport:
    """Match all that ever happened, and show the period that is asked for.

    Raises:
        BadInput: what a person declared fits nothing, or nothing happened at the venue that is asked for.
        Damaged: actions of a symbol are.
    """
    with localcontext(EXACT):
        if asked.book == LIVE:
            accounts = live_accounts(journal)
        else:
            accounts = paper_accounts(journal, exact(desk.loaded.settings.trading.capital))
        there = sorted({one.venue for one in accounts})
        if asked.venue not in (None, *there):
            raise BadInput(
                f"found --venue {asked.venue!r}; the journal has {asked.book} trades of {', '.join(there) or 'none'}"
            )
        prices = Prices.of(desk, asked.settings.currency, asked.settings.price_hours)
        found = happenings(desk, asked, prices, accounts, declared)
        done = matched(found.movements, asked.method)
        rows = rows_of(asked, found, done)
        return TaxReport(
            asked=asked,
            rows=tuple(rows),
            totals=tuple(_totals(rows)),
            lots=done.lots,
            held=tuple(_held(asked, accounts, done)),
            unknown=sum(row["known"] is False for row in rows),
            lacking=tuple(cid for one in accounts for cid in one.lacking),
        )


def _totals(rows: Iterable[Row]) -> list[Row]:
    """By year and asset; a sum of which a part is not known is None, and says of how many rows."""
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        if row["row"] in GAINS:
            groups.setdefault((int(row["year"] or 0), str(row["asset"])), []).append(row)
    found: list[Row] = []
    for (year, asset), some in sorted(groups.items()):
        total: Row = {"year": year, "asset": asset, "rows": len(some)}
        total |= {name: _sum(some, name) for name in SUMMED}
        is_dated = all(one["term"] is not None for one in some)
        for term in (SHORT, LONG):
            total[f"{term}_term"] = _sum([one for one in some if one["term"] == term], "gain") if is_dated else None
        found.append(total | {"not_known": sum(one["known"] is False for one in some)})
    return found


def _sum(rows: Iterable[Row], name: str) -> str | None:
    figures = [row[name] for row in rows]
    if None in figures:
        return None
    return plain(sum((Decimal(str(one)) for one in figures), NOTHING))


def _held(asked: Asked, accounts: Iterable[Account], done: Matched) -> list[Held]:
    """By pool and asset; on paper without the cash, which carry and dividends move as well."""
    lots: dict[tuple[str, str], Decimal] = {}
    for one in done.lots:
        key = one.pool or ALL, one.asset
        lots[key] = lots.get(key, NOTHING) + (-one.quantity if one.is_short else one.quantity)
    journal: dict[tuple[str, str], Decimal] = {}
    for account in accounts:
        for asset, units in account.held.items():
            key = pool_of(asked, account), asset
            journal[key] = journal.get(key, NOTHING) + units
    slack = NOTHING if asked.book == LIVE else PAPER_SLACK
    wanted = set(journal) if asked.book != LIVE else {*journal, *lots}
    return [
        Held(*key, lots.get(key, NOTHING), journal.get(key, NOTHING), slack)
        for key in sorted(wanted)
        if key[1] != asked.settings.currency
    ]
