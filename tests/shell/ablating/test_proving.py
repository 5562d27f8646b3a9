"""News that foretells may speak with real money, shuffled news may not, and no version by another's proof."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import SETTINGS, START, MemoryTracker
from told_news import SCORER, foretelling, headline, tell

from data.model_files import ModelCard
from data.news import read_headlines
from data.news_about import read_about
from data.proofs import Proof
from data.sealed import write_sealed
from models.news.signal import Told, told_about
from models.types import BadInput, Bars, Damaged, Series
from models.types.gates import PROOF, Gate
from models.types.news import Link, Tone
from models.types.speakers import META
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.ablating import AblationReport, ablate
from tasks.session.ablating.page import page_of
from tasks.session.ablating.proving import sentence_of
from tasks.session.ablating.publishing import publish
from tasks.session.ablating.showing import tables_of
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.learning.hearing import news_of
from tasks.session.learning.listing import listed_models
from tasks.session.learning.sheet import inputs_of, labels_of
from tasks.session.learning.speaking import Manner, Spoken, spoken_of
from tasks.session.learning.training import train_models
from tasks.session.learning.trusting import why_untrusted
from tasks.session.learning.wanted import wanted_models
from tasks.session.market import market_view

SERIES = Series("binance", "AAA/USDT", "1h")
COUNT = 2400
MADE = {
    "KEEL_ROUTER__RULES": "[{name: all, models: [momentum, news]}]",
    "KEEL_MODEL__NEWS__DECAY_HOURS": "4",
    "KEEL_MODEL__META__MODELS": "[momentum, news]",
}


def walking_bars(seed: int) -> Bars:
    """Prices that nobody but the news knows anything of."""
    rng = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.006, COUNT))), 2)
    opens = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    return Bars(START + HOUR * np.arange(COUNT), opens, high, low, close, rng.uniform(1.0, 9.0, COUNT))


def settle(home: Path, share: float) -> Desk:
    """A trained home in whose news so large a share foretells the sign of the next bars' return."""
    desk = at(home)
    take_in_archive(desk, SERIES, walking_bars(3))
    view = market_view(desk, SERIES)
    tell(desk.lake, foretelling(desk.closes(SERIES, view.bars.ts), labels_of(desk, view).outcome_bps, share, 5))
    train_models(desk, SERIES, ("momentum", "news", "meta"), MemoryTracker(), lambda _: None)
    return desk


def at(home: Path, stage: str = "exploration") -> Desk:
    """The desk of a home in a stage."""
    os.environ["KEEL_HOME"] = str(home)
    return build_desk({"stage": stage})


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[float], Path]]:
    homes: dict[float, Path] = {}

    def of(share: float) -> Path:
        if share not in homes:
            homes[share] = tmp_path_factory.mktemp("news") / "home"
            desk = settle(homes[share], share)
            reports[homes[share]] = ablate(desk, lambda *_: None)
        return homes[share]

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KEEL_")]:
            patch.delenv(name)
        for name, value in (SETTINGS | MADE | {"KEEL_TRADING__SYMBOLS": "[AAA/USDT]", "KEEL_HOME": "."}).items():
            patch.setenv(name, value)
        yield of


reports: dict[Path, AblationReport] = {}


@pytest.fixture
def home(settled: Callable[[float], Path], tmp_path: Path) -> Path:
    """A copy of the one whose news foretells; nothing was published in it."""
    shutil.copytree(settled(0.8), tmp_path / "home")
    return tmp_path / "home"


def words(home: Path, stage: str, *models: str) -> Spoken:
    """What those models say in a stage when the newest bar is decided on."""
    desk = at(home, stage)
    return spoken_of(desk, market_view(desk, SERIES), models or ("momentum", "news"), Manner.DECIDE)


def card_of(home: Path) -> ModelCard:
    """Of the version of news that speaks."""
    card = at(home).models.current(SERIES, "news")
    assert card is not None
    return card


def passing(card: ModelCard) -> Proof:
    """One that nobody found."""
    gates = tuple(Gate(name, 1.0, 0.0, True, "Made up.") for name in PROOF)
    return Proof(str(SERIES), card.model, card.version, card.recipe, gates, START, "", "")


