"""The long run of trade cycles on a real Prefect server: python tests/support/cycles_run.py [CYCLES] writes the figures
of docs/housekeeping.md.

The flow `trade` is called in this process, one bar after the other, on the embedded sample; the flow `housekeeping`
runs in between. What is old is minutes here instead of days, so that as many times the retention passes as in years.
`--control` leaves the housekeeping out, and the server's events stay as long as in production: a week.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psutil
from cycles_page import Figures, write_page
from processes import ROOT

CYCLES = 2000
EVERY = 100
# Of runs and events alike: so long stands for the days and weeks of production.
KEPT_SECONDS = 60
AGED = {
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"PT{KEPT_SECONDS}S",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "20",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ORPHAN_CLEANUP_LOOP_SECONDS": "30",
}
SETTINGS = {
    "KEEL_HOUSEKEEPING__RUNS_DAYS": repr(KEPT_SECONDS / 86_400),
    "KEEL_HOUSEKEEPING__BACKUPS_KEEP": "2",
    "PREFECT_LOGGING_LEVEL": "INFO",
}


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cycles", nargs="?", type=int, default=CYCLES)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--out", type=Path, help="figures as JSON lines, beside the page")
    parser.add_argument("--page", action="store_true", help="write docs/housekeeping.md, of --out and its .control")
    given = parser.parse_args()
    if given.page:
        write_page(*(read_figures(given.out.with_suffix(end)) for end in (".jsonl", ".control.jsonl")))
        return 0
    found = []
    for one in figures(given.cycles, not given.control):
        print(json.dumps(asdict(one)), flush=True)
        found.append(one)
    if given.out is not None:
        end = ".control.jsonl" if given.control else ".jsonl"
        given.out.with_suffix(end).write_text("".join(f"{json.dumps(asdict(one))}\n" for one in found))
    return 0


def figures(cycles: int, keeping: bool) -> Iterator[Figures]:
    """After every hundredth cycle; `keeping`: with the housekeeping on."""
    with tempfile.TemporaryDirectory(prefix="keel-cycles-") as name, _server(Path(name), keeping):
        yield from _traded(Path(name), cycles, keeping)


def _traded(home: Path, cycles: int, keeping: bool) -> Iterator[Figures]:
    # Imported here: Prefect's settings are read as it is imported.
    from flows.housekeeping import housekeeping
    from flows.trade import trade
    from models.types import iso
    from tasks.bootstrap import build_desk, build_feed
    from tasks.session.intake import ingest
    from tasks.session.replay import decision_moments

    desk = build_desk()
    for series in desk.universe():
        ingest(desk, series, build_feed(desk, series), None, store=True, report=lambda *_: None)
    moments = list(decision_moments(desk, desk.clock.now(), cycles))
    assert len(moments) == cycles
    begun = time.monotonic()
    with asyncio.Runner() as runner:
        for done, moment in enumerate(moments, 1):
            answer = runner.run(_awaited(trade, iso(moment)))
            assert answer["cycles"] == 1, answer
            if done % EVERY == 0:
                if keeping:
                    runner.run(_awaited(housekeeping))
                yield _figures(home, done, time.monotonic() - begun)


async def _awaited(flow: object, as_of: str | None = None) -> dict[str, object]:
    return await (flow() if as_of is None else flow(as_of=as_of))  # type: ignore[operator]


@contextmanager
def _server(home: Path, keeping: bool) -> Iterator[None]:
    from tasks.adapters.servers import Plan, client_env, free_port, health, launch, stop
    from tasks.adapters.servers.plan import state_dir
    from tasks.adapters.servers.prefect_server import prefect_server

    plan = Plan(ROOT, home, free_port(), free_port())
    state_dir(home).mkdir(parents=True)
    command = prefect_server(plan)
    command = replace(command, env={**command.env, **(AGED if keeping else {})})
    before = dict(os.environ)
    os.environ.update({**client_env(plan), **SETTINGS})
    process = launch(command, state_dir(home), state_dir(home) / "logs" / "prefect.log", mark=f"{home.name}/")
    try:
        health.wait_healthy(process)
        yield
    finally:
        stop(process, 10.0)
        os.environ.clear()
        os.environ.update(before)


def _figures(home: Path, done: int, seconds: float) -> Figures:
    server, journal = home / "state" / "prefect" / "prefect.db", home / "state" / "journal.sqlite"
    used = _used(server)
    return Figures(
        cycles=done,
        seconds=round(seconds, 1),
        server_bytes=_size(server),
        server_used=used,
        journal_bytes=_size(journal),
        log_bytes=sum(one.stat().st_size for one in (home / "state" / "logs").iterdir()),
        memory_bytes=psutil.Process().memory_info().rss,
        server_rows=_rows(server),
        journal_rows=_rows(journal),
    )


def _size(path: Path) -> int:
    """With its write-ahead log."""
    return sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())


def _used(path: Path) -> int:
    """Bytes of the pages that do not lie free."""
    with closing(sqlite3.connect(path)) as connection:
        size, count, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return int(size * (count - free))


def _rows(path: Path) -> Mapping[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {one: connection.execute(f'SELECT count(*) FROM "{one}"').fetchone()[0] for one in names}  # noqa: S608
    return {name: count for name, count in sorted(counts.items()) if count}


def read_figures(path: Path) -> list[Figures]:
    """What a run has written."""
    return [Figures(**json.loads(line)) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    sys.exit(main())
