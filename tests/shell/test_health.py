"""What `keel status` says of journal, lake and stop flag."""

import shutil
from pathlib import Path

import pytest
from synthetic import SETTINGS, settle_in

from models.types import Damaged
from tasks.adapters.servers import Component
from tasks.bootstrap import build_desk, build_journal, journal_place
from tasks.session.desk import Desk
from tasks.session.health import health_of

pytestmark = pytest.mark.monitoring
SERVERS = [Component("prefect", True, "works")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in (SETTINGS | {"KEEL_HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    settle_in(tmp_path, count=3200)
    return build_desk()


def test_all_is_well(desk: Desk) -> None:
    health = health_of(desk, lambda: build_journal(desk), SERVERS)
    assert [one.name for one in health.components] == [
        "prefect",
        "journal",
        "book",
        "lake",
        "guardian",
        "drill",
        "alerts",
    ]
    assert all(one.ok for one in health.components)
    assert (health.stopped, health.reason, health.stage) == (False, None, "exploration")


def test_the_stop_flag_and_its_reason_are_told(desk: Desk) -> None:
    build_journal(desk).set_stop("drill of the day", 1)
    health = health_of(desk, lambda: build_journal(desk), SERVERS)
    assert (health.stopped, health.reason) == (True, "drill of the day")


def test_an_unreadable_journal_counts_as_stopped(desk: Desk) -> None:
    build_journal(desk)
    journal_place(desk.home).file.write_bytes(b"garbage" * 1000)
    for suffix in ("-wal", "-shm"):
        Path(f"{journal_place(desk.home).file}{suffix}").unlink(missing_ok=True)
    health = health_of(desk, lambda: build_journal(desk), SERVERS)
    assert health.stopped
    assert not {one.name: one.ok for one in health.components}["journal"]


def test_a_damaged_part_is_named_and_the_other_series_stays_readable(desk: Desk) -> None:
    part = sorted((desk.lake.root / "bars").rglob("*.parquet"))[0]
    part.write_bytes(part.read_bytes()[:-7])
    lake = {one.name: one for one in health_of(desk, lambda: build_journal(desk), SERVERS).components}["lake"]
    assert not lake.ok
    assert part.name in lake.why
    damaged, sound = desk.universe()
    with pytest.raises(Damaged):
        desk.bars.read(damaged)
    assert len(desk.bars.read(sound)) > 3000


def test_a_manifest_that_is_gone_wrong_is_told_too(desk: Desk) -> None:
    manifest = next((desk.lake.root / "bars").rglob("manifest.json"))
    manifest.write_text("{")
    lake = {one.name: one for one in health_of(desk, lambda: build_journal(desk), SERVERS).components}["lake"]
    assert not lake.ok
    shutil.rmtree(manifest.parent)
    assert health_of(desk, lambda: build_journal(desk), SERVERS).components[-1].ok
