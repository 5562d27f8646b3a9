"""Who is not trusted with real money yet: whose worth an ablation has still to show, and who weighs its words."""

from data.model_files import ModelCard
from data.proofs import Proof
from models.types import BadInput, Damaged, Series, iso
from models.types.speakers import UNTRUSTED
from models.types.stages import Stage
from tasks.session.desk import Desk


def why_untrusted(desk: Desk, series: Series, card: ModelCard) -> str | None:
    """Why this version says nothing in the stage in force; None where it may speak. With real money (micro, live) the
    models of UNTRUSTED need an ablation of this very version that has passed, and so does the meta-learner for each of
    them that it weighs. Elsewhere they speak as every other one.

    Raises:
        Damaged: what an ablation found, or the card of a version that is weighed, was changed or cannot be read.
    """
    if not Stage(desk.loaded.settings.stage).is_money:
        return None
    heard = {card.model: card.version} | card.parents
    for model, version in heard.items():
        if model in UNTRUSTED:
            own = card if model == card.model else _weighed(desk, series, model, version)
            found = desk.models.proof(series, own)
            if found is None or not found.passed:
                return _said(series, card, own, found)
    return None


def _weighed(desk: Desk, series: Series, model: str, version: str) -> ModelCard:
    try:
        return desk.models.card(series, model, version)
    except BadInput as error:
        raise Damaged(f"{error}; it is weighed by another model, train that again") from error


def _said(series: Series, card: ModelCard, own: ModelCard, found: Proof | None) -> str:
    speaker = f"{card.model} {card.version} of {series}"
    weighed = "" if own is card else f" while it weighs {own.model} {own.version}"
    off = f"{speaker} is off with real money{weighed} until an ablation of that version has passed"
    if found is None:
        return f"{off}: none was made; run keel ablate"
    failed = ", ".join(one.name for one in found.gates if not one.passed) or "a gate was not asked"
    return f"{off}: that of {iso(found.made_at)} did not ({failed}); train it on more news and run keel ablate"
