"""What is registered: of every series and model who speaks, how good it was, who waits, and what has been said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.model_files import ModelCard
from models.predictors import Predictions
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD
from models.types import BadInput, KeelError, Series, iso
from models.types.speakers import MODELS
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.learning.speaking import why_silent
from tasks.session.learning.trusting import why_untrusted

LEARNT = "in_sample"
ADVANCE = "out_of_sample"


@dataclass(frozen=True, slots=True)
class Listed:
    """One model of a series.

    Attributes:
        champion: card of the version that speaks, challenger: of the one that was trained after it.
        age_days: since its last training bar, days.
        why: it says nothing about a bar of now, None where it may speak.
        rows: stored about bars by the champion.
        last: open of the newest bar that it spoke about, UTC microseconds.
        late_share: of the bars after its training, how many it was not heard in time for, 0..1.
    """

    series: Series
    model: str
    champion: ModelCard | None
    challenger: ModelCard | None
    age_days: float | None
    why: str | None
    rows: int
    last: int | None
    late_share: float | None

    def as_json(self) -> dict[str, Any]:
        """The fields that scripts rely on."""
        card = self.champion
        return {
            "series": str(self.series),
            "model": self.model,
            "version": None if card is None else card.version,
            "trained_until": None if card is None else iso(card.trained_until),
            "age_days": self.age_days,
            "horizon": None if card is None else card.horizon,
            **_figures(card),
            "challenger": None
            if self.challenger is None
            else {
                "version": self.challenger.version,
                "trained_until": iso(self.challenger.trained_until),
                **_figures(self.challenger),
            },
            "usable": self.why is None,
            "why": self.why,
            "rows": self.rows,
            "last": None if self.last is None else iso(self.last),
            "late_share": self.late_share,
        }


def listed_models(desk: Desk, wanted: Sequence[Series]) -> list[Listed]:
    """Every model of the series, those that were never trained too, as of the desk's clock."""
    return [_listed(desk, series, model) for series in wanted for model in MODELS]


def registered_series(desk: Desk, venue: str | None, symbols: list[str] | None, timeframe: str | None) -> list[Series]:
    """The series of trained models that the filters let through.

    Raises:
        BadInput: there is none; the message lists what there is.
    """
    have = desk.models.series()
    found = [
        one
        for one in have
        if venue in (None, one.venue)
        and one.symbol in (symbols or (one.symbol,))
        and timeframe in (None, one.timeframe)
    ]
    if not found:
        listed = ", ".join(str(one) for one in have) or "none yet"
        raise BadInput(f"no model of such a series was trained; there are {listed}. Train one with keel train")
    return found


def _listed(desk: Desk, series: Series, model: str) -> Listed:
    """A model that is damaged is listed with what is wrong with it."""
    champion, challenger, said, why = None, None, None, None
    try:
        champion = desk.models.current(series, model)
        challenger = desk.models.challenger(series, model)
        why = why_silent(desk, series, model, desk.clock.now())
        if champion is not None and why is None:
            why = why_untrusted(desk, series, champion)
        if champion is not None:
            said = desk.predictions.read(series, model, champion.version)
            desk.models.read(series, champion)
    except KeelError as error:
        why = str(error)
    age = None if champion is None else (desk.clock.now() - champion.trained_until) / DAY
    return Listed(series, model, champion, challenger, age, why, *_spoken(said))


def _spoken(said: Predictions | None) -> tuple[int, int | None, float | None]:
    """Rows, the newest bar that was spoken about, and the share of those that it was late for."""
    if said is None or not said.ts.size:
        return 0, None, None
    spoken = said.ts[said.spoken]
    late, heard = int(np.sum(said.fold == LATE_FOLD)), int(np.sum(said.fold == FINAL_FOLD))
    share = late / (late + heard) if late + heard else None
    return said.ts.size, int(spoken[-1]) if spoken.size else None, share


def _figures(card: ModelCard | None) -> dict[str, Any]:
    """Means over the folds of the walk-forward; those of the training bars beside those that were known in advance."""
    found = {} if card is None else card.performance
    advance = {name: figure for name, figure in found.items() if name not in (LEARNT, ADVANCE)}
    return {
        LEARNT: {"correlation": found.get(LEARNT)},
        ADVANCE: {"correlation": found.get(ADVANCE)} | advance,
    }
