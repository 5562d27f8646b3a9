"""A live session as a process on the simulated exchange: it recovers at its start, hears its account, and lets go."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from canary import CANARY_KEY, CANARY_SECRET
from exchange_process import exchange_process
from live_homes import live_home
from processes import ROOT, eventually

from data.journal import Heartbeats, SessionLog, open_journal
from tasks.bootstrap import journal_place

KEYS = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET)


def test_it_hears_what_the_venue_tells_by_itself_and_ends_with_an_interrupt(tmp_path: Path) -> None:
    with exchange_process(*KEYS) as simulator:
        home = live_home(tmp_path / "home", {"url": simulator.url, "feed": "none"})
        simulator.control("set_price", symbol="BTCUSDT", price=str(home.price))
        home.confirm()
        journal = open_journal(journal_place(home.folder))
        hearts = Heartbeats(journal.engine)
        env = {**os.environ, **home.environment}
        asked = [sys.executable, "-m", "flows.cli", "trade", "--session", "--live", "--duration", "1d"]
        process = subprocess.Popen(
            asked,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:

            def waits() -> bool:
                assert process.poll() is None, process.communicate()
                beat = hearts.last("trader")
                return beat is not None and beat.detail.startswith("waits")

            eventually(waits, 300)

            def tells() -> bool:
                # Nobody's order: only the stream tells of it before the next bar.
                simulator.control("manual_order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
                return any(one["key"].startswith("stray ") for one in journal.tables()["alerts_outbox"]) or bool(
                    journal.tables()["venue_trades"]
                )

            eventually(tells, 300)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
        assert process.returncode == 0, err
        assert "interrupted" in out
        run = SessionLog(journal.engine).runs()[-1]
        assert (run.stage, run.why) == ("live", "interrupted")
        assert CANARY_SECRET not in out + err
