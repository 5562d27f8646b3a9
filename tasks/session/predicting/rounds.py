"""One round: what the book's heavy models have to say about bars that nobody has heard them about yet.

What is said here is stored before the cycle decides, or it comes too late: the cycle then has recorded that it was not
heard, and the store replaces nothing.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from data.journal import Journal
from models.predictors.predictions import LATE_FOLD
from models.types import Damaged, IntArray, Series, iso
from models.types.speakers import HEAVY
from tasks.session.desk import Desk
from tasks.session.learning.speaking import Manner, spoken_of, usable_card, words_of
from tasks.session.market import MarketView, market_view
from tasks.session.routing import models_for


@dataclass(frozen=True, slots=True)
class Word:
    """What became of one heavy model of one series in a round.

    Attributes:
        version: the one that speaks, None where none may.
        bars: so many that it spoke about for the first time.
        newest: open of the newest bar that had closed, UTC microseconds; None where there is none.
        late: whether it was not heard about that bar in time.
        trouble: why it says nothing about it; None where it speaks, and where it was never trained.
    """

    series: Series
    model: str
    version: str | None
    bars: int
    newest: int | None
    late: bool
    trouble: str | None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {
            "series": str(self.series),
            "newest": None if self.newest is None else iso(self.newest),
        }

    @property
    def sentence(self) -> str:
        """For people."""
        who = f"{self.series} {self.model}"
        if self.version is None:
            return f"{who}: {self.trouble or f'never trained; run keel train --model {self.model}'}"
        until = "" if self.newest is None else f" until {iso(self.newest)}"
        late = ", too late for that bar's decision" if self.late else ""
        return f"{who} {self.version}: {self.trouble or f'{self.bars} bars{until}{late}'}"


def heavy_models(desk: Desk, series: Series) -> tuple[str, ...]:
    """The models of a series that only the predictor can be asked.

    Raises:
        BadInput: no rule of the router applies to it.
    """
    return tuple(one for one in models_for(desk, series) if one in HEAVY)


def predict_round(desk: Desk, journal: Journal) -> tuple[Word, ...]:
    """Let every heavy model of the book speak about the bars that had closed by the desk's clock. One that is missing
    or damaged says nothing, with the cycle's own alert.

    Raises:
        BadInput: the lake lacks a series of the book.
        Damaged: stored bars do not match their checksums.
        Unavailable: what was said cannot be written.
    """
    return tuple(word for series in desk.universe() for word in predict_series(desk, journal, series))


def predict_series(desk: Desk, journal: Journal, series: Series) -> tuple[Word, ...]:
    """The words of one series' heavy models; errors as of `predict_round`."""
    models = heavy_models(desk, series)
    if not models:
        return ()
    view = market_view(desk, series, known_by=desk.clock.now())
    return tuple(_word(desk, journal, view, one) for one in models)


def rehearse(desk: Desk, journal: Journal, word: Word) -> Word:
    """Let a model say again what it said about the newest bar, so that it is loaded and compiled before the next one
    comes; the same word, with the trouble that it had.
    """
    try:
        card = usable_card(desk, word.series, word.model)
        view = market_view(desk, word.series, known_by=desk.clock.now())
        if card is not None and len(view.bars):
            words_of(desk, view, card, slice(len(view.bars) - 1, len(view.bars)))
    except Damaged as error:
        return replace(word, trouble=_alerted(desk, journal, word.series, word.model, str(error)))
    return word


def _word(desk: Desk, journal: Journal, view: MarketView, model: str) -> Word:
    word = Word(view.series, model, None, 0, int(view.bars.ts[-1]) if len(view.bars) else None, False, None)
    try:
        before = _spoken_before(desk, view.series, model)
        spoken = spoken_of(desk, view, (model,), Manner.COMPLETE)
    except Damaged as error:
        return replace(word, trouble=_alerted(desk, journal, view.series, model, str(error)))
    if model in spoken.troubles:
        word = replace(word, trouble=_alerted(desk, journal, view.series, model, spoken.troubles[model]))
    if model not in spoken.cards:
        return word
    said = spoken.said[model]
    bars = int(np.isin(said.ts[said.spoken], before, invert=True).sum())
    return replace(word, version=spoken.cards[model].version, bars=bars, late=bool((said.fold[-1:] == LATE_FOLD).any()))


def _spoken_before(desk: Desk, series: Series, model: str) -> IntArray:
    """Bars about which the version that speaks has been heard; none where it is too damaged to tell."""
    try:
        card = usable_card(desk, series, model)
    except Damaged:
        card = None
    if card is None:
        return np.empty(0, np.int64)
    said = desk.predictions.read(series, model, card.version)
    return said.ts[said.spoken]


def _alerted(desk: Desk, journal: Journal, series: Series, model: str, trouble: str) -> str:
    """The trouble, of which a person is alerted: once, whoever comes across it first, this process or the cycle."""
    journal.raise_alert(f"model {series} {model} {trouble}", "error", trouble, desk.clock.now())
    return trouble
