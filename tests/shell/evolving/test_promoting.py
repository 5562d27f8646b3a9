"""From challenger to champion: only through every gate, first in the registry, then on the shelf."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from evolution_reports import RUN, candidate, evolution_report

from data.genome_shelf import Shelved
from models.specialists.genome_text import genome_to_json
from models.types import BadInput, Damaged, Regime, Unavailable
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.evolving.dossier import dossier_json
from tasks.session.evolving.promoting import promote, promote_by_policy
from tasks.session.evolving.publishing import as_text, dossier_of, files_of, shelf_of
from tasks.session.evolving.report import Candidate, EvolutionReport

MODEL = "specialist-volatile-binance-BTC-USDT-ETH-USDT-1h"
OTHER = "f" * 12
VOLATILE = dossier_of("volatile")


class Registry:
    """Remembers who became champion; or does not answer."""

    def __init__(self, down: bool = False) -> None:
        self.down = down
        self.champions: list[tuple[str, str]] = []

    def promote(self, model: str, version: str) -> None:
        if self.down:
            raise Unavailable("MLflow did not take the promotion")
        self.champions.append((model, version))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    return build_desk()


def shelve(desk: Desk, *candidates: Candidate, version: str = "7", passed: bool | None = None) -> EvolutionReport:
    """What publishing leaves of a report."""
    report = evolution_report(*candidates)
    for one in report.candidates:
        files_of(desk).save_text(RUN, dossier_of(one.name), as_text(dossier_json(report, one)))
        text, judged = genome_to_json(one.genome), one.passed if passed is None else passed
        model = MODEL.replace("volatile", one.name)
        shelf_of(desk).keep_challenger(one.name, Shelved(text, RUN, report.window[1], model, version, judged))
    return report


def rewritten(desk: Desk, change: Callable[[dict], None]) -> None:
    """The dossier of the first candidate, changed by hand."""
    found = json.loads(str(files_of(desk).read_text(RUN, VOLATILE)))
    change(found["candidate"])
    files_of(desk).save_text(RUN, VOLATILE, json.dumps(found))


@pytest.mark.parametrize("run", [None, RUN])
def test_a_challenger_that_passed_every_gate_becomes_champion(desk: Desk, run: str | None) -> None:
    report, registry = shelve(desk), Registry()
    found = promote(desk, registry, "volatile", run)
    assert (found.done, found.refused, found.run) == (True, (), RUN)
    assert registry.champions == [(MODEL, "7")]
    champion = shelf_of(desk).champion("volatile")
    assert champion is not None
    assert champion.genome == genome_to_json(report.candidates[0].genome)
    assert shelf_of(desk).challenger("volatile") is None
    assert found.sentence == (
        f"volatile: the genome of run {RUN} is champion; to trade by it, set specialists.volatile: champion"
    )
    fields = found.as_json()
    assert (fields["promoted"], fields["setting"]) == (True, "specialists.volatile: champion")
    assert fields["genome_sha256"] == report.candidates[0].genome.sha256


def test_the_champion_is_what_the_configuration_trades_by(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from conf.genomes import load_genomes

    monkeypatch.setenv("KEEL_SPECIALISTS__VOLATILE", "champion")
    report = shelve(desk)
    promote(desk, Registry(), "volatile", None)
    assert load_genomes(build_desk().loaded.settings.specialists)[0] == report.candidates[0].genome


def test_one_that_failed_is_refused_with_every_failed_gate_by_name(desk: Desk) -> None:
    shelve(desk)
    registry = Registry()
    found = promote(desk, registry, "trending", None)
    assert found.refused == ("dsr: dsr is not good enough", "pbo: pbo is not good enough")
    assert found.sentence.startswith(f"trending was not promoted, run {RUN}: dsr: ")
    assert found.as_json()["promoted"] is False
    assert registry.champions == []
    assert shelf_of(desk).champion("trending") is None
    assert shelf_of(desk).challenger("trending") is not None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one["gates"].pop("plateau"), "plateau: was not judged"),
        (lambda one: one["gates"].clear(), "data_quality: was not judged"),
        (lambda one: one["gates"]["spa"].update(passed=False), "spa: spa was found"),
        (lambda one: one.update(matched=False), "the ordinary backtest did not give"),
        (lambda one: one.update(genome_sha256="0" * 64), "its dossier is of another genome, 000000000000"),
    ],
)
def test_a_dossier_that_does_not_say_so_is_no_pass(desk: Desk, change: Callable[[dict], None], reason: str) -> None:
    shelve(desk)
    rewritten(desk, change)
    registry = Registry()
    found = promote(desk, registry, "volatile", None)
    assert not found.done
    assert reason in found.refused[0]
    assert registry.champions == []
    assert shelf_of(desk).champion("volatile") is None


def test_without_its_dossier_nothing_is_promoted(desk: Desk) -> None:
    shelve(desk)
    (desk.home / "state" / "evolution" / RUN / VOLATILE).unlink()
    assert promote(desk, Registry(), "volatile", None).refused == ("its dossier is gone; run keel evolve again",)
    files_of(desk).save_text(RUN, VOLATILE, "{")
    with pytest.raises(Damaged, match="is no dossier"):
        promote(desk, Registry(), "volatile", None)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.pop("gates"),
        lambda one: one.pop("matched"),
        lambda one: one.pop("genome_sha256"),
        lambda one: one.update(gates=[]),
        lambda one: one["gates"].update(spa=True),
        lambda one: one["gates"]["spa"].pop("passed"),
    ],
)
def test_a_dossier_that_lacks_something_is_damaged(desk: Desk, change: Callable[[dict], None]) -> None:
    shelve(desk)
    rewritten(desk, change)
    with pytest.raises(Damaged, match=f"dossiers/volatile.json of run {RUN} is no dossier"):
        promote(desk, Registry(), "volatile", None)


@pytest.mark.parametrize("said", ["yes", 1, "false", None])
def test_only_true_is_passed(desk: Desk, said: object) -> None:
    shelve(desk)
    rewritten(desk, lambda one: one["gates"]["spa"].update(passed=said))
    assert promote(desk, Registry(), "volatile", None).refused == ("spa: spa was found so & <so>",)


def test_a_run_that_was_taken_up_for_another_specialist_leaves_the_challenger_as_it_was(desk: Desk) -> None:
    """The run is the same: whom it is asked for is no part of its id."""
    shelve(desk)
    shelve(desk, candidate(Regime.CRISIS))
    assert promote(desk, Registry(), "volatile", RUN).done


def test_a_dossier_that_was_made_to_pass_does_not_help_one_that_was_shelved_as_failed(desk: Desk) -> None:
    shelve(desk, passed=False)
    found = promote(desk, Registry(), "volatile", None)
    assert found.refused == ("it was put on the shelf as one that has not passed; run keel evolve again",)


def test_one_that_the_registry_never_heard_of_is_refused_with_what_to_do(desk: Desk) -> None:
    shelve(desk, version="")
    (reason,) = promote(desk, Registry(), "volatile", None).refused
    assert reason == "MLflow has no version of it, because it did not answer; run keel evolve --resume again"


def test_a_registry_that_does_not_answer_leaves_the_shelf_as_it_was(desk: Desk) -> None:
    shelve(desk)
    with pytest.raises(Unavailable):
        promote(desk, Registry(down=True), "volatile", None)
    assert shelf_of(desk).champion("volatile") is None
    assert promote(desk, Registry(), "volatile", None).done


def test_a_genome_that_was_changed_on_the_shelf_is_damaged(desk: Desk) -> None:
    shelve(desk)
    path = desk.home / "state" / "genomes" / "volatile.challenger.json"
    assert "640" in path.read_text()
    path.write_text(path.read_text().replace("640", "641"))
    with pytest.raises(Damaged):
        promote(desk, Registry(), "volatile", None)


@pytest.mark.parametrize(
    ("specialist", "run", "said"),
    [
        ("volatle", None, "'volatle'"),
        ("crisis", None, "crisis has no challenger; keel evolve --specialist crisis"),
        ("volatile", OTHER, f"found the run {OTHER}; the challenger of volatile is of run {RUN}"),
    ],
)
def test_what_cannot_be_promoted_is_bad_input(desk: Desk, specialist: str, run: str | None, said: str) -> None:
    shelve(desk)
    with pytest.raises(BadInput, match=said):
        promote(desk, Registry(), specialist, run)


@pytest.mark.parametrize(("policy", "promoted"), [("person", []), ("gates", ["volatile"])])
def test_only_by_policy_do_the_gates_promote(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, policy: str, promoted: list[str]
) -> None:
    monkeypatch.setenv("KEEL_EVOLUTION__PROMOTION", policy)
    report, registry, said = shelve(desk), Registry(), list[str]()
    made = promote_by_policy(build_desk(), registry, report, said.append)
    assert [one.specialist for one in made if one.done] == promoted
    assert [name for name in ("volatile", "trending") if shelf_of(desk).champion(name)] == promoted
    assert said == []
    assert promote_by_policy(build_desk(), registry, report, said.append) == (), "it is champion already"


def test_by_policy_a_registry_that_does_not_answer_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_EVOLUTION__PROMOTION", "gates")
    report, said = shelve(desk), list[str]()
    assert promote_by_policy(build_desk(), Registry(down=True), report, said.append) == ()
    assert said == ["MLflow did not take the promotion; volatile was not promoted"]
