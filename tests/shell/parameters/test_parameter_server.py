"""Offers, boundaries, steps back, confirmations and restarts, one at a time."""

import dataclasses

import pytest
from parameter_files import NOW, Desk, figure

from data.journal import Adoption, ParameterLog
from models.types import BadInput, Refused, Unavailable
from tasks.session.parameters import ParameterServer, Verdict

pytestmark = pytest.mark.risk


def offered(desk: Desk, server: ParameterServer, k: int) -> Verdict:
    desk.files.write(k)
    return server.offer("file", NOW)


def through(desk: Desk, server: ParameterServer, k: int) -> int:
    """Version k all the way in."""
    offered(desk, server, k)
    return figure(server.at_boundary(NOW).loaded)


def test_a_process_begins_with_the_files_and_says_so_in_the_journal(desk: Desk) -> None:
    server = desk.server()
    assert (figure(server.current.loaded), server.current.number, server.current.source) == (10, 1, "start")
    assert server.current.adopted_at == NOW
    assert desk.rows() == [(10, "start")]
    (row,) = desk.log.history()
    assert row.adoption.version == row.adoption.seen == server.current.version
    assert row.adoption.config_version == server.current.loaded.version
    desk.server()
    assert desk.rows() == [(10, "start")]  # nothing new, nothing written


def test_a_change_is_seen_from_the_boundary_on_and_no_earlier(desk: Desk) -> None:
    server = desk.server()
    before = server.current
    assert offered(desk, server, 9) is Verdict.PENDING
    assert server.current is before
    assert server.pending is not None
    after = server.at_boundary(NOW + 7)
    assert server.current is after
    assert (figure(after.loaded), after.number, after.adopted_at, after.source) == (9, 2, NOW + 7, "file")
    assert figure(before.loaded) == 10  # who holds the old one keeps it whole
    assert server.pending is None
    assert server.at_boundary(NOW + 8) is after
    assert desk.rows() == [(10, "start"), (9, "file")]


def test_of_two_changes_between_boundaries_the_later_holds(desk: Desk) -> None:
    server = desk.server()
    offered(desk, server, 9)
    assert through(desk, server, 8) == 8
    offered(desk, server, 7)
    assert offered(desk, server, 8) is Verdict.UNCHANGED  # taken back before it was in force
    assert figure(server.at_boundary(NOW).loaded) == 8
    assert desk.rows() == [(10, "start"), (8, "file")]


def test_a_snapshot_cannot_be_written_into(desk: Desk) -> None:
    server = desk.server()
    with pytest.raises(dataclasses.FrozenInstanceError):
        server.current.number = 7  # type: ignore[misc]
    with pytest.raises(AttributeError):
        server.current = server.current  # type: ignore[misc]


def test_the_journal_has_it_before_anybody_sees_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    server = desk.server()
    before, seen = server.current, []
    record = ParameterLog.record

    def watched(log: ParameterLog, adoption: Adoption, after: int | None) -> int | None:
        number = record(log, adoption, after)
        seen.append(server.current)
        return number

    monkeypatch.setattr(ParameterLog, "record", watched)
    through(desk, server, 9)
    assert seen == [before]


def test_a_journal_that_cannot_be_written_swaps_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    server = desk.server()
    offered(desk, server, 9)

    def full(log: ParameterLog, adoption: Adoption, after: int | None) -> int | None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(ParameterLog, "record", full)
        with pytest.raises(Unavailable):
            server.at_boundary(NOW)
    assert figure(server.current.loaded) == 10
    assert figure(server.at_boundary(NOW).loaded) == 9  # it waited


INVALID = {
    "a word for a number": (lambda text: text.replace("max_positions: 10", "max_positions: many"), "max_positions"),
    "out of bounds": (lambda text: text.replace("max_positions: 10", "max_positions: 0"), "greater than or equal to 1"),
    "an unknown key": (lambda text: text.replace("max_positions: 10", "max_position_s: 10"), "is not known"),
    "not YAML": (lambda text: text.replace("max_positions: 10", "max_positions: [10"), "not YAML"),
}


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_file_changes_nothing_and_says_line_and_reason(desk: Desk, name: str) -> None:
    change, reason = INVALID[name]
    server = desk.server()
    before = server.current
    text = desk.files.text(10)
    line = text[: text.index("max_positions")].count("\n") + 1
    desk.files.risk.write_text(change(text))
    assert server.offer("file", NOW) is Verdict.INVALID
    assert server.at_boundary(NOW) is before
    assert desk.rows() == [(10, "start")]
    (alert,) = desk.alerts()
    assert reason in alert
    assert any(f"conf/risk_params.yml:{near}:" in alert for near in (line, line + 1))  # YAML ends a list a line later
    assert f"nothing was changed, parameters 1 ({before.version[:12]}) stay in force" in alert


