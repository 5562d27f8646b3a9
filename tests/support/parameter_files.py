"""A copy of the configuration whose risk figures a test turns, and a parameter server over it.

A version is one number k: `max_positions` is k and `max_trades_per_day` 3k + 1, so that a mixture of two shows.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from conf import Loaded, load
from conf.home import PROJECT
from data.journal import Journal, ParameterLog, open_journal
from tasks.session.parameters import ParameterServer

NOW = 1_700_000_000_000_000
BROKEN = "max_positions: many"


@dataclass(frozen=True, slots=True)
class Files:
    """The folder `conf` of a test."""

    folder: Path

    @property
    def risk(self) -> Path:
        """The file with the hot parameters."""
        return self.folder / "risk_params.yml"

    def text(self, k: int) -> str:
        """The file's text of version k."""
        found = (PROJECT / "conf" / "risk_params.yml").read_text()
        found, one = re.subn(r"max_positions: \d+", f"max_positions: {k}", found)
        found, two = re.subn(r"max_trades_per_day: \d+", f"max_trades_per_day: {3 * k + 1}", found)
        assert (one, two) == (1, 1)
        return found

    def broken(self, k: int = 1) -> str:
        """A text that is not valid; one for each k."""
        return self.text(k).replace(f"max_positions: {k}", f"{BROKEN}{k}")

    def write(self, k: int) -> None:
        """Version k, in place."""
        self.risk.write_text(self.text(k))

    def breaks(self) -> None:
        """An invalid text, in place."""
        self.risk.write_text(self.broken())

    def replace(self, text: str) -> None:
        """Another file under the name, as careful editors do."""
        beside = self.risk.with_name(".risk_params.yml.new")
        beside.write_text(text)
        beside.replace(self.risk)

    def local(self, text: str) -> None:
        """What a person turned."""
        (self.folder / "local.yaml").write_text(text)

    def load(self) -> Loaded:
        """As they are now."""
        return load(folder=self.folder)


def copied_files(where: Path, k: int = 10) -> Files:
    """Version k in a new folder below `where`."""
    folder = where / "conf"
    shutil.copytree(PROJECT / "conf", folder, ignore=shutil.ignore_patterns("__pycache__", "local.yaml", "*.py"))
    files = Files(folder)
    files.write(k)
    return files


def loosened(before: Loaded, after: Loaded) -> tuple[str, ...]:
    """The one limit that these tests turn."""
    old, new = figure(before), figure(after)
    return (f"max_positions {old} -> {new}",) if new > old else ()


def figure(loaded: Loaded) -> int:
    """k of a configuration.

    Raises:
        AssertionError: its two figures are of different versions.
    """
    limits = loaded.settings.risk.limits
    assert limits.max_trades_per_day == 3 * limits.max_positions + 1
    return limits.max_positions


@dataclass(slots=True)
class Desk:
    """Files, a journal and the servers that run on them."""

    files: Files
    journal: Journal
    live: bool = False

    @property
    def log(self) -> ParameterLog:
        """The journal's page."""
        return ParameterLog(self.journal.engine)

    def server(self, now: int = NOW) -> ParameterServer:
        """Another process begins."""
        return ParameterServer(self.journal, self.files.load, self.live, loosened, now)

    def alerts(self) -> list[str]:
        """Their texts, in the order they were raised."""
        return [row["text"] for row in self.journal.tables()["alerts_outbox"]]

    def rows(self) -> list[tuple[int, str]]:
        """Figure and source of all adoptions, the oldest first."""
        return [(figure_of_tree(one.adoption.tree), one.adoption.source) for one in reversed(self.log.history())]


def figure_of_tree(tree: str) -> int:
    """k of a configuration's text."""
    found = re.search(r'"max_positions":(\d+)', tree)
    assert found is not None
    return int(found[1])


def made_desk(where: Path, live: bool = False, k: int = 10) -> Desk:
    """Everything new below `where`."""
    return Desk(copied_files(where, k), open_journal(where / "journal.sqlite"), live)
