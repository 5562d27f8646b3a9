"""The journal's page on live trading: who confirmed it at a venue, with how much, and who took that back."""

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, func, insert, select

from data.journal.order_tables import live_acts
from data.journal.reading import reads


class LiveKind(StrEnum):
    """What a person said. Stored: never rename."""

    CONFIRMED = "confirmed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class LiveAct:
    """What a person said about live trading at a venue.

    Attributes:
        at: UTC microseconds.
        phrase: what they typed.
        capital: in quote currency.
        gate: the caps of the last gate that they confirmed, by name; JSON knows all of it.
    """

    venue: str
    kind: LiveKind
    who: str
    phrase: str
    capital: Decimal
    gate: dict[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class LiveLog:
    """Acts of people in one journal; `engine` is the journal's. Rows are added and never changed."""

    engine: Engine

    def confirm(self, venue: str, who: str, phrase: str, capital: Decimal, gate: dict[str, Any], at: int) -> LiveAct:
        """Live trading at the venue is confirmed; what was confirmed there before holds no longer."""
        return self._write(LiveAct(venue, LiveKind.CONFIRMED, who, phrase, capital, gate, at))

    def revoke(self, venue: str, who: str, why: str, at: int) -> LiveAct:
        """Live trading at the venue is not confirmed any more, for the reason `why`."""
        return self._write(LiveAct(venue, LiveKind.REVOKED, who, why, Decimal(0), {}, at))

    def in_force(self, venue: str) -> LiveAct | None:
        """The confirmation that holds at the venue, None when there is none or it was revoked."""
        newest = select(live_acts).where(live_acts.c.venue == venue).order_by(live_acts.c.id.desc()).limit(1)
        with reads(self.engine) as connection:
            row = connection.execute(newest).one_or_none()
        return None if row is None or row.kind != LiveKind.CONFIRMED else _act(row)

    def all_in_force(self) -> dict[str, int]:
        """When each confirmation that holds was made, by its venue."""
        newest = select(func.max(live_acts.c.id)).group_by(live_acts.c.venue)
        held = live_acts.c.id.in_(newest), live_acts.c.kind == LiveKind.CONFIRMED.value
        with reads(self.engine) as connection:
            return {row.venue: row.at for row in connection.execute(select(live_acts).where(*held))}

    def _write(self, act: LiveAct) -> LiveAct:
        with self.engine.begin() as connection:
            connection.execute(insert(live_acts), _row(act))
        return act


def _row(act: LiveAct) -> dict[str, Any]:
    same = {name: getattr(act, name) for name in ("venue", "who", "phrase", "at")}
    gate = json.dumps(act.gate, allow_nan=False)
    return same | {"kind": act.kind.value, "capital": str(act.capital), "gate": gate}


def _act(row: Row[Any]) -> LiveAct:
    capital, gate = Decimal(row.capital), json.loads(row.gate)
    return LiveAct(row.venue, LiveKind(row.kind), row.who, row.phrase, capital, gate, row.at)
