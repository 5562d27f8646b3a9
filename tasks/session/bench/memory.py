"""What an import needs of memory, measured on a process of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tasks.session.apart import set_apart
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.minutes import MINUTES, minute_archive

TARGET = 1_000.0
# The kernel's own mark of the process; what getrusage says of a child includes its parent's size before exec.
PEAK = "import re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
NOTHING = f"import flows.commands.data, tasks.adapters.archives, tasks.session.intake\n{PEAK}"
IMPORT = f"from flows.cli import app; app(standalone_mode=False)\n{PEAK}"


def bench_import_memory(place: Workplace) -> Figure:
    """Peak resident memory of `keel import` of a large archive; the reference is the same program doing nothing."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        archive = place.archive or minute_archive(Path(name) / "bars.parquet", MINUTES)
        names = ["--venue", "bitfinex", "--symbol", "BTC/USD", "--timeframe", "1m", "--json"]
        base = _megabytes(NOTHING, [], Path(name))
        peak = _megabytes(IMPORT, ["import", str(archive), *names], Path(name))
    return Figure("import_memory", peak, "MB", "imports alone", peak / base, "< 1000 MB", peak < TARGET)


def _megabytes(code: str, arguments: list[str], home: Path) -> float:
    environment = os.environ | set_apart(home)
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    return int(done.stdout.splitlines()[-1]) * 1024 / 1e6
