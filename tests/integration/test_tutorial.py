"""docs/tutorial.md done by a newcomer: every block of it in order, in a fresh copy of what is in the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from processes import ROOT
from tutorial_page import Step, apply, missing, steps

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("tutorial")]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
# Of one block, which needs a minute of a processor, on a machine that gives it a twentieth of one.
SECONDS = 1500


def copy_of_the_repository(where: Path) -> None:
    """What git knows and what is about to be committed; nothing that a person has in conf/local.yaml or data/."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, where / name)


def environment_as_installed(root: Path) -> None:
    """What `make install-dev` would make, of the packages that this test runs with: they are not fetched again."""
    place = root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    packages = place / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    # The copy's rooms first: the packages of this test know where its own rooms are.
    (packages / "keel.pth").write_text(f"{root}\n{sysconfig.get_path('purelib')}\n")
    keel = place / "bin" / "keel"
    keel.write_text(f"#!{place}/bin/python\nfrom flows.keel import main\nmain()\n")
    keel.chmod(0o755)
    # In the order in which make asks for them.
    for name in ("bin/uv", ".installed", ".installed-dev"):
        (place / name).touch()


def run(step: Step, root: Path, variables: Path) -> str:
    """What the commands say. Each block begins with the variables that the one before it left, as in one terminal."""
    script = f"set -e\nsource {variables}\n{step.text}\nexport -p > {variables}\n"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=root,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{step.text}\nexit code {done.returncode}\n{done.stdout}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_newcomer_gets_what_the_page_promises(tmp_path: Path) -> None:
    root, variables = tmp_path / "keel", tmp_path / "variables"
    root.mkdir()
    (tmp_path / "home").mkdir()
    copy_of_the_repository(root)
    environment_as_installed(root)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables.write_text(f"export PATH='{path}' HOME='{tmp_path / 'home'}' LANG=C.UTF-8\n")
    for step in steps(PAGE):
        if step.kind != "sh":
            apply(step, root)
            continue
        said = run(step, root, variables)
        lost = missing(step.seen, said)
        assert lost is None, f"{step.text}\npromises a line that does not come: {lost}\nwhat came:\n{said}"


def test_every_part_of_the_first_hour_is_there() -> None:
    commands = [line.split()[:2] for step in steps(PAGE) if step.kind == "sh" for line in step.text.splitlines()]
    done = {words[1] for words in commands if words[0] == "keel"}
    assert done >= {"check", "ingest", "backtest", "train", "ablate", "evolve", "replay", "trade", "stop", "resume"}
    assert any(step.path.startswith("models/alpha/") for step in steps(PAGE))


def test_what_the_page_says_wrongly_is_noticed(tmp_path: Path) -> None:
    assert missing(["a 1", "c …"], "a  1\nb 2\nc 3") is None
    assert missing(["a 1", "a 1"], "a 1\nb 2") == "a 1"
    assert missing(["b 2", "a 1"], "a 1\nb 2") == "a 1"
    assert missing(["a …"], "b 1") == "a …"
    (tmp_path / "file").write_text("one\ntwo\n")
    apply(Step("diff", "file", " one\n-two\n+three\n"), tmp_path)
    assert (tmp_path / "file").read_text() == "one\nthree\n"
    with pytest.raises(ValueError, match="0 places"):
        apply(Step("diff", "file", "-two\n+three\n"), tmp_path)
    with pytest.raises(ValueError, match="there already"):
        apply(Step("python", "file", "x"), tmp_path)
    with pytest.raises(ValueError, match="neither"):
        steps("```console\nkeel check\n```\n")