def test_one_alert_for_each_time_that_it_becomes_invalid(desk: Desk) -> None:
    server = desk.server()
    desk.files.breaks()
    for moment in range(3):
        server.offer("file", NOW + moment)
    assert len(desk.alerts()) == 1
    offered(desk, server, 10)
    desk.files.breaks()
    server.offer("file", NOW + 9)
    assert len(desk.alerts()) == 2


@pytest.mark.parametrize("text", ["", "risk:\n", None], ids=["truncated", "half", "missing"])
def test_what_may_be_half_a_file_alerts_only_when_it_stays(desk: Desk, text: str | None) -> None:
    server = desk.server()
    if text is None:
        desk.files.risk.unlink()
    else:
        desk.files.risk.write_text(text)
    assert server.offer("file", NOW, final=False) is Verdict.INVALID
    assert desk.alerts() == []
    assert server.offer("file", NOW) is Verdict.INVALID
    assert len(desk.alerts()) == 1
    assert figure(server.at_boundary(NOW).loaded) == 10


def test_a_valid_change_that_waits_outlives_an_invalid_one(desk: Desk) -> None:
    server = desk.server()
    offered(desk, server, 9)
    desk.files.breaks()
    server.offer("file", NOW)
    assert figure(server.at_boundary(NOW).loaded) == 9


def test_only_the_risk_group_is_hot(desk: Desk) -> None:
    server = desk.server()
    desk.files.local("trading: {capital: 777.0}\nvenues: {sample: {fee_bps: 9.0}}\n")
    assert offered(desk, server, 9) is Verdict.PENDING
    settings = server.at_boundary(NOW).loaded.settings
    assert settings.risk.limits.max_positions == 9
    assert (settings.trading.capital, settings.venues["sample"].fee_bps) == (10000.0, 1.0)
    (alert,) = desk.alerts()
    assert alert.endswith("restart: trading.capital, venues.sample.fee_bps")
    server.offer("file", NOW + 1)
    assert len(desk.alerts()) == 1
    assert desk.server().current.loaded.settings.trading.capital == 777.0


def test_only_cold_changes_change_nothing(desk: Desk) -> None:
    server = desk.server()
    desk.files.local("trading: {profile: aggressive}\n")
    assert server.offer("file", NOW) is Verdict.UNCHANGED
    assert "trading.profile" in desk.alerts()[0]


def test_risk_that_does_not_go_with_the_running_rest_is_refused(desk: Desk) -> None:
    server = desk.server()
    text = desk.files.text(9)
    running = server.current.loaded.settings.trading.profile
    desk.files.risk.write_text(text.replace(f"    {running}:\n", "    brave:\n"))
    desk.files.local("trading: {profile: brave}\n")
    assert desk.files.load().settings.trading.profile == "brave"
    assert server.offer("file", NOW) is Verdict.INVALID
    assert figure(server.at_boundary(NOW).loaded) == 10
    assert any("do not fit the running configuration" in one and "profile" in one for one in desk.alerts())


def test_where_a_figure_came_from_is_known_after_a_change(desk: Desk) -> None:
    server = desk.server()
    desk.files.local("risk: {limits: {max_positions: 3, max_trades_per_day: 10}}\n")
    server.offer("file", NOW)
    loaded = server.at_boundary(NOW).loaded
    key = ("risk", "limits", "max_positions")
    assert loaded.leaves[key].place == "conf/local.yaml:1"
    assert [one.value for one in loaded.overridden[key]] == [10]
    assert loaded == desk.files.load()


def test_a_step_back_and_back_again(desk: Desk) -> None:
    server = desk.server()
    through(desk, server, 9)
    number = server.revert(NOW + 1, "anna", "fills were worse")
    assert figure(server.current.loaded) == 9  # not before the boundary
    back = server.at_boundary(NOW + 2)
    assert (figure(back.loaded), back.number, back.source) == (10, number, "revert")
    server.revert(NOW + 3)
    assert figure(server.at_boundary(NOW + 4).loaded) == 9
    assert desk.rows() == [(10, "start"), (9, "file"), (10, "revert"), (9, "revert")]
    said = desk.log.history()[1].adoption
    assert (said.who, said.why, said.adopted_at) == ("anna", "fills were worse", NOW + 1)


