"""Files of evolutions: what was saved is there to the bit, whole or not at all, and never outside of its folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conf.home import PROJECT
from data.evolution import EvolutionFiles
from models.types import BadInput, Damaged

RUN, OTHER = "0123456789ab", "ba9876543210"
ARRAYS = {
    "generation": np.asarray(7),
    "genes": np.array([[0.1 + 0.2, -0.0, np.nan], [np.inf, 1e-300, 5.0]]),
    "born": np.array([], np.int64),
    "names": np.array(["a", "wörd"]),
    "flags": np.array([True, False]),
}


@pytest.fixture
def files(tmp_path: Path) -> EvolutionFiles:
    return EvolutionFiles(tmp_path / "evolution")


def test_a_checkpoint_comes_back_to_the_bit_and_the_next_one_takes_its_place(files: EvolutionFiles) -> None:
    assert files.load_checkpoint(RUN, "volatile-0") is None
    files.save_checkpoint(RUN, "volatile-0", {"generation": np.asarray(3)})
    files.save_checkpoint(RUN, "volatile-0", ARRAYS)
    files.save_checkpoint(RUN, "volatile-1", {"generation": np.asarray(1)})
    found = files.load_checkpoint(RUN, "volatile-0")
    assert found is not None
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()
    assert files.load_checkpoint(OTHER, "volatile-0") is None


def test_what_only_pickle_could_keep_is_not_kept(files: EvolutionFiles) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        files.save_checkpoint(RUN, "volatile-0", {"genes": np.array([object()])})
    assert files.load_checkpoint(RUN, "volatile-0") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[: len(content) // 2],
        lambda content: content[:300] + bytes([content[300] ^ 1]) + content[301:],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    ],
    ids=["empty", "short", "torn", "longer", "half", "a bit", "a bit of the checksum"],
)
def test_a_damaged_checkpoint_is_never_used(damage, files: EvolutionFiles) -> None:
    files.save_checkpoint(RUN, "volatile-0", ARRAYS)
    path = files.folder(RUN) / "checkpoints" / "volatile-0.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Damaged, match=r"volatile-0\.npz does not match its checksum; delete it"):
        files.load_checkpoint(RUN, "volatile-0")
    path.unlink()
    assert files.load_checkpoint(RUN, "volatile-0") is None


def test_dropping_takes_the_checkpoints_and_leaves_what_was_written(files: EvolutionFiles) -> None:
    files.drop(RUN)
    files.save_checkpoint(RUN, "crisis-5", ARRAYS)
    files.save_checkpoint(OTHER, "crisis-5", ARRAYS)
    written = files.save_text(RUN, "genomes/crisis.json", "{}\n")
    files.drop(RUN)
    assert files.load_checkpoint(RUN, "crisis-5") is None
    assert files.load_checkpoint(OTHER, "crisis-5") is not None
    assert written == files.folder(RUN) / "genomes" / "crisis.json"
    assert written.read_text() == files.read_text(RUN, "genomes/crisis.json") == "{}\n"


def test_a_text_is_read_as_it_was_written(files: EvolutionFiles) -> None:
    assert files.read_text(RUN, "report.json") is None
    for text in ("", "two\r\nlines and an ä\n"):
        files.save_text(RUN, "report.json", text)
        assert files.read_text(RUN, "report.json") == text
    (files.folder(RUN) / "report.json").write_bytes(b"\xff")
    with pytest.raises(Damaged, match=r"report\.json is no text"):
        files.read_text(RUN, "report.json")


@pytest.mark.parametrize(
    "run", ["", "..", "0123456789aB", "0123456789abc", "0123456789a/", "../123456789", "0" * 12 + "\n"]
)
def test_what_is_no_run_has_no_folder(run: str, files: EvolutionFiles) -> None:
    for asked in (
        lambda: files.folder(run),
        lambda: files.begin(run, 1),
        lambda: files.save_text(run, "report.json", ""),
        lambda: files.load_checkpoint(run, "volatile-0"),
        lambda: files.drop(run),
    ):
        with pytest.raises(BadInput, match="12 hexadecimal digits"):
            asked()
    assert not files.root.exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/x", "a/../b", "a/b/c", "a//b", "a/", ".x", "a\\b", "a b", "a\0"]
)
def test_a_name_leads_nowhere_else(name: str, files: EvolutionFiles) -> None:
    for asked in (
        lambda: files.save_text(RUN, name, "x"),
        lambda: files.read_text(RUN, name),
        lambda: files.save_checkpoint(RUN, f"{name}/x", ARRAYS),
        lambda: files.load_checkpoint(RUN, f"../{name}"),
    ):
        with pytest.raises(BadInput, match="is no name of a"):
            asked()
    assert not files.root.exists()


def test_the_run_that_was_begun_or_taken_up_last_is_the_first(files: EvolutionFiles) -> None:
    assert files.runs() == []
    runs = ["00000000000a", "00000000000b", "00000000000c"]
    for at, run in enumerate(runs, 9):  # 9 and 10: numbers, not texts
        files.begin(run, at)
    files.save_text("00000000000d", "report.json", "")
    (files.root / "notes").mkdir()
    assert files.runs() == [*reversed(runs), "00000000000d"]
    files.begin(runs[0], 12)
    assert files.runs() == [runs[0], runs[2], runs[1], "00000000000d"]
    (files.root / runs[0] / "began").write_text("soon")
    with pytest.raises(Damaged, match=r"began holds no time \('soon'\); delete it"):
        files.runs()


# Killed by itself as a file is half written, and as it is whole and not yet in its place.
SAVER = """
import os, signal, sys
from pathlib import Path
import numpy as np
from data.evolution import EvolutionFiles
files, moment = EvolutionFiles(Path(sys.argv[1])), sys.argv[2]
def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "written":
    Path.replace = end
elif moment == "half":
    os.fsync = lambda descriptor: (os.ftruncate(descriptor, 1000), end())
files.save_checkpoint("0123456789ab", "volatile-0", {"generation": np.arange(1000)})
if moment == "done":
    end()
"""


def test_kill_9_leaves_the_old_checkpoint_or_the_new_one(files: EvolutionFiles) -> None:
    files.save_checkpoint(RUN, "volatile-0", ARRAYS)
    before = (files.folder(RUN) / "checkpoints" / "volatile-0.npz").read_bytes()
    for moment, expected in (("half", 7), ("written", 7), ("done", list(range(1000)))):
        ended = subprocess.run(
            [sys.executable, "-c", SAVER, str(files.root), moment], cwd=PROJECT, env=dict(os.environ), check=False
        )
        assert ended.returncode == -signal.SIGKILL
        found = files.load_checkpoint(RUN, "volatile-0")
        assert found is not None
        assert found["generation"].tolist() == expected
        if moment != "done":
            assert (files.folder(RUN) / "checkpoints" / "volatile-0.npz").read_bytes() == before
    files.drop(RUN)
    assert list(files.folder(RUN).iterdir()) == [], "what the killed ones left goes with the checkpoints"
