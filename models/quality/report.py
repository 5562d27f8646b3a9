"""What is wrong with a series, in one value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.quality.blocking import Block
from models.quality.gaps import Gap, GapKind
from models.quality.prints import long_wicks
from models.quality.rows import Flaw
from models.quality.rules import Finding, Grade, Rule
from models.types import Bars, IntArray, iso

_RULES = {GapKind.MISSING: Rule.MISSING, GapKind.QUIET: Rule.QUIET, GapKind.OUTAGE: Rule.OUTAGE}
_ABSENT = {
    GapKind.MISSING: "absent, which the trade around them makes implausible",
    GapKind.QUIET: "absent without a trade",
    GapKind.OUTAGE: "absent in a known outage",
}


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All findings on a series, and whether its newest bar may be traded on."""

    findings: tuple[Finding, ...]
    blocked: bool

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {"blocked": self.blocked, "findings": [finding.as_json() for finding in self.findings]}


def quality_report(
    bars: Bars, gaps: Sequence[Gap], bad_ts: IntArray, flaws: IntArray, codes: IntArray, others: Sequence[Finding] = ()
) -> QualityReport:
    """The report on the stored `bars` of a series.

    Args:
        gaps: its absences, as `classify_absences` gives them.
        bad_ts, flaws: opens and flaw codes of its quarantined rows, shape (n_rows,).
        codes: of `blocks`, shape (n_bars,).
        others: findings on its feed as a whole; one that blocks, blocks the series.
    """
    findings = (
        *_row_findings(bad_ts, flaws),
        *_block_findings(bars.ts, codes),
        *_gap_findings(gaps),
        *_found(Rule.LONG_WICK, bars.ts[long_wicks(bars)], "a high or low far off its neighbours (kept)"),
        *others,
    )
    newest = codes.size > 0 and int(codes[-1]) != Block.NONE
    return QualityReport(findings, newest or any(finding.grade is Grade.BLOCK for finding in others))


def _row_findings(ts: IntArray, flaws: IntArray) -> list[Finding]:
    return [
        finding
        for flaw in Flaw
        if flaw is not Flaw.NONE
        for finding in _found(Rule(flaw.name.lower()), ts[flaws == flaw], flaw.text)
    ]


def _block_findings(ts: IntArray, codes: IntArray) -> list[Finding]:
    # The bars after a hole are not counted: the hole itself is the finding.
    told = (code for code in Block if code not in (Block.NONE, Block.MISSING))
    return [finding for code in told for finding in _found(Rule(code.name.lower()), ts[codes == code], code.text)]


def _gap_findings(gaps: Sequence[Gap]) -> list[Finding]:
    findings = []
    for kind in GapKind:
        runs = [gap for gap in gaps if gap.kind is kind]
        if runs:
            count = sum(gap.missing for gap in runs)
            first, last = runs[0].start, runs[-1].end
            sentence = f"{count} bars in {len(runs)} runs {_ABSENT[kind]}, from {iso(first)} to {iso(last)}"
            findings.append(Finding(_RULES[kind], count, first, last, sentence))
    return findings


def _found(rule: Rule, ts: IntArray, text: str) -> list[Finding]:
    """One finding, or none where there is nothing; rows without a time stamp have no first and no last."""
    if not ts.size:
        return []
    if rule is Rule.NO_TIME:
        return [Finding(rule, len(ts), None, None, f"{len(ts)} rows: {text}")]
    first, last = int(np.min(ts)), int(np.max(ts))
    return [Finding(rule, len(ts), first, last, f"{len(ts)} bars: {text}, from {iso(first)} to {iso(last)}")]
