"""Commands of `keel`: each is there, and a process imports the one that it is asked for."""

import re
import subprocess
import sys

import pytest
from processes import ROOT
from typer.testing import CliRunner

from flows.cli import COMMANDS, app

SAYS_ROOMS = """
import sys
from flows.cli import app
try:
    app(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(name for name in sys.modules if name.startswith("flows.")), sep="\\n")
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_it_has_help_of_its_own(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert f" {name} " in shown.output


def test_the_help_has_all_of_them_in_order() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert re.findall(r"^. ([a-z]+) ", shown, flags=re.MULTILINE) == list(COMMANDS)


def test_something_else_is_refused_and_a_similar_one_proposed() -> None:
    shown = CliRunner().invoke(app, ["backtst"])
    assert shown.exit_code == 2
    assert "No such command 'backtst'. Did you mean 'backtest'" in " ".join(shown.output.split())


def test_a_process_imports_the_command_that_it_is_asked_for_and_no_other() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAYS_ROOMS, "journal", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rooms = {name for name in done.stdout.splitlines() if name.startswith("flows.commands.")}
    assert rooms == {"flows.commands.journal", "flows.commands.output"}
