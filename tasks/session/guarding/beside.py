"""Hands in a thread of their own: a venue that hangs keeps the guardian from nothing else."""

import threading

from models.types import KeelError
from models.types.timeframes import MINUTE
from tasks.session.guarding.facts import Demand, Seen
from tasks.session.guarding.hands import Hands
from tasks.session.ordering.desk import Monotonic

# That one turn may take: a look, and one that cancels or sells, where no entry passes in any case.
LOOKING, ACTING = MINUTE, 10 * MINUTE


class Beside:
    """Does the newest demand over and over, one at a time. What fails unexpectedly is `failed`, and tried again."""

    def __init__(self, hands: Hands, monotonic: Monotonic) -> None:
        self._hands = hands
        self._monotonic = monotonic
        self._begun: tuple[int, int] | None = None
        self._wanted = threading.Event()
        self._ends = False
        self._demand = Demand()
        self._failed = ""
        self._thread = threading.Thread(target=self._work, name="hands", daemon=True)
        self._thread.start()

    @property
    def seen(self) -> Seen | None:
        """What was seen and done last, None before the first time."""
        return self._hands.seen

    @property
    def is_busy(self) -> bool:
        """Whether a turn is under way."""
        return self._begun is not None

    @property
    def failed(self) -> str:
        """Why the last turn failed unexpectedly, or that the one under way does not end; empty where neither is so."""
        begun = self._begun
        if begun is not None and self._monotonic() - begun[0] > begun[1]:
            return f"a turn at the venues has not ended for more than {begun[1] / 1e6:g} s"
        return self._failed

    def ask(self, demand: Demand) -> None:
        """Do this as soon as what is under way has ended."""
        self._demand = demand
        self._wanted.set()

    def end(self, seconds: float) -> None:
        """Nothing more is begun; what is under way has so long to end."""
        self._ends = True
        self._wanted.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        while self._wanted.wait() and not self._ends:
            self._wanted.clear()
            demand = self._demand
            self._begun = (self._monotonic(), ACTING if demand.acts else LOOKING)
            try:
                self._hands.ask(demand)
                self._failed = ""
            except KeelError as error:
                self._failed = str(error)
            except Exception as error:  # noqa: BLE001 - told with the next round; who watches goes on watching
                self._failed = f"{type(error).__name__}: {error}"
            self._begun = None