def test_a_step_back_goes_to_what_was_in_force_before_and_no_further(desk: Desk) -> None:
    server = desk.server()
    for k in (9, 8, 7):
        through(desk, server, k)
    server.revert(NOW)
    assert figure(server.at_boundary(NOW).loaded) == 8
    server.revert(NOW)
    assert figure(server.at_boundary(NOW).loaded) == 7


def test_there_is_no_step_back_from_the_first(desk: Desk) -> None:
    server = desk.server()
    with pytest.raises(Refused, match="are the first"):
        server.revert(NOW)
    assert desk.rows() == [(10, "start")]


def test_a_step_back_holds_until_the_content_of_a_file_changes(desk: Desk) -> None:
    server = desk.server()
    through(desk, server, 9)
    server.revert(NOW)
    server.at_boundary(NOW)
    desk.files.risk.write_text(desk.files.text(9) + "\n# looked at it again\n")
    assert server.offer("file", NOW) is Verdict.UNCHANGED
    again = desk.server()
    assert (figure(again.current.loaded), figure(desk.files.load())) == (10, 9)
    assert through(desk, again, 8) == 8
    assert through(desk, again, 9) == 9  # a change once more


def test_a_step_back_drops_what_was_pending(desk: Desk) -> None:
    server = desk.server()
    through(desk, server, 9)
    offered(desk, server, 8)
    server.revert(NOW)
    assert server.pending is None
    assert figure(server.at_boundary(NOW).loaded) == 10
    server.offer("file", NOW)  # the file still says 8
    assert figure(server.at_boundary(NOW).loaded) == 10


def test_what_a_person_says_elsewhere_holds_from_the_next_boundary_on(desk: Desk) -> None:
    running = desk.server()
    through(desk, running, 9)
    desk.server().revert(NOW)
    assert figure(running.current.loaded) == 9
    assert figure(running.at_boundary(NOW).loaded) == 10
    assert figure(running.at_boundary(NOW).loaded) == 10


def test_a_change_after_a_step_back_elsewhere_still_counts(desk: Desk) -> None:
    running = desk.server()
    through(desk, running, 9)
    desk.server().revert(NOW)
    assert through(desk, running, 8) == 8
    assert [k for k, _ in desk.rows()] == [10, 9, 10, 8]


def test_two_processes_that_see_the_same_edit_write_it_once(desk: Desk) -> None:
    one, two = desk.server(), desk.server()
    assert through(desk, one, 9) == through(desk, two, 9) == 9
    assert one.current.number == two.current.number == 2
    assert desk.rows() == [(10, "start"), (9, "file")]


def test_loosening_waits_while_live_and_tightening_does_not(live: Desk) -> None:
    server = live.server()
    assert through(live, server, 9) == 9
    assert offered(live, server, 12) is Verdict.AWAITING
    assert figure(server.at_boundary(NOW).loaded) == 9
    assert server.awaiting is not None
    version = server.awaiting.version
    (alert,) = live.alerts()
    assert "max_positions 9 -> 12" in alert
    assert f"keel config confirm {version[:12]}" in alert
    server.confirm(version[:12], "anna", NOW + 1)
    assert figure(server.current.loaded) == 9
    let_in = server.at_boundary(NOW + 2)
    assert (figure(let_in.loaded), let_in.source) == (12, "confirm")
    assert server.awaiting is None
    said = live.log.history()[0].adoption
    assert (said.who, said.loosened) == ("anna", ("max_positions 9 -> 12",))


@pytest.mark.parametrize("said", ["", "0123456", "f" * 64])
def test_only_the_version_that_waits_can_be_confirmed(live: Desk, said: str) -> None:
    server = live.server()
    offered(live, server, 12)
    assert server.awaiting is not None
    with pytest.raises(Refused, match=server.awaiting.version[:12]):
        server.confirm(said or server.awaiting.version[:7], "anna", NOW)
    assert figure(server.at_boundary(NOW).loaded) == 10


def test_what_was_taken_back_can_no_longer_be_confirmed(live: Desk) -> None:
    server = live.server()
    offered(live, server, 12)
    assert server.awaiting is not None
    version = server.awaiting.version
    assert offered(live, server, 10) is Verdict.UNCHANGED
    with pytest.raises(Refused, match="nothing waits"):
        server.confirm(version, "anna", NOW)


def test_a_tighter_change_that_was_pending_comes_in_before_the_looser_one(live: Desk) -> None:
    server = live.server()
    offered(live, server, 8)
    offered(live, server, 12)
    assert figure(server.at_boundary(NOW).loaded) == 8
    assert server.awaiting is not None


def test_a_restart_lets_nothing_looser_in(live: Desk) -> None:
    server = live.server()
    offered(live, server, 12)
    again = live.server()
    assert figure(again.current.loaded) == 10
    assert again.awaiting is not None
    again.confirm(again.awaiting.version, "anna", NOW)
    assert figure(live.server().current.loaded) == 12


