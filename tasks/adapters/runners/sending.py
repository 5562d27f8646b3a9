"""Works on their way to the workers of a cluster, where what is large in them goes once for all works that share it."""

import pickle
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client, Future

# Smaller parts are not worth a message of their own.
LARGE_BYTES = 1 << 20
ATTEMPTS, PAUSE_S = 5, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A work without its large parts.

    Attributes:
        kind: of the tuple that the work is; None: it is no tuple, and its own only part.
        parts: of the work, None where one is left out.
        missing: numbers of those, in the order in which `opened` wants them.
    """

    kind: type | None
    parts: tuple[object, ...]
    missing: tuple[int, ...]

    def opened(self, large: "tuple[object, ...]") -> Any:
        """The work again."""
        parts = list(self.parts)
        for number, part in zip(self.missing, large, strict=True):
            parts[number] = part
        return parts[0] if self.kind is None else getattr(self.kind, "_make", self.kind)(parts)


@dataclass(frozen=True, slots=True, eq=False)
class Sender:
    """Sends through `client`; waits for a worker for `patience` seconds.

    Large parts are known by their identity and kept, so that nothing else can take it over.
    """

    client: "Client"
    patience: float
    _sent: "dict[int, tuple[object, Future]]" = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def letter(self, work: object) -> "tuple[Letter, list[Future]]":
        """The work without its large parts, and where on the cluster these are; one that was lost is sent again.

        Raises:
            OSError: the cluster does not answer, or has no worker for so long.
        """
        kind = type(work) if isinstance(work, tuple) else None
        parts = list(work) if isinstance(work, tuple) else [work]
        missing = [number for number, part in enumerate(parts) if self._is_large(part)]
        futures = [self._on_a_worker(parts[number]) for number in missing]
        for number in missing:
            parts[number] = None
        return Letter(kind, tuple(parts), tuple(missing)), futures

    def forget(self) -> None:
        """Let go of what no work has used since this was called before."""
        for identity in self._sent.keys() - self._used:
            del self._sent[identity]
        self._used.clear()

    def _is_large(self, part: object) -> bool:
        return id(part) in self._sent or _bytes_of(part) >= LARGE_BYTES

    def _on_a_worker(self, part: object) -> "Future":
        self._used.add(id(part))
        kept = self._sent.get(id(part))
        if kept is None or kept[1].status != "finished":
            self._sent[id(part)] = kept = part, self._scattered(part)
        return kept[1]

    def _scattered(self, part: object) -> "Future":
        for _ in range(ATTEMPTS - 1):
            try:
                return self._scattered_at_once(part)
            except OSError as error:
                if isinstance(error, TimeoutError) or self.client.status != "running":
                    raise
                # It went to a worker that has just died, of which the scheduler hears in a moment.
                time.sleep(PAUSE_S)
        return self._scattered_at_once(part)

    def _scattered_at_once(self, part: object) -> "Future":
        # In a list, for the elements of one are sent each by itself.
        (future,) = self.client.scatter([part], hash=False, timeout=self.patience)
        return future


def _bytes_of(part: object) -> int:
    """That it takes on its way, where arrays are not copied for it."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(part, protocol=5, buffer_callback=buffers.append)
    return len(head) + sum(one.raw().nbytes for one in buffers)
