"""A home that has something of everything that a backup keeps, and of what it must not."""

from pathlib import Path

from small_lake import settle

from data.journal import JournalPlace, open_journal
from tasks.bootstrap import build_desk
from tasks.session import keeping
from tasks.session.keeping.backup import JOURNAL, BackupManifest
from tasks.session.keeping.restoring import Restored
from tasks.session.keeping.tidied import Tidied

NOW = 1_790_000_000_000_000
FILES = {
    "state/models/venue=binance/current": b"0123abcd4567",
    "state/models/venue=binance/0123abcd4567/booster.ubj": b"\x00trees",
    "state/tones/0123abcd4567/card.json": b"{}",
    "state/tones/0123abcd4567/0123.skops": b"words",
    "state/genomes/trending.json": b'{"genes": 1}',
    "state/secrets.json.enc": b"sealed",
}
# None of these may be in a backup.
PLAIN = {".env": b"BINANCE_SECRET_KEY=no", "state/models/.writing-abc": b"half", "state/prefect/prefect.db": b"its own"}


def kept_home(home: Path) -> Path:
    """Lake, journal with one alert, models, genomes, sealed keys."""
    settle(build_desk(folder=home))
    for name, content in (FILES | PLAIN).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    alert(home, "first")
    return home


def alert(home: Path, key: str) -> None:
    """Write one more row into the home's journal."""
    journal = open_journal(home / JOURNAL)
    journal.raise_alert(key, "info", key, NOW)
    journal.engine.dispose()


def alerts_of(home: Path) -> list[str]:
    """Keys of the alerts in the home's journal."""
    journal = open_journal(home / JOURNAL)
    found = [str(row["key"]) for row in journal.tables()["alerts_outbox"]]
    journal.engine.dispose()
    return found


def back_up(home: Path, target: Path, now: int, lake: bool) -> BackupManifest:
    """Of a home that has its journal and its lake in files."""
    return keeping.back_up(home, target, now, JournalPlace(home / "state"), home / "lake" if lake else None)


def nightly_backup(home: Path, keep: int, now: int) -> list[Tidied]:
    """As `back_up`."""
    return keeping.nightly_backup(home, keep, now, JournalPlace(home / "state"))


def restore(backup: Path, home: Path, now: int, over: bool) -> Restored:
    """Into a home that has its journal in a file."""
    return keeping.restore(backup, home, now, over, JournalPlace(home / "state"))
