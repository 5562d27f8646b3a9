"""What is said about a challenger beside the champion, and what is not."""

import json
from dataclasses import replace

import pytest

from models.portfolio import Interval
from models.types import Bound, Intent, Reason, Regime
from tasks.session.json_values import finite
from tasks.session.shadowing.comparing import _apart, _kinds, _parting
from tasks.session.shadowing.report import Duel, Shadow, ShadowReport, Side
from tasks.session.shadowing.showing import duel_rows, note, side_rows, stop_lines

DAY = 86_400_000_000
SIDE = Side(0.02, 1.2, 0.05, 7, 3.5, 2.0, 20, "")
DUEL = Duel(0, 45 * DAY, 1080, 45, SIDE, SIDE, Interval(0.01, 0.05, 0.09), 12, 4, None)
SHADOW = Shadow(Regime.CRISIS, "default", "0123456789ab", 0, "keel-crisis", "3", False, "f" * 64, DUEL)
BUY = Intent(
    DAY,
    "AAA/USDT",
    2.0,
    100.0,
    Reason.ENTER_EDGE,
    Bound.SPECIALIST_SIZE,
    12.0,
    Regime.CRISIS,
    stop=95.0,
    system="swing",
)


def said(**changes):
    return replace(SHADOW, duel=replace(DUEL, **changes)).verdict


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "+5.00% a year beside the champion, +1.00% to +9.00% with 90 % confidence: it did better"),
        ({"excess": Interval(-0.09, -0.05, -0.01)}, "-5.00% a year beside the champion, -9.00% to -1.00% with 90 %"),
        ({"excess": Interval(-0.09, -0.05, -0.01)}, "it did worse"),
        ({"excess": Interval(-0.02, 0.03, 0.08)}, "luck alone explains the difference"),
        ({"excess": Interval(-0.08, -0.03, 0.0)}, "luck alone explains the difference"),
        ({"excess": None, "differing": 0}, "in 45 days it ordered what the champion ordered"),
        ({"excess": None}, "in 45 days it ordered otherwise on 4 bars, and no difference of returns can be measured"),
        ({"days": 29}, "nothing can be said yet after 29 days; it takes 30"),
        ({"days": 1}, "nothing can be said yet after 1 day; it takes 30"),
    ],
)
def test_the_sentence_says_no_more_than_the_interval(changes, sentence):
    assert sentence in said(**changes)
    assert said(**changes).startswith("crisis: ")


def test_few_days_say_nothing_whatever_they_brought():
    assert "better" not in said(days=12)
    assert "%" not in said(days=12)


def test_a_report_is_json_and_says_all_of_its_challengers():
    report = ShadowReport(
        "book", DAY, "v", {"AAA/USDT": "m"}, (SHADOW, replace(SHADOW, duel=None)), {"ranging": "torn"}
    )
    found = json.loads(json.dumps(finite(report.as_json()), allow_nan=False))
    assert found["as_of"] == "1970-01-02T00:00:00Z"
    assert [one["duel"] is None for one in found["challengers"]] == [False, True]
    assert found["challengers"][0]["duel"]["excess"] == {"low": 0.01, "figure": 0.05, "high": 0.09}
    assert found["challengers"][0]["duel"]["last"] == "1970-02-15T00:00:00Z"
    assert report.verdict.count("crisis: ") == 2
    assert "ranging: cannot be used: torn." in report.verdict
    assert len(side_rows(report)) == 2
    assert len(duel_rows(report)) == 1
    assert "- ranging: cannot be used: torn\n" in note(report)


def test_who_is_stopped_is_told():
    stopped = replace(DUEL, challenger=replace(SIDE, stopped="account since then: it fell (pause)"))
    report = ShadowReport("book", DAY, "v", {}, (replace(SHADOW, duel=stopped),), {})
    assert stop_lines(report) == ["crisis, challenger is stopped: account since then: it fell (pause)"]
    assert [row["stopped"] for row in side_rows(report)] == ["", "yes"]


@pytest.mark.parametrize(
    ("ours", "theirs", "parting"),
    [
        ([BUY], [BUY], None),
        ([replace(BUY, edge_bps=float("nan"))], [replace(BUY, edge_bps=float("nan"))], None),
        ([BUY], [], ("buy 2 (enter_edge)", "nothing")),
        ([], [BUY], ("nothing", "buy 2 (enter_edge)")),
        (
            [BUY],
            [replace(BUY, quantity=3.0, stop=94.0)],
            (
                "buy 2 (enter_edge), quantity 2.0, stop 95.0",
                "buy 3 (enter_edge), quantity 3.0, stop 94.0",
            ),
        ),
        (
            [BUY],
            [replace(BUY, stop=95.00000000000001)],
            ("buy 2 (enter_edge), stop 95.0", "buy 2 (enter_edge), stop 95.00000000000001"),
        ),
    ],
)
def test_where_they_part_is_told_to_the_bit(ours, theirs, parting):
    later = replace(BUY, bar=2 * DAY, symbol="BBB/USDT")
    found = _parting(_apart([*ours, later], [*theirs, later]))
    assert (None if found is None else (found.champion, found.challenger)) == parting
    assert found is None or (found.bar, found.system, found.symbol) == (DAY, "swing", "AAA/USDT")


def test_another_size_is_another_order_of_the_same_kind():
    apart = _apart([BUY], [replace(BUY, quantity=3.0)])
    ((one, other),) = apart.values()
    assert _kinds(one) == _kinds(other)
    sold = replace(BUY, quantity=-2.0, reason=Reason.EXIT_EDGE)
    assert _kinds(one) != _kinds({("swing", "AAA/USDT"): sold})