def test_a_step_back_that_loosens_wants_a_confirmation_while_live(live: Desk) -> None:
    server = live.server()
    through(live, server, 9)
    with pytest.raises(Refused, match="max_positions 9 -> 10") as refusal:
        server.revert(NOW)
    version = str(refusal.value).split()[-1]
    assert figure(server.at_boundary(NOW).loaded) == 9
    server.confirm(version, "anna", NOW)
    assert figure(server.at_boundary(NOW).loaded) == 10


def test_what_was_tighter_than_before_is_judged_again_after_a_person_spoke(live: Desk) -> None:
    running = live.server()
    through(live, running, 7)
    offered(live, running, 10)
    assert running.awaiting is not None
    running.confirm(running.awaiting.version, "anna", NOW)
    running.at_boundary(NOW)
    elsewhere = live.server()
    assert offered(live, running, 9) is Verdict.PENDING  # tighter than 10
    elsewhere.revert(NOW)
    assert figure(running.at_boundary(NOW).loaded) == 7  # 9 would be looser than this
    assert running.awaiting is not None
    assert figure(running.awaiting.loaded) == 9


def test_a_broken_file_at_a_restart_keeps_the_last_good_parameters(desk: Desk) -> None:
    server = desk.server()
    through(desk, server, 9)
    whole = server.current.loaded
    desk.files.breaks()
    again = desk.server()
    assert (again.current.number, again.current.version) == (2, server.current.version)
    assert again.current.loaded.settings == whole.settings
    assert (again.current.loaded.tree, again.current.loaded.version) == (whole.tree, whole.version)
    assert "conf/risk_params.yml:" in desk.alerts()[0]
    assert through(desk, again, 8) == 8


def test_a_broken_file_and_nothing_to_go_back_to(desk: Desk) -> None:
    desk.files.breaks()
    with pytest.raises(BadInput, match=r"conf/risk_params\.yml:\d+: risk\.limits\.max_positions"):
        desk.server()
    assert desk.rows() == []


def test_who_looks_on_follows_and_adopts_nothing(desk: Desk) -> None:
    """The watcher hears of a change before the session does, and waits for it."""
    session, watcher = desk.server(), desk.server()
    desk.files.write(9)
    for server in (watcher, session):
        assert server.offer("file", NOW) is Verdict.PENDING
    for _ in range(3):
        assert figure(watcher.follow(NOW).loaded) == 10
    assert desk.rows() == [(10, "start")]
    assert figure(session.at_boundary(NOW).loaded) == 9
    assert figure(watcher.follow(NOW + 1).loaded) == 9
    assert (watcher.current.number, watcher.current.source, watcher.current.adopted_at) == (2, "file", NOW + 1)
    assert watcher.pending is None
    assert desk.rows() == [(10, "start"), (9, "file")]


def test_who_looks_on_follows_also_what_it_has_not_heard_of(desk: Desk) -> None:
    session, watcher = desk.server(), desk.server()
    through(desk, session, 9)
    assert figure(watcher.follow(NOW).loaded) == 9
    session.revert(NOW)
    assert figure(watcher.follow(NOW).loaded) == 10
    assert (watcher.current.source, watcher.current.number) == ("revert", 3)
    assert desk.rows() == [(10, "start"), (9, "file"), (10, "revert")]


def test_what_is_pending_for_who_looks_on_outlasts_an_older_change_of_the_session(desk: Desk) -> None:
    session, watcher = desk.server(), desk.server()
    offered(desk, session, 9)
    desk.files.write(8)
    watcher.offer("file", NOW)
    session.at_boundary(NOW)
    assert figure(watcher.follow(NOW).loaded) == 9
    assert watcher.pending is not None
    assert figure(watcher.pending.loaded) == 8
    assert figure(watcher.follow(NOW).loaded) == 9
    session.offer("file", NOW)
    session.at_boundary(NOW)
    assert figure(watcher.follow(NOW).loaded) == 8


def test_a_loosening_that_a_person_let_in_is_followed_while_live(live: Desk) -> None:
    session, watcher = live.server(), live.server()
    live.files.write(12)
    for server in (session, watcher):
        assert server.offer("file", NOW) is Verdict.AWAITING
    assert figure(watcher.follow(NOW).loaded) == 10
    assert session.awaiting is not None
    session.confirm(session.awaiting.version[:12], "anna", NOW)
    assert figure(watcher.follow(NOW).loaded) == 12
    assert watcher.awaiting is None
