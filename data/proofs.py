"""What an ablation found about one version of a model that may speak with real money only once it has passed."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.sealed import read_sealed, write_sealed
from models.types import Damaged, Unavailable
from models.types.gates import PROOF, Gate

CURE = "run keel ablate again"


@dataclass(frozen=True, slots=True)
class Proof:
    """The gates of one version.

    Attributes:
        series, model, version, recipe: which version of which model; it says nothing about any other.
        gates: in the order in which they were asked.
        made_at: when, UTC microseconds.
        data_sha256: version of the bars.
        config_version: of the settings.
    """

    series: str
    model: str
    version: str
    recipe: str
    gates: tuple[Gate, ...]
    made_at: int
    data_sha256: str
    config_version: str

    @property
    def passed(self) -> bool:
        """Whether every gate was passed, and none was left out."""
        return tuple(one.name for one in self.gates) == PROOF and all(one.passed for one in self.gates)


def write_proof(path: Path, proof: Proof) -> None:
    """Replace what was found before.

    Raises:
        Unavailable: the disk is full or cannot be written.
    """
    write_sealed(path, asdict(proof))


def read_proof(path: Path) -> Proof | None:
    """What was found at `path`, None where nothing was.

    Raises:
        Damaged: it cannot be read, or is not what was written.
    """
    try:
        body = read_sealed(path, CURE)
    except Unavailable as error:
        raise Damaged(f"{error}; or {CURE}") from error
    return None if body is None else _proof(path, body)


def _proof(path: Path, body: dict[str, Any]) -> Proof:
    """Whoever edits a document can seal it again: every field has to be of its type."""
    try:
        gates = tuple(Gate(**one) for one in body.pop("gates"))
        proof = Proof(gates=gates, **body)
    except (KeyError, TypeError) as error:
        raise Damaged(f"{path} is not what an ablation writes ({error}); {CURE}") from error
    texts = (proof.series, proof.model, proof.version, proof.recipe, proof.data_sha256, proof.config_version)
    if not all(isinstance(one, str) for one in texts) or not all(type(one.passed) is bool for one in gates):
        raise Damaged(f"{path} is not what an ablation writes; {CURE}")
    return proof
