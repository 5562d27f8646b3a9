"""`keel evolve`, `keel promote`, `keel vault` from the shell, and their Prefect tasks: what they show and end with."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from evolution_reports import END, HELD, INSIDE, OUTSIDE, RUN, candidate, evolution_report

import flows.commands.evolution
import flows.commands.output
import tasks.evolution
import tasks.session.evolving.picture
import tasks.session.evolving.publishing
from data.journal import Trial, TrialLedger, open_journal
from models.types import Refused, Regime
from tasks.bootstrap import journal_place
from tasks.ports import EvolutionRecord, Registered
from tasks.session.evolving.publishing import shelf_of
from tasks.session.evolving.report import EvolutionReport
from tasks.session.evolving.running import Request
from tasks.session.evolving.vault import VaultReport

SHELLS = (flows.commands.evolution, tasks.evolution)
LOOK = VaultReport(RUN, "before a stage", 2, (HELD, HELD + 1), {"volatile": OUTSIDE}, {"volatile": INSIDE}, {})


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as a pipe, whatever the environment of the tests says of its terminal."""
    monkeypatch.setattr(flows.commands.output.out, "width", flows.commands.output.PIPE_WIDTH)


class Tracked:
    """A tracker that takes everything."""

    champions: list[str]

    def __init__(self) -> None:
        self.champions = []

    def log_evolution(self, record: EvolutionRecord) -> Registered:
        return Registered("parent", {one.model: "3" for one in record.children if one.model is not None})

    def promote(self, model: str, version: str) -> None:
        self.champions.append(f"{model} {version}")


@pytest.fixture
def tracker(monkeypatch: pytest.MonkeyPatch) -> Tracked:
    found = Tracked()
    for shell in SHELLS:
        monkeypatch.setattr(shell, "build_tracker", lambda _: found)
    monkeypatch.setattr(tasks.session.evolving.publishing, "page_of", lambda *_: "")
    for name in ("evolution_picture", "front_picture"):
        monkeypatch.setattr(tasks.session.evolving.picture, name, lambda _: b"")
    return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tracker: Tracked) -> list[tuple[Request, dict[str, Any]]]:
    """What the search is asked for; it finds the report that `finds` says."""
    return finds(monkeypatch, evolution_report())


def finds(monkeypatch: pytest.MonkeyPatch, found: EvolutionReport) -> list[tuple[Request, dict[str, Any]]]:
    heard: list[tuple[Request, dict[str, Any]]] = []

    def searched(desk: Any, journal: Any, tracker: Any, runner: Any, request: Request, report: Any) -> EvolutionReport:
        settings = desk.loaded.settings
        heard.append((request, settings.trading.model_dump() | settings.evolution.model_dump()))
        report("volatile generation 100: best +1.234", 0.5)
        assert type(runner).__name__ == "ThreadRunner"
        return found

    monkeypatch.setattr(flows.commands.evolution, "evolve_specialists", searched)
    monkeypatch.setattr(tasks.evolution, "evolve", searched)
    return heard


def test_the_json_has_what_scripts_rely_on(keel, asked) -> None:
    outcome = keel("evolve", "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert {"trials", "effective_trials", "candidates", "verdict", "run", "pages", "promotions"} <= set(found)
    assert [one["specialist"] for one in found["candidates"]] == ["volatile", "trending"]
    assert found["candidates"][0]["gates"]["dsr"].items() >= {"value": 0.961, "threshold": 0.95, "passed": True}.items()
    assert all(Path(path).is_file() for path in found["pages"].values())
    assert found["promotions"] == []
    assert " 50% volatile generation 100: best +1.234" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "specialists", "generations", "resume"),
    [
        ((), tuple(Regime), None, False),
        (("--specialist", "all"), tuple(Regime), None, False),
        (("--specialist", "crisis", "--specialist", "volatile"), (Regime.VOLATILE, Regime.CRISIS), None, False),
        (("--specialist", "crisis", "--specialist", "all"), tuple(Regime), None, False),
        (("--specialist", "ranging", "--generations", "7", "--resume"), (Regime.RANGING,), 7, True),
    ],
)
def test_what_is_asked_reaches_the_search(keel, asked, arguments, specialists, generations, resume) -> None:
    assert keel("evolve", *arguments, "--json").code == 0
    assert [one for one, _ in asked] == [Request(specialists, generations, resume)]


