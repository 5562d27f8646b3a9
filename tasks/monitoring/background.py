"""What takes longer than a scrape may: asked by a thread of its own, the last answer is shown.

How the runs of flows ended, and whether the lake is as it was written.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from models.types import KeelError
from tasks.monitoring.samples import Sample

Source = Callable[[], Iterable[Sample]]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Background:
    """By name of the part, where its samples come from; each is asked again `every` seconds after its answer."""

    sources: Mapping[str, Source]
    every: float
    _known: dict[str, tuple[Sample, ...]] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; a second time changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="slow metrics", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, without waiting for an answer that is under way: nobody needs it any more."""
        self._stop.set()

    def ask(self) -> None:
        """Every source once. One that fails loses its figures: old ones would look like those of now."""
        for name, source in self.sources.items():
            try:
                self._known[name] = tuple(source())
                self._troubles.pop(name, None)
            except Exception as error:  # noqa: BLE001 - shown as a part that is not well
                said = str(error) if isinstance(error, KeelError) else f"{type(error).__name__}: {error}"
                self._known.pop(name, None)
                if self._troubles.get(name) != said:
                    _log.warning("no metrics of %s: %s", name, said)
                self._troubles[name] = said

    def samples(self) -> list[Sample]:
        """Those of the last answers."""
        return [one for known in list(self._known.values()) for one in known]

    def troubles(self) -> dict[str, str]:
        """Why a part has no figures, by its name."""
        return dict(self._troubles)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.ask()
            self._stop.wait(self.every)
