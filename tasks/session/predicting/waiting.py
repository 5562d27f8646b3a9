"""The predictor as a process that goes on: it waits for new closed bars and speaks about them at once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from data.journal import Journal
from models.types import KeelError, Series
from tasks.session.desk import Desk
from tasks.session.predicting.rounds import Word, heavy_models, predict_series, rehearse
from tasks.session.speakers import RememberedSpeakers

# From one look at the lake to the next.
POLL_S = 1.0


@dataclass(slots=True)
class Session:
    """What a session has come to: rounds, bars spoken about, and the newest word of each model of each series."""

    rounds: int = 0
    bars: int = 0
    words: dict[tuple[Series, str], Word] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {"rounds": self.rounds, "bars": self.bars, "models": [one.as_json() for one in self.words.values()]}


class Predictor:
    """Speaks about each bar as soon as it has closed.

    A network is loaded and compiled when its version is first seen, not when its first bar comes. `follow` gives the
    desk by the parameters in force, `report` hears a line whenever there is something new to say.
    """

    def __init__(self, follow: Callable[[], Desk], journal: Journal, report: Callable[[str], None]) -> None:
        self.session = Session()
        self._follow, self._journal, self._report = follow, journal, report
        self._speakers = RememberedSpeakers(follow().models)
        self._dealt_with: dict[Series, object] = {}
        self._told = ""

    def run(self, stopped: Callable[[float], bool]) -> Session:
        """Round after round until `stopped`, which waits for so many seconds at most and says whether to end; a round
        that has begun is finished.
        """
        self.round()
        while not stopped(POLL_S):
            self.round()
        return self.session

    def round(self) -> None:
        """One look at the lake. What cannot be read or written now is tried again in the next one."""
        self.session.rounds += 1
        try:
            desk = replace(self._follow(), speakers=self._speakers)
            for series in desk.universe():
                self._attend(desk, series)
        except KeelError as error:
            self._tell(str(error))

    def _attend(self, desk: Desk, series: Series) -> None:
        """Speak where there is a bar, a version or a configuration that was not there before."""
        there = _there(desk, series)
        if self._dealt_with.get(series) == there:
            return
        for word in predict_series(desk, self._journal, series):
            known = word.version is None or (series, word.model, word.version) in self._speakers.known
            said = word if known else rehearse(desk, self._journal, word)
            self.session.bars += said.bars
            self.session.words[series, said.model] = said
            self._report(said.sentence)
        self._dealt_with[series] = there

    def _tell(self, trouble: str) -> None:
        if trouble != self._told:
            self._report(trouble)
        self._told = trouble


def _there(desk: Desk, series: Series) -> object:
    """What the words of a series depend on: its newest closed bar, the versions that speak, the configuration."""
    newest = desk.bars.read(series, known_by=desk.clock.now()).ts[-1:].tolist()
    versions = [desk.models.current_version(series, one) for one in heavy_models(desk, series)]
    return newest, versions, desk.loaded.version
