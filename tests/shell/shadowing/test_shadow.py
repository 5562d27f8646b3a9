"""Challengers beside the champion: the decisions that paper would have made, and what came of both."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from changed_genomes import changed, written
from lake_runs import lake_run
from shelves import shelf_in, shelved
from stormy import settle_in_storms
from synthetic import START, SYMBOLS

import flows.commands.output
import flows.commands.shadow
import tasks.shadow
from data.genome_shelf import Shelved
from models.types import Damaged, Regime, intents_sha256, iso
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, journal_place, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.carried import carried_of
from tasks.session.cycle import Cycle
from tasks.session.desk import Desk
from tasks.session.labels import RegimeLabels
from tasks.session.learning.speaking import NOBODY
from tasks.session.replay import run_stretch
from tasks.session.shadowing import watching
from tasks.session.shadowing.placing import book_with, with_genome
from tasks.session.shadowing.running import shadow
from tasks.session.shadowing.watching import scene_of

COUNT, BARS = 3000, 90
END = START + COUNT * HOUR
SINCE = END - BARS * HOUR
# A genome that enters sooner, holds more and is out sooner than the one that comes with Keel.
BOLD = {"trend_strength_min": 20.0, "position_size_pct": 0.1, "stop_loss_atr": 1.0, "momentum_weight": 0.9}


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as a pipe, whatever the environment of the tests says of its terminal."""
    monkeypatch.setattr(flows.commands.output.out, "width", flows.commands.output.PIPE_WIDTH)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Stormy bars with their models; the variables of that home hold for the whole module."""
    before = dict(os.environ)
    yield settle_in_storms(tmp_path_factory.mktemp("home"), COUNT)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def desk(settled: Desk, tmp_path: Path) -> Desk:
    """The same lake, and nothing else: a home of its own without a journal and without challengers."""
    return replace(settled, home=tmp_path / "own").at(END)


def keep(desk: Desk, specialist: Regime, since: int = SINCE, **genes: float) -> Shelved:
    one = replace(shelved(specialist, **genes), since=since)
    shelf_in(desk.home).keep_challenger(specialist.name.lower(), one)
    return one


def on_paper(desk: Desk, home: Path, bars: int = BARS) -> list[Cycle]:
    """The last bars, one ordinary cycle for each, in a journal of their own."""
    own = replace(desk, home=home)
    journal = build_journal(own)
    cycles = run_stretch(own, journal, lambda one: build_broker(one, journal), no_checkpoint, END, bars)
    journal.engine.dispose()
    return cycles


def paper_intents(cycles: list[Cycle]):
    return [one for cycle in cycles if cycle.decision for one in cycle.decision.intents]


def test_a_shadow_decides_to_the_bit_what_paper_decides_with_that_genome(desk, tmp_path):
    keep(desk, Regime.TRENDING, **BOLD)
    (found,) = shadow(desk, print).shadows
    own = with_genome(desk, Regime.TRENDING, written(tmp_path, changed(Regime.TRENDING, **BOLD)))
    challenger, champion = on_paper(own, tmp_path / "challenger"), on_paper(desk, tmp_path / "champion")
    assert found.duel is not None
    assert (found.duel.first, found.duel.last, found.duel.bars) == (challenger[0].bar, END - HOUR, BARS)
    scene = scene_of(desk, configured_book(desk), print)
    genome = shelf_in(desk.home).challenger("trending").genome
    for cycles, book, side in (
        (challenger, book_with(desk, Regime.TRENDING, genome), found.duel.challenger),
        (champion, configured_book(desk), found.duel.champion),
    ):
        run, paper = scene.led_by(book, found.duel.first), paper_intents(cycles)
        assert repr(paper) == repr(run.intents())
        assert intents_sha256(paper) == intents_sha256(run.intents())
        assert side.orders == len(paper) > 10
        assert repr(cycles[-1].decision.state_after) == repr(carried_of(book, run.state))
        assert side.total_return == run.equity[-1] / run.equity[0] - 1.0
        assert side.costs == sum(run.state.total(name) for name in ("fees", "slip", "carry"))
    assert repr(paper_intents(challenger)) != repr(paper_intents(champion)), "a parity of nothing proves nothing"
    ours, theirs = ({(one.bar, repr(one)) for one in paper_intents(each)} for each in (champion, challenger))
    assert found.duel.differing == len({bar for bar, _ in ours ^ theirs})
    assert found.duel.parting.bar == min(bar for bar, _ in ours ^ theirs)
    assert 0 < found.duel.ordered <= found.duel.differing


class LabelsByThreshold(RegimeLabels):
    """Crisis wherever it begins early."""

    def of(self, series, inputs, settings):
        return np.full(len(inputs.bars), int(Regime.CRISIS if settings.crisis_index < 35.0 else Regime.TRENDING))


@pytest.mark.parametrize(
    ("specialist", "genes", "column"),
    [
        (Regime.RANGING, {"mean_reversion_period": 11}, "figures"),
        (Regime.CRISIS, {"crisis_threshold": 30.0}, "codes"),
    ],
)
def test_genes_that_change_how_the_market_looks_are_seen_by_their_own_book_only(desk, specialist, genes, column):
    desk = replace(desk, regimes=LabelsByThreshold())
    keep(desk, Regime.TRENDING, **BOLD)
    alone = shadow(desk, print).shadows[0]
    genome = keep(desk, specialist, **genes).genome
    assert alone in shadow(desk, print).shadows
    champion, challenger = configured_book(desk), book_with(desk, specialist, genome)
    scene = scene_of(desk, champion, print)
    panels = [scene.led_by(one, SINCE).panel for one in (champion, challenger, champion, challenger)]
    read = [getattr(one, column).tobytes() for one in panels]
    assert (read[0], read[1]) == (read[2], read[3])
    assert read[0] != read[1]
    assert [one.prices.tobytes() for one in panels] == [panels[0].prices.tobytes()] * 4


def test_the_champion_is_the_backtest_of_the_configured_book(desk):
    keep(desk, Regime.TRENDING, **BOLD)
    (found,) = shadow(desk, print).shadows
    run = lake_run(desk, SINCE, END - HOUR)
    assert found.duel.champion.total_return == run.equity[-1] / run.equity[0] - 1.0
    assert found.duel.champion.orders == len(run.intents())


def test_the_genome_of_the_champion_itself_makes_no_difference(desk):
    keep(desk, Regime.TRENDING)
    duel = shadow(desk, print).shadows[0].duel
    assert duel.champion == duel.challenger
    ours, theirs = configured_book(desk), book_with(desk, Regime.TRENDING, shelved(Regime.TRENDING).genome)
    # Nor about when what stops it ends: as on paper, a person would have to end it.
    assert (theirs.parameters.house, theirs.parameters.systems) == (ours.parameters.house, ours.parameters.systems)
    assert (duel.excess, duel.differing, duel.ordered, duel.parting) == (None, 0, 0, None)


@pytest.mark.parametrize(
    ("since", "first"),
    [
        (SINCE, SINCE),
        (SINCE - 1, SINCE - HOUR),
        (SINCE + HOUR - 1, SINCE),
        (SINCE + HOUR, SINCE + HOUR),
        (START - HOUR, START),
    ],
)
def test_it_begins_with_the_first_bar_that_closed_after_the_challenger_came(desk, since, first):
    keep(desk, Regime.TRENDING, since)
    duel = shadow(desk, print).shadows[0].duel
    assert (duel.first, duel.last) == (first, END - HOUR)


@pytest.mark.parametrize("since", [END - HOUR, END, END + 900 * HOUR])
def test_of_less_than_two_bars_nothing_is_said(desk, since):
    keep(desk, Regime.TRENDING, since)
    (found,) = shadow(desk, print).shadows
    assert found.duel is None
    assert found.verdict == ("trending: nothing can be said yet: no two bars have closed since it became a challenger.")


def test_nothing_is_read_that_had_not_closed_by_the_clock(desk):
    keep(desk, Regime.TRENDING, **BOLD)
    (found,) = shadow(desk.at(END - 40 * HOUR + 1), print).shadows
    assert found.duel.last == END - 41 * HOUR
    assert found.duel.bars == BARS - 40


def test_days_and_an_interval_after_thirty_of_them(desk):
    keep(desk, Regime.TRENDING, END - 45 * 24 * HOUR, **BOLD)
    keep(desk, Regime.RANGING, END - 20 * 24 * HOUR, mean_reversion_period=11)
    long, short = shadow(desk, print).shadows
    ts = np.arange(long.duel.first + HOUR, END, HOUR)
    assert long.duel.days == np.unique(ts // (24 * HOUR)).size
    assert long.duel.excess.low < long.duel.excess.figure < long.duel.excess.high
    gained = [np.log1p(one.total_return) for one in (long.duel.challenger, long.duel.champion)]
    assert long.duel.excess.figure == pytest.approx((gained[0] - gained[1]) / long.duel.days * 365)
    assert short.duel.excess is None
    assert "nothing can be said yet after 2" in short.verdict


def test_nothing_is_written_to_the_journal_and_it_works_without_one(desk, tmp_path):
    on_paper(desk, desk.home, 15)
    journal = build_journal(desk)
    rows = journal.tables()
    journal.engine.dispose()
    files = sorted((desk.home / "state").glob("journal.sqlite*"))
    before = [one.read_bytes() for one in files]
    keep(desk, Regime.TRENDING, **BOLD)
    with_journal = shadow(desk, print)
    assert [one.read_bytes() for one in files] == before
    assert sorted((desk.home / "state").glob("journal.sqlite*")) == files
    assert build_journal(desk).tables() == rows
    bare = replace(desk, home=tmp_path / "bare")
    shutil.copytree(desk.home / "state" / "genomes", bare.home / "state" / "genomes")
    assert shadow(bare, print) == with_journal
    assert not journal_place(bare.home).exists()
    assert [one.name for one in bare.home.rglob("*") if one.is_file()] == [".lock", "trending.challenger.json"]


def test_a_challenger_that_was_changed_is_named_and_the_others_are_led(desk):
    keep(desk, Regime.TRENDING, **BOLD)
    keep(desk, Regime.CRISIS)
    (card,) = desk.home.rglob("crisis.challenger.json")
    card.write_text(card.read_text().replace("keel-crisis", "keel-bluff"))
    told: list[str] = []
    report = shadow(desk, told.append)
    assert [one.name for one in report.shadows] == ["trending"]
    assert list(report.unusable) == ["crisis"]
    assert "crisis: cannot be used: " in report.verdict
    assert [one for one in told if one.startswith("crisis: ")]


def test_a_model_that_is_damaged_or_missing_says_nothing_as_on_paper(desk, monkeypatch):
    keep(desk, Regime.TRENDING, **BOLD)
    spoken = shadow(desk, print)
    assert set(spoken.models) == set(SYMBOLS)

    def damaged(_desk, view, *_):
        raise Damaged(f"{view.series.symbol} was changed")

    for spoken_of, said in ((damaged, "was changed"), (lambda *_: NOBODY, "there is no model of this configuration")):
        monkeypatch.setattr(watching, "spoken_of", spoken_of)
        told: list[str] = []
        report = shadow(desk, told.append)
        assert report.models == {}
        assert len([one for one in told if said in one]) == len(SYMBOLS)
        # Nothing is entered by an edge; what is held by its weight is.
        assert 0 < report.shadows[0].duel.challenger.orders < spoken.shadows[0].duel.challenger.orders


def test_what_stops_an_account_stays_and_is_told(desk, monkeypatch):
    keep(desk, Regime.TRENDING, END - 30 * 24 * HOUR, **BOLD)
    monkeypatch.setenv("KEEL_RISK__BREAKERS__ENTRIES_DRAWDOWN", "0.001")
    tight = replace(desk, loaded=build_desk().loaded)
    duel = shadow(tight, print).shadows[0].duel
    for side in (duel.champion, duel.challenger):
        assert side.stopped.startswith("account since 20")
        assert side.stopped.endswith("by what pauses new entries (pause)")
    assert shadow(desk, print).shadows[0].duel.champion.stopped == ""


def test_without_challengers_it_says_so_and_asks_for_no_bars(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "empty"))
    flows.commands.shadow.shadow(as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["challengers"] == []
    assert found["as_of"] is None
    assert found["verdict"].startswith("There is no challenger")
    flows.commands.shadow.shadow()
    assert "There is no challenger" in capsys.readouterr().out
    assert not (tmp_path / "empty").exists()


@pytest.fixture
def at_home(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The settled home itself, with two challengers, and taken away again."""
    monkeypatch.setenv("KEEL_HOME", str(settled.home))
    keep(settled, Regime.TRENDING, **BOLD)
    keep(settled, Regime.RANGING, END)
    yield settled
    shutil.rmtree(settled.home / "state" / "genomes")


