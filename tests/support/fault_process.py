"""Live cycles in processes that die by SIGKILL, or stand still: python fault_process.py '[{JOB}, ...]'.

Every job is a process of its own, forked before anything was opened; one JSON line says how each ended. A job:

    home, url       where the journal is, and the exchange's simulator
    faults          of the simulator, from then on
    acts            one for each bar: see ACTS; `again`: the newest once more, `{..}`: a command for the simulator
    label, nth      a label of tasks.session.ordering.labels, or the name of a table: reached for the nth time it is ...
    signal          ... the process sends itself this one (KILL, STOP)
    lease_seconds   for which its lease is good, where that is not SETTINGS'
    lease_wait      seconds that it waits for the lease
    room            bytes that no file may grow beyond
    keep            whether what is at the exchange afterwards is written to `exchange.json` in the home
    together        whether the next job is begun before this one has ended
"""

import json
import os
import resource
import signal
import sys
import urllib.request
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from canary import CANARY_KEY, CANARY_SECRET
from pydantic import SecretStr
from sim_book import BOOK, LOTS, SimBook, decided, decision_of, opens_at, rows_of, state_of
from sim_choices import ACTS, Choice, chosen
from sqlalchemy import event

from conf.schema.execution import ExecutionConfig, GateConfig
from data.journal import Decision, Journal, Leases, OrderLog, open_journal
from models.orders import GateCaps
from models.types.errors import KeelError
from tasks.adapters.brokers import open_account
from tasks.adapters.clocks import SystemClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.adapters.venues import Access, Keys, Limits
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.writing import Writing
from tasks.session.settlement import hand_over, settled_by

VENUE = "binance"
SECOND = 1_000_000
SETTINGS = ExecutionConfig(
    venues=(),
    slice_notional=1000.0,
    slice_seconds=0.0,
    collar=0.01,
    limit_seconds=0.4,
    settle_seconds=1.0,
    poll_seconds=0.2,
    lease_seconds=5.0,
    lease_wait_seconds=0.0,
    disaster_stop=0.3,
    acknowledge_rights=(),
    gate=GateConfig(order_share=1.0, day_turnover=20.0, orders_per_minute=600, collar=0.05, stale_seconds=900.0),
)
CAPS = GateCaps(frozenset(LOTS), Decimal(10_000), Decimal(1_000_000), 600, Decimal("0.05"), 900 * SECOND)

Job = dict[str, Any]


