"""The configuration of one cycle by itself."""

import json
from dataclasses import replace

import pytest
from parameter_files import NOW, Desk, figure, loosened

from conf import Loaded, load
from models.types import BadInput
from tasks.session.parameters import load_or_last, revert_by_hand

pytestmark = pytest.mark.risk


def one_cycle(desk: Desk, now: int = NOW, **flags: object) -> Loaded:
    given = {name.replace("__", "."): value for name, value in flags.items()}
    return load_or_last(desk.journal, lambda: load(given, desk.files.folder), now, loosened, given)


def test_valid_files_are_adopted_once(desk: Desk) -> None:
    assert one_cycle(desk) == desk.files.load()
    assert figure(one_cycle(desk)) == 10
    desk.files.write(9)
    assert figure(one_cycle(desk)) == 9
    assert desk.rows() == [(10, "start"), (9, "file")]


def test_invalid_files_leave_the_last_ones_in_force_with_one_alert(desk: Desk) -> None:
    good = one_cycle(desk)
    desk.files.breaks()
    for cycle in range(3):
        found = one_cycle(desk, NOW + cycle)
        assert (found.settings, found.version) == (good.settings, good.version)
    (alert,) = desk.alerts()
    assert "conf/risk_params.yml:" in alert
    assert "parameters 1 " in alert


def test_invalid_files_with_nothing_before_them_stop_the_cycle(desk: Desk) -> None:
    desk.files.breaks()
    with pytest.raises(BadInput, match=r"risk_params\.yml"):
        one_cycle(desk)


def test_what_is_kept_is_all_of_what_was_in_force_last(desk: Desk) -> None:
    one_cycle(desk)
    desk.files.local("trading: {capital: 777.0}\n")  # risk stays the same
    one_cycle(desk)
    desk.files.breaks()
    assert one_cycle(desk).settings.trading.capital == 777.0


def test_what_a_keel_with_other_keys_adopted_gives_way_to_the_files(desk: Desk) -> None:
    """Its models were routed by risk.harmoniser.routes, and it knew no router."""
    one_cycle(desk)
    newest = desk.log.newest()
    assert newest is not None
    tree = json.loads(newest.adoption.tree)
    del tree["router"]
    tree["risk"]["harmoniser"]["routes"] = {"crypto": ["momentum"]}
    older = replace(newest.adoption, version="a" * 64, seen="a" * 64, config_version="b" * 64, tree=json.dumps(tree))
    assert desk.log.record(older, newest.number) is not None
    assert one_cycle(desk) == desk.files.load()
    adopted = desk.log.newest()
    assert adopted is not None
    (said,) = adopted.adoption.loosened
    assert said.startswith("what parameters 2 allowed cannot be told")
    assert "risk.harmoniser.routes" in said
    assert one_cycle(desk) == desk.files.load()
    assert len(desk.log.history()) == 3


def test_a_cycle_with_other_flags_never_trades_another_book(desk: Desk) -> None:
    one_cycle(desk)
    aggressive = one_cycle(desk, trading__profile="aggressive", trading__venue=None)
    assert aggressive.settings.trading.profile == "aggressive"
    desk.files.breaks()
    plain = one_cycle(desk)
    assert plain.settings.trading.profile != "aggressive"
    assert one_cycle(desk, trading__profile="aggressive").settings == aggressive.settings
    with pytest.raises(BadInput):
        one_cycle(desk, trading__profile="conservative")


def test_a_step_back_stays_with_the_flags_that_it_goes_back_from(desk: Desk) -> None:
    one_cycle(desk)
    desk.files.write(9)
    one_cycle(desk, trading__profile="aggressive")
    revert_by_hand(desk.log, desk.files.load, loosened, NOW, "anna", "drill")
    desk.files.breaks()
    kept = one_cycle(desk)
    assert figure(kept) == 10
    assert kept.settings.trading.profile != "aggressive"


def test_a_cycle_with_other_flags_has_the_newest_risk(desk: Desk) -> None:
    one_cycle(desk)
    desk.files.write(9)
    one_cycle(desk, trading__profile="aggressive")
    desk.files.breaks()
    assert figure(one_cycle(desk)) == 9


def test_a_step_back_holds_for_cycles_as_well(desk: Desk) -> None:
    one_cycle(desk)
    desk.files.write(9)
    server = desk.server()
    server.revert(NOW)
    assert figure(one_cycle(desk)) == 10
    desk.files.breaks()
    assert figure(one_cycle(desk)) == 10
    desk.files.write(8)
    assert figure(one_cycle(desk)) == 8


def test_cycles_with_and_without_flags_do_not_fill_the_journal(desk: Desk) -> None:
    for _ in range(3):
        one_cycle(desk)
        one_cycle(desk, trading__profile="aggressive")
    assert len(desk.rows()) == 2


def test_only_the_stage_live_makes_a_cycle_wait(desk: Desk) -> None:
    one_cycle(desk)
    desk.files.write(12)
    assert figure(one_cycle(desk)) == 12
    (row, _) = desk.log.history()
    assert row.adoption.loosened == ("max_positions 10 -> 12",)
