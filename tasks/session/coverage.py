"""Coverage for people and scripts: what each series has and lacks, and what the rules find in it."""

from dataclasses import dataclass

from data.coverage import Ledger
from models.quality import GapKind, QualityReport
from models.types import BadInput, Damaged, Series, iso
from tasks.session.desk import Desk
from tasks.session.quality import quality_of
from tasks.session.stock import take_stock


@dataclass(frozen=True, slots=True)
class Coverage:
    """A series' ledger, and what the rules find in it, for people and scripts."""

    series: Series
    ledger: Ledger
    quality: QualityReport
    quarantined: int

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        ledger = self.ledger
        present = ledger.bars + ledger.suspects
        missing = sum(one.missing for one in ledger.absences)
        return {
            "series": str(self.series),
            "first": None if ledger.first is None else iso(ledger.first),
            "last": None if ledger.last is None else iso(ledger.last),
            "expected": present + ledger.quiet + missing,
            "present": present,
            "quarantined": self.quarantined,
            "quiet": ledger.quiet,
            "missing": sum(one.missing for one in ledger.absences if one.kind == GapKind.MISSING),
            "outage": sum(one.missing for one in ledger.absences if one.kind == GapKind.OUTAGE),
            "gap_list": [
                {"start": iso(one.start), "end": iso(one.end), "missing": one.missing, "kind": one.kind}
                for one in ledger.absences
            ],
            "quality": self.quality.as_json(),
            "asked": [
                {
                    "start": iso(one.start),
                    "end": iso(one.end),
                    "at": iso(one.at),
                    "source": one.source,
                    "brought": one.brought,
                }
                for one in ledger.asked
            ],
        }


def matching(desk: Desk, venue: str | None, symbols: list[str] | None, timeframe: str | None) -> list[Series]:
    """Every series of the lake that the filters let through.

    Raises:
        BadInput: none does; the message lists what there is.
    """
    have = list(desk.lake.series())
    found = [
        one
        for one in have
        if (venue is None or one.venue == venue)
        and (not symbols or one.symbol in symbols)
        and (timeframe is None or one.timeframe == timeframe)
    ]
    if not found:
        listed = ", ".join(str(one) for one in have) or "nothing yet"
        raise BadInput(f"the lake has no such series; it has {listed}. Bring some in with keel import or keel ingest")
    return found


def coverage_of(desk: Desk, wanted: list[Series]) -> tuple[list[Coverage], dict[Series, str]]:
    """Coverage of the wanted series, and of those that cannot be read what is wrong with them."""
    found, damaged = [], {}
    for series in wanted:
        try:
            found.append(_coverage(desk, series))
        except Damaged as error:
            damaged[series] = str(error)
    return found, damaged


def _coverage(desk: Desk, series: Series) -> Coverage:
    ledger = take_stock(desk, series)
    aside, _ = desk.bars.quarantined(series)
    return Coverage(series, ledger, quality_of(desk, series), ledger.suspects + aside.size)