def test_news_that_foretells_passes_and_speaks_with_real_money(settled: Callable[[float], Path], home: Path) -> None:
    report = reports[settled(0.8)]
    (proof,) = report.proofs
    assert proof.passed, [one.sentence for one in proof.gates if not one.passed]
    assert tuple(one.name for one in proof.gates) == PROOF
    assert "may speak with real money" in sentence_of(proof)
    assert words(home, "live").said.keys() == {"momentum"}
    told = publish(at(home), MemoryPages(), report, lambda _: None)
    assert words(home, "live").said.keys() == {"momentum", "news"}
    assert words(home, "micro").troubles == {}
    assert told.page is not None
    found = json.loads(told.page.with_suffix(".json").read_text())["proofs"]
    assert [(one["model"], one["passed"]) for one in found] == [("news", True)]
    assert "What a model needs that is not trusted with real money before" in page_of(report)
    table = next(one for one in tables_of(report) if one.key == "proof")
    assert [row["gate"] for row in table.rows] == list(PROOF)


def test_shuffled_news_does_not(settled: Callable[[float], Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(settled(0.5), home)
    report = reports[settled(0.5)]
    (proof,) = report.proofs
    assert not proof.passed
    assert {"placebo", "adds"} <= {one.name for one in proof.gates if not one.passed}
    publish(at(home), MemoryPages(), report, lambda _: None)
    found = words(home, "live")
    assert found.said.keys() == {"momentum"}
    assert "did not (" in found.troubles["news"]
    assert "stays off with real money" in sentence_of(proof)


@pytest.mark.parametrize("stage", ["micro", "live"])
def test_with_real_money_it_says_nothing_before_its_ablation(home: Path, stage: str) -> None:
    found = words(home, stage)
    assert found.said.keys() == found.cards.keys() == {"momentum"}
    assert found.troubles == {
        "news": f"news {card_of(home).version} of {SERIES} is off with real money until an ablation of that version "
        "has passed: none was made; run keel ablate"
    }
    (listed,) = (one for one in listed_models(at(home, stage), [SERIES]) if one.model == "news")
    assert listed.why is not None
    assert "off with real money" in listed.why or "model.longest_age_days" in listed.why


def test_nor_does_who_weighs_it(home: Path) -> None:
    assert words(home, "paper", "momentum", "news", META).said.keys() == {"momentum", "news", META}
    found = words(home, "live", "momentum", "news", META)
    assert found.said.keys() == {"momentum"}
    assert f"off with real money while it weighs news {card_of(home).version}" in found.troubles[META]
    at(home).models.save_proof(SERIES, passing(card_of(home)))
    assert words(home, "live", META).said.keys() == {META}


def test_who_weighs_a_version_that_is_gone_is_told_as_damage(home: Path) -> None:
    desk = at(home, "live")
    card = desk.models.current(SERIES, META)
    assert card is not None
    with pytest.raises(Damaged, match=r"0123456789ab.*train that again"):
        why_untrusted(desk, SERIES, replace(card, parents={"news": "0123456789ab"}))


def test_paper_and_exploration_hear_the_same_words_and_a_proof_changes_none(home: Path) -> None:
    said = [words(home, stage).said["news"] for stage in ("exploration", "paper")]
    at(home).models.save_proof(SERIES, passing(card_of(home)))
    said += [words(home, stage).said["news"] for stage in ("exploration", "paper", "micro", "live")]
    for name in said[0].__slots__:
        columns = [np.ascontiguousarray(getattr(one, name)).view(np.int64) for one in said]
        assert all(np.array_equal(one, columns[0]) for one in columns)


def test_words_are_stored_while_they_are_not_heard(home: Path) -> None:
    later = walking_bars(3)
    more = Bars(later.ts + COUNT * HOUR, *(getattr(later, name) for name in Bars.__slots__[1:])).rows(slice(0, 4))
    take_in_archive(at(home), SERIES, more)
    tell(at(home).lake, [headline("late", int(more.ts[0]), 0.5)])
    words(home, "live")
    stored = at(home).predictions.read(SERIES, "news", card_of(home).version)
    assert stored.ts[-4:].tolist() == more.ts.tolist()
    assert np.isfinite(stored.edge_bps[-4:]).all()


def proof_path(home: Path) -> Path:
    (path,) = home.glob(f"**/news/{card_of(home).version}/card.json")
    return path.with_name("proof.json")


@pytest.mark.parametrize(
    "other",
    [{"version": "0" * 12}, {"recipe": "0" * 16}, {"series": "binance BBB/USDT 1h"}, {"model": "momentum"}],
    ids=["version", "recipe", "series", "model"],
)
def test_no_version_speaks_by_anothers_proof(home: Path, other: dict[str, str]) -> None:
    proof = replace(passing(card_of(home)), **other)
    with pytest.raises(BadInput):
        at(home).models.save_proof(SERIES, proof)
    write_sealed(proof_path(home), asdict(proof))
    assert words(home, "live").said.keys() == {"momentum"}
    with pytest.raises(Damaged, match="run keel ablate again"):
        at(home).models.proof(SERIES, card_of(home))


def _without_a_gate(body: dict[str, object]) -> None:
    body["gates"] = body["gates"][:-1]  # type: ignore[index]


def _one_failed(body: dict[str, object]) -> None:
    body["gates"][2]["passed"] = False  # type: ignore[index]


def _truthy(body: dict[str, object]) -> None:
    body["gates"][2]["passed"] = "no"  # type: ignore[index]


def _strange(body: dict[str, object]) -> None:
    body["passed"] = True


@pytest.mark.parametrize("change", [_without_a_gate, _one_failed, _truthy, _strange])
def test_a_proof_that_is_sealed_again_fails_closed(home: Path, change: Callable[[dict[str, object]], None]) -> None:
    body = json.loads(json.dumps(asdict(passing(card_of(home)))))
    change(body)
    write_sealed(proof_path(home), body)
    assert words(home, "live").said.keys() == {"momentum"}


def test_a_damaged_proof_fails_closed_and_is_reported(home: Path) -> None:
    at(home).models.save_proof(SERIES, passing(card_of(home)))
    path = proof_path(home)
    assert dict(at(home).models.checked())[path] is None
    at(home).models.read(SERIES, card_of(home))
    path.write_text(path.read_text().replace("Made up.", "Found."))
    found = words(home, "live")
    assert found.said.keys() == {"momentum"}
    assert "does not match its checksum" in found.troubles["news"]
    assert dict(at(home).models.checked())[path] is not None


def test_a_version_that_is_trained_later_has_to_show_it_anew(home: Path) -> None:
    desk = at(home)
    desk.models.save_proof(SERIES, passing(card_of(home)))
    assert "news" in words(home, "live").said
    # Another decay is another recipe.
    os.environ["KEEL_MODEL__NEWS__DECAY_HOURS"] = "5"
    try:
        train_models(at(home), SERIES, ("news",), MemoryTracker(), lambda _: None)
        found = words(home, "live")
        assert found.said.keys() == {"momentum"}
        assert "none was made" in found.troubles["news"]
    finally:
        os.environ["KEEL_MODEL__NEWS__DECAY_HOURS"] = "4"


def test_a_decision_reads_what_a_backtest_reads(home: Path) -> None:
    desk = at(home)
    view = market_view(desk, SERIES)
    whole = news_of(desk, view, 0)
    assert np.isfinite(whole[3:]).all()
    for first in (0, 1, 57, COUNT - 1):
        np.testing.assert_array_equal(news_of(desk, view, first)[first:], whole[first:])
    np.testing.assert_array_equal(inputs_of(desk, view, "news", 0)[:, 0], whole)


def test_columns_of_the_lake_are_what_its_headlines_come_to(home: Path) -> None:
    lake = at(home).lake
    begin = START + COUNT * HOUR
    more = [
        headline("a", begin + 1, 0.5, relevance=0.3, likeness=0.1),
        headline("b", begin + 1, 0.5, None),
        headline("a", begin + 2, -0.5, None, revision=1),
        replace(
            headline("c", begin + 3, 0.9), links=(Link("AAA", 0.2, "x"), Link("BBB", 1.0, "y"), Link("AAA", 0.7, "z"))
        ),
        headline("b", begin + 4, 0.7, "BBB", revision=1),
        replace(headline("d", begin + 5, 0.9), tone=Tone(0.9, "vader-3.3")),
        replace(headline("e", begin + 6, 0.4), tone=Tone(0.3, f"{SCORER}+somebody")),
    ]
    tell(lake, more)
    for asset in ("AAA", "BBB", "CCC"):
        for since, until in ((0, begin + 9), (begin + 2, begin + 3), (begin + 5, begin + 9)):
            found, made = (
                read_about(lake, asset, SCORER, since, until),
                told_about(asset, SCORER, read_headlines(lake, since, until)),
            )
            for name in Told.__slots__:
                np.testing.assert_array_equal(getattr(found, name), getattr(made, name), strict=True)


def test_it_is_trained_only_where_there_is_news(home: Path, tmp_path: Path) -> None:
    assert wanted_models(at(home), SERIES, ()) == ("momentum", "news")
    desk = at(tmp_path / "empty")
    assert wanted_models(desk, SERIES, ()) == ("momentum",)
    assert wanted_models(desk, SERIES, ("news",)) == ("news",)


class MemoryPages:
    """A tracker that nobody asks."""

    def log_page(self, *_: object) -> None:
        """Nothing."""
