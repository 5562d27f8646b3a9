"""The long fault run: python tests/support/fault_run.py writes docs/faults.md; with a seed it plays that one again.

Thousands of seeded simulations, all tests of tests/faults and those of the matrix that are elsewhere; at the end the
keys that all of it traded with are looked for in everything that was written.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from canary import assert_absent
from exchange_process import ROOT
from fault_page import Case, Results, page
from fault_rows import ROWS
from order_sims import simulation
from sim_oracle import judged, problems

PAGE = ROOT / "docs" / "faults.md"
COUNT = 10_000
CHUNK = 25
HERE = "tests/faults"
# It looks at the page that this run is about to write.
AFTERWARDS = f"{HERE}/matrix/test_matrix.py::test_the_page_has_every_row_as_the_table_has_it_and_all_of_them_held"


def main() -> int:
    """Exit status."""
    if len(sys.argv) > 1 and sys.argv[1]:
        return replay(int(sys.argv[1]))
    with tempfile.TemporaryDirectory(prefix="keel-faults-") as name:
        results = run(Path(name))
    PAGE.write_text(page(results))
    print(f"{PAGE.relative_to(ROOT)} is written; {len(results.wrong)} seeds and {len(results.failed)} tests are wrong")
    return 1 if results.wrong or results.failed else 0


def replay(seed: int) -> int:
    """What happened in one seed, and what is wrong."""
    with simulation(seed) as one:
        try:
            one.run()
        finally:
            print("\n".join(one.world.told))
        for alert in one.alerts:
            print(f"{alert.severity}: {alert.text}")
        for order in one.log.orders_of_book("sim"):
            print(order.cid, order.role.value, order.quantity, order.state.value, order.filled, order.why)
        wrong = problems(one)
    print("\n".join(wrong) or f"seed {seed}: nothing is wrong")
    return 1 if wrong else 0


def run(folder: Path) -> Results:
    """Everything, in `folder`."""
    begun = time.monotonic()
    wrong = list(simulated(int(os.environ.get("SEEDS", COUNT))))
    seconds = time.monotonic() - begun
    files = sorted({one.partition("::")[0] for row in ROWS for one in row.tests})
    cases = [
        *tested([HERE], "not services", folder / "here"),
        *tested([one for one in files if not one.startswith(HERE)], "not services", folder / "elsewhere"),
    ]
    assert_absent([folder], wrong)
    return Results(int(os.environ.get("SEEDS", COUNT)), seconds, tuple(wrong), tuple(cases))


def simulated(count: int) -> Iterator[str]:
    """What is wrong after each of so many seeds, as it is found."""
    chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        for number, wrong in enumerate(pool.imap_unordered(judged_all, chunks), 1):
            for said in wrong:
                print(said, flush=True)
                yield said
            if number % 20 == 0:
                print(f"{number * CHUNK} seeds", flush=True)


def judged_all(seeds: range) -> list[str]:
    return [said for seed in seeds for said in judged(seed)]


def tested(files: list[str], marks: str, folder: Path) -> list[Case]:
    """The tests of those files, each with how it ended; what they wrote stays in `folder`."""
    folder.mkdir()
    report, log = folder / "report.xml", folder / "log.txt"
    command = [sys.executable, "-m", "pytest", "-m", marks, "-n", "2", "--dist", "loadfile", "--basetemp",
               str(folder / "files"), "--junitxml", str(report), "--deselect", AFTERWARDS, "-q", *files]  # fmt: skip
    with log.open("w") as out:
        subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False)
    print(log.read_text()[-2000:], flush=True)
    return list(cases_of(report))


def cases_of(report: Path) -> Iterator[Case]:
    for one in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own report
        ended = {child.tag for child in one}
        name = f"{one.get('classname')}::{one.get('name')}"
        yield Case(name, not ended & {"failure", "error"}, "skipped" in ended, float(one.get("time") or 0))


if __name__ == "__main__":
    sys.exit(main())
