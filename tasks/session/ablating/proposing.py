"""What the figures say about who should speak: a rule for the router, for a person to paste, or that there is none."""

from collections.abc import Sequence

from models.evidence.ablation import HARMS
from models.types import Series
from models.types.speakers import MODELS
from tasks.session.ablating.report import BLEND, Added, Proposal
from tasks.session.desk import Desk


def proposal_for(desk: Desk, series: Series, added: Sequence[Added]) -> Proposal:
    """Of the rows of the report that are about the series' blend: the models that add to its correlation or to its
    timing, and take from neither. Each was measured by itself: of two that say the same, neither may add anything.
    """
    rows = [one for one in added if one.series == str(series) and one.whole == BLEND]
    harmful = {one.part for one in rows if one.verdict is not None and one.verdict.finding == HARMS}
    helpful = {one.part for one in rows if one.adds} - harmful
    kept = [model for model in MODELS if model in helpful]
    if not kept:
        return Proposal(str(series), None, _nothing(series, harmful))
    rule = (
        f"- {{name: what adds to {series.symbol}, instruments: [{series.symbol}], "
        f"classes: [{desk.venue(series.venue).asset_class}], horizons: [{desk.loaded.settings.model.horizon}], "
        f"models: [{', '.join(kept)}]}}"
    )
    said = f"Of the models of {series} only {', '.join(kept)} can be told from chance to add to its blended edge"
    return Proposal(str(series), rule, f"{said}; this rule, put above those that apply to it now, hears no one else.")


def _nothing(series: Series, harmful: set[str]) -> str:
    said = f"No model adds anything to the blended edge of {series} that can be told from chance"
    worse = f"; worse with the words of: {', '.join(sorted(harmful))}" if harmful else ""
    return f"{said}{worse}. There is no rule to propose, and no reason in these figures to trade on any of them."
