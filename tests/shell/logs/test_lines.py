"""What a line holds, that it shows no secret, and that logging fails nobody."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from key_places import use_empty_machine
from logged import SETTINGS, lines_of, logging_into
from structlog.contextvars import bound_contextvars

from conf.secrets import Secrets
from tasks.adapters.logs import log_as, log_into, path_of, setting_up
from tasks.adapters.logs.lines import console_formatter, json_formatter

pytestmark = pytest.mark.monitoring
OWN = logging.getLogger("tasks.session.anything")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    use_empty_machine(monkeypatch, tmp_path)
    monkeypatch.setenv("BINANCE_API_KEY", CANARY_KEY)
    monkeypatch.setenv("BINANCE_SECRET_KEY", CANARY_SECRET)
    for name in ("excepthook", "unraisablehook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    Secrets(_env_file=None)
    (tmp_path / "home").mkdir()
    with logging_into(tmp_path / "home") as folder:
        yield folder


def test_a_line_says_when_who_what_and_what_about(folder):
    with bound_contextvars(cycle="abc", bar=None):
        OWN.info("order %s", "sent", extra={"cid": "x-1", "units": 1.5})
    (line,) = lines_of(folder)
    assert line["time"].endswith("Z")
    assert {name: line[name] for name in line if name not in ("time", "pid")} == {
        "level": "info",
        "event": "order sent",
        "process": "cli",
        "logger": "tasks.session.anything",
        "cycle": "abc",
        "cid": "x-1",
        "units": 1.5,
    }


def test_every_librarys_logger_passes_the_same_way_from_warning_on(folder):
    logging.getLogger("some.package").info("chatter")
    logging.getLogger("some.package").warning("trouble")
    structlog.get_logger("tasks.by_structlog").info("ours", nested={"deep": [1, 2]})
    assert [(one["logger"], one["event"]) for one in lines_of(folder)] == [
        ("some.package", "trouble"),
        ("tasks.by_structlog", "ours"),
    ]


def test_no_canary_is_in_a_line_however_deep(folder, capsys):
    nested = {"a": [{"b": (CANARY_SECRET, {"c": f"x{CANARY_KEY}y"})}], CANARY_KEY: 1, "set": {CANARY_SECRET}}
    OWN.info("plain %s", CANARY_SECRET, extra={"more": nested, "url": f"https://me:{CANARY_SECRET}@host/"})
    log = structlog.get_logger("tasks.by_structlog")
    log.warning("structured", more=nested, key=CANARY_KEY, raw=CANARY_SECRET.encode())
    with bound_contextvars(secret=CANARY_SECRET):
        try:
            raise RuntimeError(f"signed with {CANARY_SECRET}")
        except RuntimeError:
            OWN.exception("failed")
            log.exception("failed too", more=nested)
    lines = lines_of(folder)
    assert len(lines) == 4
    assert all("RuntimeError" in one["exception"] for one in lines[2:])
    assert_absent([folder], [*capsys.readouterr()])


def test_a_key_that_was_cut_off_takes_nothing_with_it_and_one_beside_its_name_is_hidden(folder):
    """The one is seen in its value alone, the other one in the line alone: each way of looking is needed."""
    cut = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN"
    # By the context: what a call itself has is redacted before it gets to the formatter.
    with bound_contextvars(answer=cut, kept="what stands behind it", listenKey="nobody0knows0it"):
        OWN.warning("refused")
    (line,) = lines_of(folder)
    assert line["kept"] == "what stands behind it"
    assert (line["answer"], line["listenKey"]) == ("***", "***")


def test_a_record_that_nobody_redacted_shows_no_key_beside_its_name(folder):
    """Before a process is protected, or where a library makes its own records: the line is looked through as well."""
    logging.setLogRecordFactory(logging.LogRecord)  # `folder` puts it back
    record = logging.LogRecord("library", logging.WARNING, "x.py", 1, "asked", (), None)
    record.listenKey = "nobody0knows0it"
    assert json.loads(json_formatter("cli", None).format(record))["listenKey"] == "***"
    assert "nobody0knows0it" not in console_formatter(colours=False).format(record)


def test_a_line_of_megabytes_is_one_line_of_json(folder):
    OWN.warning("x" * 3_000_000, extra={"why": "\n\x1b[2J\x00\u2028\ud800" * 10_000})
    OWN.warning("after it")
    first, second = lines_of(folder)
    assert (len(first["event"]), second["event"]) == (3_000_000, "after it")


def test_no_canary_and_nothing_that_commands_the_terminal_is_in_a_line_for_people(folder):
    stream, formatter = io.StringIO(), console_formatter(colours=False)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    OWN.addHandler(handler)
    OWN.warning(f"{CANARY_SECRET} \x1b[2J\x9b31m \u202e", extra={"more": {"deep": [f"{CANARY_KEY}\x1b]0;x\x07"]}})
    OWN.removeHandler(handler)
    assert_absent([], [stream.getvalue()])
    assert not set(stream.getvalue()) & {"\x1b", "\x9b", "\u202e", "\x07"}
    assert "warning" in stream.getvalue()


def test_the_settings_say_from_which_level_on(tmp_path):
    with logging_into(tmp_path, settings=SETTINGS.model_copy(update={"level": "WARNING"})) as folder:
        OWN.info("too little")
        OWN.warning("enough")
        assert [one["event"] for one in lines_of(folder)] == ["enough"]


def test_twice_is_once_and_another_home_has_another_file(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with logging_into(tmp_path / "a") as folder:
        log_into(tmp_path / "a", SETTINGS)
        OWN.info("one")
        log_into(tmp_path / "b", SETTINGS)
        OWN.info("other")
        assert [one["event"] for one in lines_of(folder)] == ["one"]
    assert [one["event"] for one in lines_of(tmp_path / "b" / "state" / "logs")] == ["other"]


def test_a_home_that_is_not_there_is_not_made_by_a_line(tmp_path):
    with logging_into(tmp_path / "none"):
        OWN.error("looked only")
    assert not (tmp_path / "none").exists()


def test_nobody_who_has_not_said_who_it_is_writes_a_file(tmp_path, monkeypatch):
    monkeypatch.delenv(setting_up.RUN, raising=False)
    log_into(tmp_path, SETTINGS)
    OWN.error("nobody")
    assert list(tmp_path.iterdir()) == []


def test_a_flow_run_names_itself_in_every_line(tmp_path, monkeypatch):
    monkeypatch.setenv(setting_up.RUN, "0123-run")
    with logging_into(tmp_path) as folder:
        setting_up._named.clear()
        log_into(tmp_path, SETTINGS)
        OWN.info("in a run")
        (line,) = lines_of(folder)
    assert (line["run"], line["process"]) == ("0123-run", "flow")


def full(path: Path) -> None:
    path.symlink_to("/dev/full")


def folder_in_its_place(path: Path) -> None:
    path.mkdir()


def pipe_without_reader(path: Path) -> None:
    import os

    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [full, folder_in_its_place, pipe_without_reader])
def test_a_file_that_cannot_be_written_is_told_once_and_stops_nobody(spoil, tmp_path, capsys):
    path = path_of(tmp_path, "cli")
    path.parent.mkdir(parents=True)
    spoil(path)
    with logging_into(tmp_path):
        for number in range(5):
            OWN.info("line %d", number)
    told = [one for one in capsys.readouterr().err.splitlines() if "cannot be written" in one]
    assert len(told) == 1
    assert str(path) in told[0]


def test_a_folder_that_cannot_be_made_stops_nobody(tmp_path, capsys):
    (tmp_path / "state").write_text("a file in its place")
    with logging_into(tmp_path):
        OWN.info("line")
    assert "cannot be written" in capsys.readouterr().err


def test_standard_error_may_be_gone_as_well(tmp_path, monkeypatch):
    (tmp_path / "state").write_text("a file in its place")
    monkeypatch.setattr(sys, "stderr", None)
    with logging_into(tmp_path):
        OWN.info("line")


def test_what_cannot_be_shown_stops_nobody(folder, monkeypatch):
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    monkeypatch.setattr(logging, "raiseExceptions", False)
    loop: list[object] = []
    loop.append(loop)
    OWN.info("broken", extra={"one": Broken()})
    OWN.info("deep", extra={"one": loop, "half": "\ud800"})
    OWN.info("after")
    assert [one["event"] for one in lines_of(folder)][-1] == "after"


def test_lines_are_json_whatever_they_say(folder):
    OWN.info("line\nbreak \u2028 and \x00", extra={"text": '"quoted"\n', "nan": float("nan")})
    (raw,) = (folder / "cli.jsonl").read_text().splitlines()[:1]
    assert json.loads(raw)["event"].startswith("line\nbreak")


def test_log_as_is_the_process_of_the_line(tmp_path):
    with logging_into(tmp_path, "guardian") as folder:
        OWN.info("seen")
        assert lines_of(folder)[0]["process"] == "guardian"
        log_as("cli")
