"""Speed, measured: every figure beside a reference that runs in the same process, so that the ratio means something."""

from tasks.session.bench.figure import Figure, run_benches
from tasks.session.bench.importing import bench_import
from tasks.session.bench.journaling import bench_journal
from tasks.session.bench.stepping import bench_step

BENCHES = {"import": bench_import, "journal": bench_journal, "step": bench_step}

__all__ = ["BENCHES", "Figure", "run_benches"]
