"""The report on a series, the grades of its rules, and the rules on two feeds and their clocks."""

import numpy as np
import pytest

from models.quality import (
    Block,
    Flaw,
    Gap,
    GapKind,
    Grade,
    Rule,
    clock_skew,
    disagreement_bps,
    quality_report,
    spike_second_feed,
)
from models.types import Bars
from models.types.timeframes import MINUTE, SECOND

NOTES = {Rule.QUIET, Rule.OUTAGE, Rule.LONG_WICK}
BLOCKING = {Rule.MISSING, Rule.SPLIT_JUMP, Rule.SPIKE_UNCONFIRMED, Rule.ZERO_VOLUME_RUN, Rule.CLOCK_SKEW}
NO_ROWS = np.zeros(0, np.int64)


def candles(closes, first=0):
    close = np.array(closes, np.float64)
    return Bars(
        np.arange(first, first + close.size) * MINUTE, close, close.copy(), close.copy(), close, np.ones(close.size)
    )


def report(codes=(0, 0, 0), gaps=(), bad=NO_ROWS, flaws=NO_ROWS, others=()):
    return quality_report(candles([1.0] * len(codes)), gaps, bad, flaws, np.array(codes, np.int64), others)


def test_every_rule_has_one_grade():
    grades = {rule: rule.grade for rule in Rule}
    assert {rule for rule, grade in grades.items() if grade is Grade.NOTE} == NOTES
    assert {rule for rule, grade in grades.items() if grade is Grade.BLOCK} == BLOCKING
    assert {flaw.name.lower() for flaw in Flaw if flaw is not Flaw.NONE} <= {
        rule.value for rule, grade in grades.items() if grade is Grade.QUARANTINE
    }
    assert {block.name.lower() for block in Block if block is not Block.NONE} <= {rule.value for rule in BLOCKING}


def test_nothing_wrong():
    assert report().as_json() == {"blocked": False, "findings": []}
    assert report(codes=()).blocked is False


def test_flaws_are_told_by_rule():
    bad = np.array([4, 2, 9, -1]) * MINUTE
    told = report(bad=bad, flaws=np.array([Flaw.SPIKE, Flaw.SPIKE, Flaw.DUPLICATE, Flaw.NO_TIME])).findings
    assert [(one.rule, one.count, one.first, one.last) for one in told] == [
        (Rule.NO_TIME, 1, None, None),
        (Rule.DUPLICATE, 1, 9 * MINUTE, 9 * MINUTE),
        (Rule.SPIKE, 2, 2 * MINUTE, 4 * MINUTE),
    ]
    assert told[2].sentence == (
        "2 bars: an absurd price that the neighbouring bars contradict, "
        "from 1970-01-01T00:02:00Z to 1970-01-01T00:04:00Z"
    )


def test_only_the_newest_bar_decides_whether_it_is_blocked():
    assert report(codes=(Block.SPLIT_JUMP, Block.MISSING, 0)).blocked is False
    assert report(codes=(0, 0, Block.MISSING)).blocked is True
    told = report(codes=(Block.SPLIT_JUMP, Block.SPLIT_JUMP, Block.ZERO_VOLUME_RUN)).findings
    assert [(one.rule, one.count, one.grade) for one in told] == [
        (Rule.SPLIT_JUMP, 2, Grade.BLOCK),
        (Rule.ZERO_VOLUME_RUN, 1, Grade.BLOCK),
    ]


def test_absences_are_told_by_kind():
    gaps = (
        Gap(0, MINUTE, 2, GapKind.MISSING),
        Gap(5 * MINUTE, 5 * MINUTE, 1, GapKind.QUIET),
        Gap(7 * MINUTE, 9 * MINUTE, 3, GapKind.MISSING),
        Gap(20 * MINUTE, 20 * MINUTE, 1, GapKind.OUTAGE),
    )
    told = {one.rule: one for one in report(gaps=gaps).findings}
    assert {rule: (one.count, one.first, one.last) for rule, one in told.items()} == {
        Rule.MISSING: (5, 0, 9 * MINUTE),
        Rule.QUIET: (1, 5 * MINUTE, 5 * MINUTE),
        Rule.OUTAGE: (1, 20 * MINUTE, 20 * MINUTE),
    }
    assert told[Rule.MISSING].sentence.startswith("5 bars in 2 runs absent")


def test_long_wicks_are_noted():
    bars = candles([100.0] * 9)
    bars.low[4] = 10.0
    told = quality_report(bars, (), NO_ROWS, NO_ROWS, np.zeros(9, np.int64))
    assert [(one.rule, one.first) for one in told.findings] == [(Rule.LONG_WICK, 4 * MINUTE)]
    assert told.blocked is False


def test_a_finding_on_the_feed_blocks_the_series():
    skew = clock_skew(0, 10 * SECOND, 0, SECOND)
    told = report(others=(skew,))
    assert told.blocked is True
    assert told.as_json()["findings"] == [
        {
            "rule": "clock_skew",
            "grade": "block",
            "count": 1,
            "first": None,
            "last": None,
            "sentence": "the venue's clock is 10 s ahead of ours, 1 s are allowed; set this machine's clock",
        }
    ]


NOW = 1_000 * SECOND
CLOCKS = [
    (NOW, NOW, None),
    (NOW, NOW + 2 * SECOND, None),
    (NOW, NOW - 2 * SECOND, None),
    (NOW, NOW + 2 * SECOND + 1, "ahead of ours"),
    (NOW, NOW - 2 * SECOND - 1, "behind ours"),
    (NOW, None, None),
    (NOW + 2 * SECOND, None, None),
    (NOW + 3 * SECOND, None, "newest bar opens at 1970-01-01T00:16:43Z, 3 s after"),
    (0, None, None),
]


@pytest.mark.parametrize(("newest", "venue", "said"), CLOCKS)
def test_clocks(newest, venue, said):
    finding = clock_skew(newest, venue, NOW, 2 * SECOND)
    assert (finding is None) if said is None else said in finding.sentence


def test_disagreement_is_taken_where_both_have_a_bar():
    ts, apart = disagreement_bps(candles([100.0, 101.0, 103.0]), candles([100.0, 100.0, 100.0], first=1))
    assert ts.tolist() == [MINUTE, 2 * MINUTE]
    assert apart == pytest.approx([100.0, 300.0])


WALK = [100.0, 100.2, 100.1, 100.3, 100.2, 100.4, 100.3, 100.5]
SECOND_FEED = [
    ("agree", WALK, WALK, []),
    ("another level all along", WALK, [one * 1.01 for one in WALK], []),
    ("ours strays", [*WALK[:4], 103.5, *WALK[5:]], WALK, [4]),
    ("theirs strays", WALK, [*WALK[:4], 103.5, *WALK[5:]], []),
    ("both move", [*WALK[:4], 103.5, *WALK[5:]], [*WALK[:4], 103.4, *WALK[5:]], []),
    ("within the tolerance", [*WALK[:4], 101.0, *WALK[5:]], WALK, []),
    ("the newest", [*WALK[:7], 97.0], WALK, [7]),
    ("they have no bar there", [*WALK, 200.0], WALK, []),
    ("one bar", [100.0], [200.0], []),
]


@pytest.mark.parametrize(
    ("ours", "theirs", "rows"), [one[1:] for one in SECOND_FEED], ids=[one[0] for one in SECOND_FEED]
)
def test_a_spike_against_the_second_feed(ours, theirs, rows):
    assert np.flatnonzero(spike_second_feed(candles(ours), candles(theirs), 100.0)).tolist() == rows
