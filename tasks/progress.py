"""A Prefect progress artifact that moves with the work."""

from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact

# The server keeps every version of an artifact: a page in a hundred is progress enough.
STEP = 1.0


class ProgressArtifact:
    """Progress of one piece of work, for people."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._artifact: UUID | None = None
        self._shown = 0.0

    def __call__(self, text: str, share: float) -> None:
        """Say what was just done or begins, and the share (0..1) of all work that is done by then."""
        get_run_logger().info(text)
        percent = 100.0 * share
        if self._artifact is None:
            self._artifact = create_progress_artifact(percent, description=self._what)  # type: ignore[assignment]
        elif percent - self._shown >= STEP or percent >= 100.0 > self._shown:
            update_progress_artifact(self._artifact, percent)
        else:
            return
        self._shown = percent