def test_flags_win_over_the_configuration(keel, asked) -> None:
    chosen = ("--fitness", "scaled", "--pareto", "--venue", "binance", "--symbol", "ETH/USDT", "--timeframe", "4h")
    assert keel("evolve", *chosen, "--json").code == 0
    assert keel("evolve", "--no-pareto", "--json").code == 0
    (_, given), (_, plain) = asked
    assert given.items() >= {"fitness": "scaled", "pareto": True, "venue": "binance", "timeframe": "4h"}.items()
    assert list(given["symbols"]) == ["ETH/USDT"]
    assert (plain["fitness"], plain["pareto"]) == ("robust", False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--specialist", "volatle"), "'volatle'; allowed is one of volatile, trending, ranging, crisis, all"),
        (("--generations", "0"), "found 0 generations; allowed is a whole number from 1"),
        (("--runner", "spark"), "spark"),
        (("--fitness", "luck"), "luck"),
        (("--venue", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_asked_is_bad_input(keel, asked, arguments, said: str) -> None:
    outcome = keel("evolve", *arguments, "--json")
    assert outcome.code == 2, outcome.out
    assert said in str(outcome.json["error"])
    assert asked == []


def test_people_see_gates_both_samples_and_which_command_promotes(keel, asked) -> None:
    outcome = keel("evolve")
    assert outcome.code == 0, outcome.err
    shown = outcome.out
    places = [
        shown.index(text)
        for text in (
            "gates\n",
            "out of sample and in sample\n",
            "the search\n",
            "trending, dsr: dsr is not good enough",
            "600,000 trials in this run",
            "dossier of volatile ",
            "Passed: volatile. Hold cash in: trending.",
            f"nothing was promoted; to promote: keel promote volatile --run {RUN}",
        )
    ]
    assert places == sorted(places)
    assert "0.12 FAILED" in shown
    tables = [line for line in shown.splitlines() if line.startswith(("┃", "│", "┏", "└"))]
    assert max(map(len, tables)) <= 180


def test_four_specialists_fit_beside_each_other(keel, tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, evolution_report(*(candidate(one, "dsr") for one in Regime)))
    shown = keel("evolve").out
    assert max(len(line) for line in shown.splitlines() if line.startswith(("┃", "│"))) <= 180
    (head,) = (line for line in shown.splitlines() if "figure" in line)
    assert head.count("sample") == 8


def test_in_a_narrow_terminal_they_are_under_each_other_and_no_figure_is_cut_off(
    keel, tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows.commands.evolution.out, "width", 80)
    finds(monkeypatch, evolution_report(*(candidate(one, "dsr") for one in Regime)))
    shown = keel("evolve").out
    tables = shown[shown.index("out of sample and in sample") : shown.index("the search")]
    assert tables.count("out of sample and in sample\n") == 4
    assert "…" not in tables


def test_when_nothing_passes_it_says_to_hold_cash_and_ends_well(keel, tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, evolution_report(candidate(Regime.CRISIS, "placebo", "stress")))
    outcome = keel("evolve")
    assert outcome.code == 0
    assert "\nNo specialist passed: hold cash.\n" in outcome.out
    assert "keel promote" not in outcome.out
    assert keel("evolve", "--json").json["verdict"] == "No specialist passed: hold cash."


def test_interrupted_it_says_how_to_go_on(keel, tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flows.commands.evolution, "evolve_specialists", interrupted)
    outcome = keel("evolve", "--json")
    assert (outcome.code, outcome.out) == (130, "")
    assert "keel: interrupted; the same command with --resume goes on from the last checkpoints\n" in outcome.err


def test_by_policy_what_passed_is_promoted_at_once(keel, asked, tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_EVOLUTION__PROMOTION", "gates")
    (made,) = keel("evolve", "--json").json["promotions"]
    assert (made["specialist"], made["promoted"], made["setting"]) == (
        "volatile",
        True,
        "specialists.volatile: champion",
    )
    assert tracker.champions == ["specialist-volatile-binance-BTC-USDT-ETH-USDT-1h 3"]


def test_promote_tells_what_to_set(keel, asked) -> None:
    keel("evolve", "--json")
    outcome = keel("promote", "volatile", "--run", RUN)
    assert outcome.code == 0, outcome.err
    assert "to trade by it, set specialists.volatile: champion" in outcome.out
    again = keel("promote", "volatile", "--json")
    assert (again.code, again.json["exit_code"]) == (2, 2)


def test_promote_refuses_what_has_not_passed_and_names_the_gates(keel, asked) -> None:
    keel("evolve", "--json")
    outcome = keel("promote", "trending", "--json")
    assert outcome.code == 3
    assert outcome.json["promoted"] is False
    assert outcome.json["refused"] == ["dsr: dsr is not good enough", "pbo: pbo is not good enough"]
    assert keel("promote", "trending").code == 3
    assert keel("promote", "nobody", "--json").code == 2


def test_the_ledger_is_shown_without_a_search(keel, keel_home: Path, asked) -> None:
    empty = keel("evolve", "--ledger")
    assert (empty.code, empty.out) == (0, "nothing was tried yet\n")
    assert not journal_place(keel_home).exists()
    ledger = TrialLedger(open_journal(journal_place(keel_home)).engine)
    ledger.charge(Trial("a", RUN, "search", "volatile", 0, "binance BTC/USDT 1h", "d" * 64, 1000, END))
    found = keel("evolve", "--ledger", "--json").json
    assert (found["trials"], found["effective_trials"]) == (1000, 1000.0)
    assert found["rows"][0]["evaluations"]["search"] == 1000
    assert found["totals"][0]["runs"] == 1
    shown = keel("evolve", "--ledger").out
    for text in ("trials, the newest first", "trials on each book", RUN, "binance BTC/USDT 1h"):
        assert text in shown
    assert asked == []


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, tracker: Tracked) -> list[str]:
    heard: list[str] = []

    def opened(desk: Any, journal: Any, tracker: Any, why: str, report: Callable[[str, float], None]) -> VaultReport:
        heard.append(why)
        report("volatile on the held bars", 0.5)
        return LOOK

    for shell in SHELLS:
        monkeypatch.setattr(shell, "open_vault", opened)
    return heard


def test_a_look_into_the_vault_shows_held_beside_known_figures(keel, looks) -> None:
    outcome = keel("vault", "open", "--why", "before a stage")
    assert outcome.code == 0, outcome.err
    assert looks == ["before a stage"]
    for text in ("volatile, held back", "volatile, out of sample", "volatile, in sample", "25.00%", "150.00%"):
        assert text in outcome.out
    assert "look number 2 at 2024-01-01" in outcome.out
    assert "because: before a stage. It was charged as a trial" in outcome.out
    assert keel("vault", "open", "--why", "x", "--json").json["looks"] == 2


@pytest.mark.parametrize("arguments", [(), ("--why", ""), ("--why", "  ")])
def test_a_look_without_a_reason_is_bad_input(keel, tracker, arguments) -> None:
    assert keel("vault", "open", *arguments).code == 2


@pytest.fixture
def artifacts(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, str]]:
    """Artifacts that the tasks make, by their keys."""
    made: dict[str, tuple[Any, str]] = {}

    class Log:
        def info(self, text: str) -> None:
            made.setdefault("log", ([], ""))[0].append(text)

        warning = info

    for kind in ("table", "image", "markdown"):
        keep = lambda content, key, description: made.update({key: (content, description)})  # noqa: E731
        monkeypatch.setattr(tasks.evolution, f"create_{kind}_artifact", keep)
    monkeypatch.setattr(tasks.evolution, "get_run_logger", Log)
    monkeypatch.setattr(tasks.evolution, "ProgressArtifact", lambda _: lambda text, share: None)
    monkeypatch.setattr(tasks.evolution, "evolution_picture", lambda _: b"png")
    return made


def test_the_task_makes_artifacts_and_says_what_promotes(asked, artifacts) -> None:
    fields = tasks.evolution.evolve_specialists.fn({"evolution.fitness": "composite"}, ["volatile"], 5, True, "threads")
    assert asked[0][0] == Request((Regime.VOLATILE,), 5, True)
    assert asked[0][1]["fitness"] == "composite"
    tables = ("gates", "figures", "searches", "ledger")
    assert set(artifacts) == {"log", *(f"evolution-{key}" for key in (*tables, "picture", "verdict"))}
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in artifacts)
    assert len(artifacts["evolution-gates"][0]) == 20
    assert {"volatile, out of sample", "volatile, in sample"} <= set(artifacts["evolution-figures"][0][0])
    note = artifacts["evolution-verdict"][0]
    for text in (fields["verdict"], *fields["pages"].values(), fields["command"], f"keel promote volatile --run {RUN}"):
        assert text in note
    assert "[volatile](<file://" in note
    assert artifacts["log"][0][-2:] == [
        f"result: {fields['verdict']}",
        f"nothing was promoted; to promote: keel promote volatile --run {RUN}",
    ]


def test_the_tasks_promote_or_fail_with_the_reasons(asked, artifacts, keel_home: Path) -> None:
    from tasks.bootstrap import build_desk

    tasks.evolution.evolve_specialists.fn({}, [], None, True, "threads")
    with pytest.raises(Refused, match="dsr: dsr is not good enough; pbo: "):
        tasks.evolution.promote_challenger.fn("trending", None)
    assert "was not promoted" in artifacts["promotion"][0]
    assert tasks.evolution.promote_challenger.fn("volatile", RUN)["promoted"] is True
    assert shelf_of(build_desk()).champion("volatile") is not None


def test_the_task_that_looks_into_the_vault_keeps_its_figures(looks, artifacts) -> None:
    fields = tasks.evolution.look_into_vault.fn({}, "weekly")
    assert looks == ["weekly"]
    rows, sentence = artifacts["vault-figures"]
    assert list(rows[0].values()) == ["total return", "25.00%", "-", "150.00%"]
    assert sentence.startswith("look number 2 at ")
    assert fields["looks"] == 2
