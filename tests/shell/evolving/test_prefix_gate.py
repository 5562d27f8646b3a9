"""Values that change when later bars are taken away are counted: features, ranges, regimes, edges, value at risk."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stressed_lakes import CRYPTO, crypto, lake_desk
from stressed_lakes import START as STRESSED
from synthetic import START, SYMBOLS, settle_in

import tasks.session.inputs
from models.engine import Links, TailFigures
from models.features.kinds import KINDS
from models.types import BadInput
from models.types.timeframes import DAY, HOUR
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.evolving import prefix_gate
from tasks.session.evolving.prefix_gate import ROWS, differences

CUTS = 3
COUNT = 3000
BEGIN, END = START + 2800 * HOUR, START + (COUNT - 1) * HOUR


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two symbols with their models; the second lacks some bars."""
    before = dict(os.environ)
    made = settle_in(tmp_path_factory.mktemp("home"), COUNT)
    os.environ.clear()
    os.environ.update(before)
    return made


def counted(desk, begin=BEGIN, end=END, cuts=CUTS):
    return differences(desk, configured_book(desk), begin, end, np.random.default_rng(1), cuts)


def early(column, bars=1):
    """What is known so many bars later in truth."""
    return np.append(column[bars:], np.full(bars, np.nan))


def in_advance(edges):
    return replace(edges, edge_bps=early(edges.edge_bps))


def test_nothing_changes_and_the_same_generator_cuts_alike(desk, monkeypatch):
    ends = []
    honest = prefix_gate._changed
    monkeypatch.setattr(
        prefix_gate, "_changed", lambda *told: ends.append((told[-1].size, int(told[-1][-1]))) or honest(*told)
    )
    assert counted(desk) == counted(desk) == 0
    assert ends[:CUTS] == ends[CUTS:]
    assert len(set(ends)) == CUTS
    assert {size for size, _ in ends} == {ROWS}
    assert all(BEGIN <= last < END for _, last in ends), "nothing was taken away, or nothing known yet"


def test_edges_that_models_gave_are_among_what_is_held(desk, monkeypatch):
    honest, seen = prefix_gate._edge, []
    monkeypatch.setattr(prefix_gate, "_edge", lambda *told: seen.append(honest(*told)) or seen[-1])
    assert counted(desk) == 0
    assert all(np.isfinite(one.edge_bps).any() for one in seen[: len(SYMBOLS)])
    monkeypatch.setattr(prefix_gate, "_edge", lambda *told: in_advance(honest(*told)))
    assert counted(desk) > 0


def test_a_feature_that_knows_the_next_bar_is_counted_once_for_each_symbol_and_cut(desk, monkeypatch):
    honest = KINDS["stretch"]
    monkeypatch.setitem(KINDS, "stretch", lambda *told: early(honest(*told)))
    book = configured_book(desk)
    (inside,) = {
        one.features.names.count("stretch") for one in prefix_gate._read(desk, book, bars_of(desk, book)).views
    }
    # Of a symbol that has no bar there, nothing can be known.
    assert CUTS < counted(desk) <= CUTS * len(SYMBOLS) * (1 + inside)
    monkeypatch.setitem(KINDS, "stretch", lambda inputs, *rest: honest(inputs, *rest) + 1e-13 * len(inputs[0]))
    assert counted(desk) > CUTS * ROWS, "every row knows how long the series is"


def bars_of(desk, book):
    return [desk.bars.read(one) for one in book.series]


@pytest.mark.parametrize("kind", ["support", "momentum_score", "sentiment"])
def test_any_kind_of_feature_that_looks_ahead_is_counted(desk, monkeypatch, kind):
    honest = KINDS[kind]
    monkeypatch.setitem(KINDS, kind, lambda *told: early(honest(*told), 5))
    assert counted(desk) > 0


def test_a_range_that_looks_ahead_is_counted(desk, monkeypatch):
    honest = tasks.session.inputs.range_figures
    peeking = lambda *told: honest(*told)._replace(high=early(honest(*told).high))  # noqa: E731
    monkeypatch.setattr(tasks.session.inputs, "range_figures", peeking)
    assert counted(desk) > 0


def test_a_regime_that_looks_ahead_is_counted(desk, monkeypatch):
    honest = prefix_gate.regime_history

    def hindsight(inputs, settings):
        found = honest(inputs, settings)
        return replace(found, label=np.full(found.label.size, found.label.size % 4))

    monkeypatch.setattr(prefix_gate, "regime_history", hindsight)
    assert counted(desk, cuts=5) > ROWS


def test_a_value_at_risk_and_correlations_that_look_ahead_are_counted(desk, monkeypatch):
    honest = tasks.session.inputs.book_tails

    def last_close(told):
        return float(told[1][0].inputs.bars.close[-1])

    def peeking_tails(*told):
        tails, links = honest(*told)
        return [TailFigures(np.array([0]), *(np.array([last_close(told)]) for _ in range(3))) for _ in tails], links

    def peeking_links(*told):
        tails, _ = honest(*told)
        return tails, Links(np.array([0]), np.full((1, 2, 2), last_close(told)))

    for hindsight in (peeking_tails, peeking_links):
        monkeypatch.setattr(tasks.session.inputs, "book_tails", hindsight)
        assert counted(desk) >= CUTS * ROWS


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ([1.0, np.nan, 2.0], [1.0, np.nan, 2.0], 0),
        ([1.0, np.nan], [1.0, 3.0], 1),
        ([1.0, 3.0], [1.0, np.nan], 1),
        ([0.0, 0.1 + 0.2], [-0.0, 0.3], 2),
        ([3, 4], [3, 5], 1),
        ([3.0, 4.0], [3.0], 2),
    ],
)
def test_values_are_held_against_each_other_to_the_bit(one, other, count):
    assert prefix_gate._differing(np.array(one), np.array(other)) == count


def test_nothing_is_read_behind_the_window_nor_what_was_not_known_yet(desk, monkeypatch):
    newest = []
    honest = prefix_gate._view
    monkeypatch.setattr(
        prefix_gate, "_view", lambda one, series, bars: newest.append(int(bars.ts[-1])) or honest(one, series, bars)
    )
    assert counted(desk, end=START + 2900 * HOUR) == 0
    assert max(newest) == START + 2900 * HOUR
    newest.clear()
    assert counted(desk.at(START + 2850 * HOUR)) == 0
    assert max(newest) == START + 2849 * HOUR


def test_a_daily_book_with_leader_and_haven_and_one_with_too_few_bars(tmp_path: Path):
    desk = lake_desk(tmp_path, crypto("1d", 200), CRYPTO | {"trading.timeframe": "1d"})
    begin = STRESSED
    assert counted(desk, begin, begin + 180 * DAY, cuts=2) == 0
    assert counted(desk, begin, begin + ROWS * DAY) == 0
    with pytest.raises(BadInput, match=r"has 50 bars until 2021-02-19T00:00:00Z, too few to be cut after 2021-01-01"):
        counted(desk, begin, begin + (ROWS - 1) * DAY)
