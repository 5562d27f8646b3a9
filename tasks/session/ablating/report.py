"""What models and their parts are worth, as a value and as JSON."""

from dataclasses import asdict, dataclass
from pathlib import Path

from data.proofs import Proof
from models.evidence.ablation import ADDS, Verdict
from models.evidence.following import Money
from models.evidence.redrawn import Figure
from models.evidence.saying import Said

# Wholes that parts are left out of.
BLEND, TREES = "blend", "xgboost"
# What is done with the part.
LEFT_OUT, TAKEN_IN = "left out", "taken in"
# What is measured, and in what.
CORRELATION, TIMING, LOG_LOSS = "correlation", "timing after costs, bps a bar", "log loss, nats"


@dataclass(frozen=True, slots=True)
class Side:
    """How good what was said is, and what following it earned."""

    said: Said
    money: Money


@dataclass(frozen=True, slots=True)
class Alone:
    """One version of one model by itself, over the bars that it spoke about without having seen them.

    Attributes:
        first, last: opens of the first and the last of them.
        out_of_sample: what it said in advance.
        in_sample: what its final version, which has learnt from them, says about the same bars.
        held: buying and holding from the first to the last.
    """

    series: str
    model: str
    version: str
    first: str
    last: str
    out_of_sample: Side
    in_sample: Side
    held: Money


@dataclass(frozen=True, slots=True)
class Added:
    """What a part adds to a whole out of sample.

    Attributes:
        whole: of what it is a part: the blended edge, the meta-learner's inputs, the trees' features.
        part: name of the model or the group of features.
        change: whether it was left out of what is in force, or taken in where it is not.
        measure: what is greater, or for the log loss lower, by `figure` with the part than without.
        figure: None where it cannot be had.
        verdict: the same within bounds that hold for all rows of the report at once.
    """

    series: str
    whole: str
    part: str
    change: str
    measure: str
    figure: Figure | None
    verdict: Verdict | None = None

    @property
    def adds(self) -> bool:
        """Whether it adds something beyond chance."""
        return self.verdict is not None and self.verdict.finding == ADDS


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the figures say about who should speak for a series.

    Attributes:
        rule: a line for conf/model_router_rules.yml; None where there is nothing to propose.
        sentence: why.
    """

    series: str
    rule: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class AblationReport:
    """Everything that was found.

    Attributes:
        costs_bps: of a round trip by series: taker fee and half the spread, twice.
        blocks: length of the blocks that intervals are drawn in, bars.
        data_sha256: of each series' manifest of bars.
        proofs: of the versions that are not trusted with real money before.
        page: the report for people, once it was written.
    """

    command: str
    series: tuple[str, ...]
    horizon: int
    costs_bps: dict[str, float]
    blocks: int
    replicates: int
    seed: int
    alone: tuple[Alone, ...]
    added: tuple[Added, ...]
    proposals: tuple[Proposal, ...]
    config_version: str
    data_sha256: dict[str, str]
    proofs: tuple[Proof, ...] = ()
    page: Path | None = None

    @property
    def versions(self) -> dict[str, str]:
        """Version of each model by series and name."""
        return {f"{one.series} {one.model}": one.version for one in self.alone}

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        fields = asdict(self)
        lists = {name: list(fields[name]) for name in ("series", "alone", "added", "proposals", "proofs")}
        page = None if self.page is None else str(self.page)
        for shown, proof in zip(lists["proofs"], self.proofs, strict=True):
            shown["passed"] = proof.passed
        return fields | lists | {"versions": self.versions, "page": page}