class Trader:
    """One process at work; `checkpoint` is where it may be cut."""

    def __init__(self, job: Job) -> None:
        self.job, self.seen = job, 0
        home = Path(job["home"])
        home.mkdir(exist_ok=True)
        self.clock = SystemClock()
        self.journal = open_journal(home / "journal.sqlite")
        self._watch_tables(self.journal)
        keys = Keys(SecretStr(CANARY_KEY), SecretStr(CANARY_SECRET))
        access = Access(self.clock, Limits(home / "limits.sqlite"), keys=keys, url=job["url"], timeout_ms=3000)
        account = open_account(VENUE, access, self.clock, np.random.default_rng(1))
        desk = OrderDesk(
            log=OrderLog(self.journal.engine),
            accounts={VENUE: account},
            clock=self.clock,
            settings=SETTINGS,
            caps=CAPS,
            alert=lambda key, severity, text: self.journal.raise_alert(key, severity, text, self.clock.now()),
            checkpoint=self.checkpoint,
            monotonic=monotonic,
        )
        writing = Writing(
            leases=Leases(self.journal.engine),
            holder=this_process(),
            is_dead=is_gone,
            clock=self.clock,
            ttl=round(job.get("lease_seconds", SETTINGS.lease_seconds) * SECOND),
            patience=round(job.get("lease_wait", 0.0) * SECOND),
        )
        self.broker = LiveBroker(self.journal, desk, writing, (VENUE,), LOTS)

    def checkpoint(self, label: str) -> None:
        self.seen += label == self.job.get("label")
        if label == self.job.get("label") and self.seen == self.job.get("nth", 1):
            os.kill(os.getpid(), signal.Signals[f"SIG{self.job.get('signal', 'KILL')}"])

    def _watch_tables(self, journal: Journal) -> None:
        @event.listens_for(journal.engine, "before_cursor_execute")
        def _(_connection: Any, _cursor: Any, statement: str, _rows: Any, _context: Any, _many: bool) -> None:
            if statement.startswith("INSERT INTO "):
                self.checkpoint(statement.split()[2])

    def trade(self) -> None:
        """A cycle for every act; for the newest again where it was decided on already."""
        self._prepare()
        bar = 0
        for act in self.job["acts"]:
            if isinstance(act, dict):
                self.control(act)
                continue
            bar += act != "again"
            self._cycle(bar, act)

    def _prepare(self) -> None:
        for fault in self.job.get("faults", ()):
            self.control({"do": "fault", **fault})

    def control(self, asked: dict[str, Any]) -> Any:
        body = json.dumps(asked).encode()
        where = f"{self.job['url']}/_control"
        wanted = urllib.request.Request(where, body, {"Content-Type": "application/json"})  # noqa: S310 - the loopback
        with urllib.request.urlopen(wanted, timeout=10) as answer:  # noqa: S310 - the simulator on the loopback
            return json.loads(answer.read())

    def _cycle(self, bar: int, act: str) -> None:
        with self.broker.at_work() as working:
            last = self.journal.last_decision(BOOK)
            working.recover(BOOK, last)
            if last is not None:
                hand_over(self.journal, working, last, self.checkpoint)
                if last.bar >= opens_at(bar):
                    working.finish(last)
                    return
            self._decide(working, last, bar, ACTS[act])

    def _decide(self, working: Broker, last: Decision | None, bar: int, choice: Choice) -> None:
        before = state_of(last)
        first = bar if last is None else bar - (opens_at(bar) - last.bar) // (opens_at(1) - opens_at(0)) + 1
        came = working.happened(rows_of(before), last, np.array([opens_at(one) for one in range(first, bar + 1)]))
        price = float(self.broker.desk.account(VENUE).quote("BTC/USDT").mid)
        nobody = {"BTCUSDT": price, "ETHUSDT": 1.0}
        run = decided(bar, before, came.fills, nobody, np.random, set(LOTS))  # type: ignore[arg-type]
        run = chosen(run, bar, choice, price)
        settled = settled_by(self.journal, working, SimBook(), before, run)  # type: ignore[arg-type]
        decision = decision_of(bar, run, before, self.clock.now())
        follows = None if last is None else last.bar
        self.checkpoint("decided")
        if not self.journal.record_decision(
            decision, follows, replace(settled, trades=came.trades), "{}", fence=working.lease
        ):
            return
        self.checkpoint("recorded")
        hand_over(self.journal, working, decision, self.checkpoint)
        working.finish(decision)


def work(job: Job) -> str:
    """How it ended."""
    trader = Trader(job)
    try:
        trader.trade()
    except KeelError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        if job.get("keep"):
            there = {name: trader.control({"do": name}) for name in ("orders", "trades")}
            there["balances"] = trader.control({"do": "snapshot"})["balances"]
            (Path(job["home"]) / "exchange.json").write_text(json.dumps(there))
    return "done"


def begin(job: Job) -> int:
    """A child that works and says on its own line how it ended; its process id."""
    child = os.fork()
    if child:
        return child
    if "room" in job:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["room"], resource.RLIM_INFINITY))
    print(json.dumps({"pid": os.getpid(), "said": work(job)}), flush=True)
    os._exit(0)


def main() -> None:
    """Job by job."""
    running: list[int] = []
    for job in json.loads(sys.argv[1]):
        running.append(begin(job))
        if not job.get("together"):
            wait_for(running)
            running = []
    wait_for(running)


def wait_for(running: list[int]) -> None:
    for pid in running:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(json.dumps({"pid": pid, "status": status}), flush=True)


if __name__ == "__main__":
    import ccxt  # noqa: F401 - once for all of them

    main()
