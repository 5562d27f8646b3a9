"""The tables of an ablation, for the shell, for Prefect and for the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.proofs import Proof
from models.evidence.ablation import NOTHING as IDLE
from models.evidence.following import Money
from models.evidence.redrawn import Figure
from models.types.gates import Gate
from tasks.session.ablating.proving import rows_of
from tasks.session.ablating.report import BLEND, CORRELATION, LOG_LOSS, TREES, AblationReport, Added, Alone

NOTHING = "-"
PROOF = "proof"
# A difference of losses or correlations is read in thousandths.
DIGITS = {CORRELATION: 4, LOG_LOSS: 5}
NOTES = {
    PROOF: "Of that very version; another one has to show it anew. Placebo: the same scores, moved in a circle over "
    "the bars, learnt and blended alike. Adds, harms nothing: verdicts of the blend. Double costs: timing that it adds "
    "where every fill and every bar of holding costs twice as much. There was no search to deflate (dsr, pbo, spa) and "
    "there is no neighbour (plateau); words are walk-forward; stress is asked of what is held.",
    "said": "Bars that the model had not seen when it spoke; in sample: what its final version, which has learnt from "
    "them, says about the same bars. Gain: nats by which the log loss is below that of the bars' own base rate, known "
    "in hindsight. Calibration error: expected, before and after calibration; an alpha has no probability before.",
    "money": "One unit, entered at the next open while the calibrated edge exceeds a round trip (taker fee and half "
    "the spread, twice), held until the edge turns or its horizon has passed; long only where the venue has no shorts; "
    "no market impact. Returns are added up, not compounded. Timing: net a bar beyond holding the same average "
    "position all the time for nothing; in a market that rises whoever is in it earns. Holding: bought at the first "
    "bar, sold at the last.",
    BLEND: "By how much the routed blend of all models is better with the words of one than without: left out where it "
    "is routed, taken in where it is not. Timing: of following the blend, as above.",
    "meta": "By how much the meta-learner's log loss out of fold is lower with the words of one model than without; "
    "trained again for each row.",
    TREES: "By how much the log loss of xgboost out of fold is lower with a group of features than without; trained "
    "again for each row, on the same bars.",
}
TITLES = {
    PROOF: "What a model needs that is not trusted with real money before",
    "said": "What each model said, walk-forward",
    "money": "Following one model alone, after costs",
    BLEND: "What each model adds to the blended edge",
    "meta": "What each model adds to the meta-learner",
    TREES: "What each group of features adds to xgboost",
}


@dataclass(frozen=True, slots=True)
class Table:
    """At least one row, all with the same columns, one of them the series; `key` is of small letters, `note` what to
    know of them.
    """

    key: str
    title: str
    note: str
    rows: list[dict[str, Any]]


def tables_of(report: AblationReport) -> list[Table]:
    """Those that have rows; in-sample figures stand beside out-of-sample ones."""
    rows = {
        "said": [_said(one) for one in report.alone],
        "money": [_money(one) for one in report.alone],
        PROOF: [_gate(proof, gate) for proof, gate in rows_of(report.proofs)],
        **{whole: [_added(one) for one in report.added if one.whole == whole] for whole in (BLEND, "meta", TREES)},
    }
    return [Table(key, TITLES[key], NOTES[key], one) for key, one in rows.items() if one]


def intervals_sentence(report: AblationReport) -> str:
    """How intervals and verdicts were made."""
    judged = sum(one.verdict is not None and one.verdict.finding != IDLE for one in report.added)
    return (
        f"Intervals: 95 % of {report.replicates:,} circular block bootstraps with blocks of {report.blocks} bars "
        f"(the label reaches {report.horizon}). Verdicts: bounds from the same bootstraps' deviation, so wide that all "
        f"{judged} rows of this report with any difference hold together in 95 of 100 cases (Bonferroni): adds and "
        "harms are said of rows whose bounds are entirely above or below zero, of all others nothing can be told."
    )


def costs_sentence(report: AblationReport) -> str:
    """What a round trip was taken to cost."""
    costs = ", ".join(f"{series} {bps:g}" for series, bps in report.costs_bps.items())
    return f"Costs of a round trip in basis points: {costs}."


def _said(one: Alone) -> dict[str, Any]:
    honest, told = one.out_of_sample.said, one.in_sample.said
    return {
        "series": one.series,
        "model": one.model,
        "bars": f"{honest.bars:,}",
        "from": one.first[:10],
        "correlation (95 %)": _between(honest.correlation, _signed(3)),
        "in sample": _value(told.correlation, _signed(3)),
        "hit rate (95 %)": _between(honest.hit_rate, _share),
        "hits in sample": _value(told.hit_rate, _share),
        "log loss": NOTHING if honest.log_loss is None else f"{honest.log_loss:.4f}",
        "gain (95 %)": _between(honest.gain, _signed(4)),
        "gain in sample": _value(told.gain, _signed(4)),
        "calibration error": f"{_plain(honest.raw_error)} to {_plain(honest.error)}",
    }


def _money(one: Alone) -> dict[str, Any]:
    honest, told = one.out_of_sample.money, one.in_sample.money
    return {
        "series": one.series,
        "model": one.model,
        "trades": f"{honest.trades:,}",
        "of the time": f"{honest.exposure:.1%}",
        "a trade, gross to net, bps": _trade(honest),
        "net a bar, bps (95 %)": _between(honest.bar_net_bps, _signed(3)),
        "timing, bps (95 %)": _between(honest.timing_bps, _signed(3)),
        "timing in sample": _value(told.timing_bps, _signed(3)),
        "a year, gross": _percent(honest.gross),
        "a year, net": _percent(honest.net),
        "net in sample": _percent(told.net),
        "sharpe gross": _ratio(honest.gross_sharpe),
        "sharpe net": _ratio(honest.net_sharpe),
        "sharpe in sample": _ratio(told.net_sharpe),
        "holding, a year": _percent(one.held.net),
        "sharpe of holding": _ratio(one.held.net_sharpe),
    }


def _added(one: Added) -> dict[str, Any]:
    shown = _signed(DIGITS.get(one.measure, 4))
    verdict = one.verdict
    return {
        "series": one.series,
        "part": one.part,
        "change": one.change,
        "measure": one.measure,
        "adds (95 %)": _between(one.figure, shown),
        "bounds for all rows": NOTHING if verdict is None else f"{shown(verdict.low)} to {shown(verdict.high)}",
        "verdict": NOTHING if verdict is None else verdict.finding,
    }


def _gate(proof: Proof, gate: Gate) -> dict[str, Any]:
    return {
        "series": proof.series,
        "model": proof.model,
        "version": proof.version,
        "gate": gate.name,
        "value": NOTHING if gate.value is None else f"{gate.value:.4g}",
        "threshold": f"{gate.threshold:.4g}",
        "passed": "yes" if gate.passed else "no",
        "finding": gate.sentence,
    }


def _signed(digits: int) -> Callable[[float], str]:
    return lambda figure: f"{figure:+.{digits}f}"


def _share(figure: float) -> str:
    return f"{figure:.1%}"


def _between(figure: Figure | None, shown: Callable[[float], str]) -> str:
    return NOTHING if figure is None else f"{shown(figure.value)} ({shown(figure.low)} to {shown(figure.high)})"


def _value(figure: Figure | None, shown: Callable[[float], str]) -> str:
    return NOTHING if figure is None else shown(figure.value)


def _trade(money: Money) -> str:
    if money.trade_gross_bps is None or money.trade_net_bps is None:
        return NOTHING
    return f"{money.trade_gross_bps:+.1f} to {money.trade_net_bps:+.1f}"


def _percent(figure: float) -> str:
    return f"{figure:+.2%}"


def _ratio(figure: float | None) -> str:
    return NOTHING if figure is None else f"{figure:.2f}"


def _plain(figure: float | None) -> str:
    return NOTHING if figure is None else f"{figure:.4f}"