def test_the_command_shows_both_accounts_and_one_object_as_json(at_home, capsys):
    flows.commands.shadow.shadow(as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    trending, ranging = json.loads(line)["challengers"]
    assert trending["specialist"] == "trending"
    assert trending["against"] == "default"
    assert trending["duel"]["bars"] == BARS
    assert trending["duel"]["first"] == iso(SINCE)
    assert {"total_return", "sharpe", "max_drawdown", "trades", "costs", "turnover", "orders"} <= trending["duel"][
        "champion"
    ].keys()
    assert ranging["duel"] is None
    flows.commands.shadow.shadow()
    shown = capsys.readouterr().out
    assert "champion (default)" in shown
    assert "trending parted: 20" in shown
    assert "trending: keel-trending version 3 of run 0123456789ab, since " in shown
    assert "nothing can be said yet" in shown


def test_the_task_makes_tables_and_a_note(at_home, monkeypatch):
    made: dict[str, tuple[object, str]] = {}

    def keep_artifact(content, key, description):
        made[key] = (content, description)

    for kind in ("table", "markdown"):
        monkeypatch.setattr(tasks.shadow, f"create_{kind}_artifact", keep_artifact)
    told: list[str] = []
    logger = type("Logger", (), {"warning": staticmethod(told.append), "info": staticmethod(told.append)})
    monkeypatch.setattr(tasks.shadow, "get_run_logger", lambda: logger)
    found = tasks.shadow.shadow_challengers.fn()
    assert [one["specialist"] for one in found["challengers"]] == ["trending", "ranging"]
    assert [(row["specialist"], row["book"]) for row in made["shadow-figures"][0]] == [
        ("trending", "champion (default)"),
        ("trending", "challenger"),
    ]
    (row,) = made["shadow-differences"][0]
    assert row["bars"] == BARS
    note = str(made["shadow-verdict"][0])
    assert "- trending: nothing can be said yet after " in note
    assert "- ranging: nothing can be said yet: no two bars" in note
    assert {description for _, description in made.values()} == {found["verdict"]}
    assert told[-1] == f"result: {found['verdict']}"
    shutil.rmtree(at_home.home / "state" / "genomes")
    assert tasks.shadow.shadow_challengers.fn()["challengers"] == []
    assert made["shadow-figures"][0] == tasks.shadow.NO_ROWS
    assert made["shadow-verdict"][0].startswith("- There is no challenger")
    (at_home.home / "state" / "genomes").mkdir()
