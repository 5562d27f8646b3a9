"""One decision for a person who asks why: who was in charge, what was wanted and what set its size, what was not."""

from dataclasses import dataclass

from data.journal import Journal
from models.types import BadInput, Damaged, Regime
from tasks.session.explaining.reading import UNREADABLE
from tasks.session.overview.deciding import decided, in_charge_of
from tasks.session.overview.views import Decided, InCharge


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision.

    Attributes:
        charge: who was in charge after it.
        changes: who came and went with it, one sentence each.
        models: version of the model that spoke by symbol.
        config_version: of the configuration in force.
    """

    decided: Decided
    charge: tuple[InCharge, ...]
    changes: tuple[str, ...]
    models: dict[str, str]
    config_version: str


def explain(journal: Journal, name: str) -> Explained:
    """The decision with this id.

    Raises:
        BadInput: there is none.
        Damaged: its rows are not what anybody here writes.
    """
    try:
        return _explained(journal, name)
    except UNREADABLE as error:
        raise Damaged(
            f"the rows of the decision {name[:80]} cannot be read ({type(error).__name__}); `keel explain` and "
            "/decisions/ID/recomputed name what was altered"
        ) from error


def _explained(journal: Journal, name: str) -> Explained:
    found = journal.decision(name)
    if found is None:
        raise BadInput(f"there is no decision {name[:80]!r}; /decisions lists the newest")
    (said,) = decided(journal, [found])
    return Explained(
        decided=said,
        charge=in_charge_of(found),
        changes=tuple(
            f"{one.symbol} ({one.system}): {_who(one.after)} instead of {_who(one.before)}, because {one.cause.text}"
            for one in found.switches
        ),
        models=found.models,
        config_version=found.config_version,
    )


def _who(one: Regime | None) -> str:
    return "nobody" if one is None else one.name.lower()
