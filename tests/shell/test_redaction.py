"""A canary that was loaded shows in no log, traceback, alert or error, in no form, whoever wrote it there."""

import asyncio
import base64
import inspect
import io
import json
import logging
import logging.config
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent, leaks
from hypothesis import given
from hypothesis import strategies as st
from key_places import use_empty_machine
from pydantic import SecretStr
from sqlalchemy import Engine, event

from conf.secrets import HIDDEN, Secrets, remember, scrub, scrub_values
from data.journal import open_journal
from models.types import BadInput, KeelError, Unavailable
from tasks.adapters import redaction
from tasks.adapters.redaction import ScrubFilter, protect, scrubbed_error, shielded

ROOT = Path(__file__).parent.parent.parent
SIGNATURE = "0123456789abcdef" * 4
FORMS = [
    CANARY_SECRET,
    urllib.parse.quote(CANARY_SECRET, safe=""),
    re.sub("%..", lambda code: code.group().lower(), urllib.parse.quote(CANARY_SECRET, safe="")),
    urllib.parse.quote_plus(CANARY_SECRET),
    base64.b64encode(CANARY_SECRET.encode()).decode(),
    base64.b64encode(f"me:{CANARY_SECRET}".encode()).decode(),
    base64.b64encode(f"you:{CANARY_SECRET} and more".encode()).decode(),
    base64.urlsafe_b64encode(f"them:{CANARY_SECRET}".encode()).decode(),
    CANARY_KEY.encode().hex(),
    CANARY_KEY.encode().hex().upper(),
    json.dumps({"deep": {"key": CANARY_KEY}}),
]


@pytest.fixture(autouse=True)
def _loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has loaded the canaries and is protected; what it was before comes back."""
    use_empty_machine(monkeypatch, tmp_path)
    for place, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(place, name, getattr(place, name))
    factory, had = logging.getLogRecordFactory(), event.contains(Engine, "before_execute", redaction._scrub_alert)
    monkeypatch.setenv("BINANCE_API_KEY", CANARY_KEY)
    monkeypatch.setenv("BINANCE_SECRET_KEY", CANARY_SECRET)
    Secrets(_env_file=None)
    protect()
    protect()
    yield
    logging.setLogRecordFactory(factory)
    if not had:
        event.remove(Engine, "before_execute", redaction._scrub_alert)


class Heard:
    """A logger of its own, with a handler that came after the protection and passes nothing on."""

    def __init__(self, form: str = "%(levelname)s %(name)s %(message)s") -> None:
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(logging.Formatter(form))
        self.logger = logging.Logger("heard")
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self.stream.getvalue()


class Loud:
    """An object that shows what it holds."""

    def __str__(self) -> str:
        return f"<{CANARY_SECRET}>"


class Broken:
    """An object that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken_out(form: str) -> None:
    text = f"before {form} after"
    assert not leaks([], [scrub(text)])
    assert scrub(text).startswith("before ")
    assert scrub(text).endswith(" after")
    assert scrub(scrub(text)) == scrub(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"GET /api/v3/order?symbol=BTCUSDT&timestamp=1&signature={SIGNATURE} 503", f"signature={HIDDEN} 503"),
        (f"body 'a=1&signature={SIGNATURE}&b=2'", f"signature={HIDDEN}&b=2'"),
        (f"signature%3D{SIGNATURE}%26", f"signature%3D{HIDDEN}"),
        (f'{{"signature": "{SIGNATURE}", "id": 7}}', f'{{"signature": "{HIDDEN}", "id": 7}}'),
        (f'\\"apiKey\\":\\"{SIGNATURE}\\",\\"id\\":7', f'\\"apiKey\\":\\"{HIDDEN}\\",\\"id\\":7'),
        (f"{{'X-MBX-APIKEY': '{SIGNATURE}', 'A': 'b'}}", f"'X-MBX-APIKEY': '{HIDDEN}', 'A': 'b'"),
        (f"x-mbx-apikey: {SIGNATURE}\r\nHost: h", f"x-mbx-apikey: {HIDDEN}\r\nHost: h"),
        (f"b'APCA-API-KEY-ID: {SIGNATURE}\\r\\nHost'", f"APCA-API-KEY-ID: {HIDDEN}\\r\\nHost"),
        (f"(b'APCA-API-SECRET-KEY', b'{SIGNATURE}')", f"(b'APCA-API-SECRET-KEY', b'{HIDDEN}')"),
        (f"API-Key={SIGNATURE}, API-Sign={SIGNATURE}", f"API-Key={HIDDEN}, API-Sign={HIDDEN}"),
        (f"'ACCESS-SIGN': '{SIGNATURE}', 'ACCESS-PASSPHRASE': 'short'", f"'ACCESS-PASSPHRASE': '{HIDDEN}'"),
        ("Authorization: Bearer eyJh.eyJz.sig\nHost: h", f"Authorization: {HIDDEN}\nHost: h"),
        ("('Authorization', 'Basic dTpw')", f"('Authorization', '{HIDDEN}')"),
        ("redis://user:pass word@host:1/0", "redis://user:pass word@host:1/0"),
        ("redis://user:hunter2@host:1/0", f"redis://user:{HIDDEN}@host:1/0"),
        ("a -----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY----- b", f"a {HIDDEN} b"),
        ("a -----BEGIN PRIVATE KEY-----\nabc", f"a {HIDDEN}"),
    ],
)
def test_what_requests_carry_is_taken_out_even_if_nobody_knows_it(text: str, shown: str) -> None:
    assert shown in scrub(text)
    assert SIGNATURE not in scrub(text)
    assert scrub(scrub(text)) == scrub(text)


@pytest.mark.parametrize(
    "text",
    ["", "100 bars of BTC/USDT", "Access-Control-Allow-Origin: *", "signature of the model", "a:b@c", "http://h/x"],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert scrub(text) is text or scrub(text) == text


@given(st.text(min_size=6, max_size=80), st.text(max_size=30), st.text(max_size=30))
def test_no_text_keeps_a_secret_whatever_that_is(secret: str, before: str, after: str) -> None:
    module = sys.modules["conf.secrets.known"]
    known = module._forms  # type: ignore[attr-defined]
    try:
        remember(SecretStr(secret))
        for form in (secret, urllib.parse.quote(secret, safe=""), json.dumps(secret), secret.encode().hex()):
            assert scrub(f"{before}{form}{after}").count(secret) <= HIDDEN.count(secret)
    finally:
        module._forms = known  # type: ignore[attr-defined]


def test_a_pem_is_taken_out_line_by_line() -> None:
    body = ["MHcCAQEEIN" + letter * 54 for letter in "abc"]
    remember(SecretStr("\n".join(["-----BEGIN EC PRIVATE KEY-----", *body, "-----END EC PRIVATE KEY-----", ""])))
    assert scrub(f"line of a log {body[1]}\n") == f"line of a log {HIDDEN}\n"
    assert body[2] not in scrub("".join(body))
    assert body[0] not in scrub("\\n".join(body))


def test_of_two_secrets_the_longer_one_goes_as_a_whole() -> None:
    remember(SecretStr("a-first-secret"))
    remember(SecretStr("a-first-secret-and-its-rest"))
    remember(SecretStr("secret-and"))
    assert scrub("x a-first-secret-and-its-rest y") == f"x {HIDDEN} y"


def test_a_short_secret_does_not_eat_the_words_around_it() -> None:
    remember(SecretStr("key"))
    assert scrub("keys of kraken") == "keys of kraken"


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"said {CANARY_SECRET}", ()),
        ("said %s", (CANARY_SECRET,)),
        ("said %s and %d", (CANARY_KEY, 3)),
        ("said %r", ([CANARY_KEY],)),
        ("said %r", ((CANARY_KEY, "b"),)),
        ("said %(key)s", ({"key": CANARY_KEY},)),
        ("said %s", (ValueError(f"url?signature={SIGNATURE}&key={CANARY_KEY}"),)),
        ("said %r", (ValueError(CANARY_SECRET),)),
        ("said %s", (Loud(),)),
        (Loud(), ()),
        ("said signature=%s", (SIGNATURE,)),
        ("said %s", (CANARY_SECRET.encode(),)),
    ],
)
def test_a_log_has_none_in_its_message(message: object, arguments: tuple[object, ...]) -> None:
    heard = Heard()
    heard.logger.error(message, *arguments)
    assert HIDDEN in heard.text
    assert SIGNATURE not in heard.text
    assert_absent([], [heard.text])


def _fail() -> None:
    try:
        raise ValueError(f"GET https://venue/order?signature={SIGNATURE}")
    except ValueError as error:
        error.add_note(f"with {CANARY_KEY}")
        raise KeyError(CANARY_SECRET) from error


def test_a_log_has_none_in_its_traceback_whoever_formats_it() -> None:
    heard = Heard()
    records: list[logging.LogRecord] = []
    heard.logger.addFilter(lambda record: records.append(record) or True)
    try:
        _fail()
    except KeyError:
        heard.logger.exception("it failed", stack_info=True)
    assert "KeyError" in heard.text
    assert "_fail" in heard.text
    assert SIGNATURE not in heard.text
    assert_absent([], [heard.text, *(repr(vars(one)) for one in records)])


def test_a_record_without_secrets_is_as_it_would_be_without_us(caplog: pytest.LogCaptureFixture) -> None:
    arguments = ("GET", 200, 1.5, None, ("a", 1))
    try:
        raise ValueError("plain")
    except ValueError:
        logging.getLogger("other").exception("%s %d %f %s %s", *arguments)
    (record,) = caplog.records
    assert record.args == arguments
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError


@pytest.mark.parametrize("arguments", [("too", "many"), (Broken(),), ({"a": 1},)])
def test_a_log_that_cannot_be_written_fails_nobody(arguments, capsys: pytest.CaptureFixture[str]) -> None:
    Heard().logger.error(f"%d of {CANARY_KEY}", *arguments)
    assert "Logging error" in capsys.readouterr().err


def test_what_is_given_beside_the_message_is_scrubbed_at_the_roots_handlers(capsys) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(url)s"))
    logging.getLogger().addHandler(handler)
    try:
        protect()
        logging.getLogger("any.other").error("asked", extra={"url": f"https://u:{CANARY_KEY}@venue"})
        shipped = logging.makeLogRecord(
            {"msg": f"from afar {CANARY_SECRET}", "levelno": 40, "url": "-", "name": "afar"}
        )
        logging.getLogger().handle(shipped)
    finally:
        logging.getLogger().removeHandler(handler)
    assert "asked" in stream.getvalue()
    assert "from afar" in stream.getvalue()
    assert_absent([], [stream.getvalue()])
    assert sum(isinstance(one, ScrubFilter) for one in handler.filters) == 1


def test_prefects_handlers_ship_none_also_after_they_are_set_up_anew() -> None:
    from prefect.logging.configuration import setup_logging
    from prefect.logging.formatters import JsonFormatter
    from prefect.logging.handlers import APILogHandler

    setup_logging(incremental=False)
    ship, kept = APILogHandler(), []
    logger = logging.Logger("prefect.flow_runs")
    logger.addFilter(lambda record: kept.append(record) or True)
    extra = {"flow_run_id": "00000000-0000-0000-0000-000000000001"}
    try:
        _fail()
    except KeyError as error:
        logger.error("Encountered an exception: %s", error, exc_info=True, extra=extra)
        logger.error(f"key {CANARY_KEY}", extra=extra)
    shipped = [json.dumps(ship.prepare(record)) for record in kept]
    plain = [JsonFormatter("default", None, "%").format(record) for record in kept]
    assert len(shipped) == 2
    assert all(HIDDEN in one for one in shipped)
    assert_absent([], [*shipped, *plain])
    assert SIGNATURE not in " ".join([*shipped, *plain])


def test_the_exchange_library_stays_silent_whoever_sets_logging_up() -> None:
    logger = logging.getLogger("ccxt.base.exchange")
    protect()
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"level": "DEBUG"}})
    try:
        assert not logger.isEnabledFor(logging.CRITICAL)
    finally:
        logging.getLogger().setLevel(logging.WARNING)


def test_a_real_error_of_the_exchange_library_shows_no_signature() -> None:
    import ccxt

    venue = ccxt.binance({"apiKey": CANARY_KEY, "secret": CANARY_SECRET, "timeout": 2_000})
    dead = {name: "http://127.0.0.1:9" for name, url in venue.urls["api"].items() if isinstance(url, str)}
    venue.urls["api"] = dead
    heard = Heard()
    with pytest.raises(ccxt.NetworkError) as failed:
        venue.sapi_get_account_apirestrictions()
    assert "signature=" in str(failed.value)  # else this would show nothing
    signature = str(failed.value).split("signature=")[1][:64]
    heard.logger.error("refused: %s", failed.value, exc_info=failed.value)
    assert "127.0.0.1" in heard.text
    assert signature not in heard.text
    assert_absent([], [heard.text])


def test_alerts_are_scrubbed_on_their_way_into_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = open_journal(path)
    journal.raise_alert("key 1", "error", f"{CANARY_SECRET} for order?signature={SIGNATURE}", 5)
    journal.raise_alert(f"of {CANARY_KEY}", "error", "plain", 6)
    rows = journal.tables()["alerts_outbox"]
    assert [(one["key"], one["text"], one["raised_at"]) for one in rows] == [
        ("key 1", f"{HIDDEN} for order?signature={HIDDEN}", 5),
        (f"of {HIDDEN}", "plain", 6),
    ]
    journal.engine.dispose()
    assert_absent([tmp_path])


def test_what_a_tracker_is_given_keeps_its_figures() -> None:
    given_values = {"venue": f"https://u:{CANARY_KEY}@h", "folds": 4, "share": 0.5, "flag": True}
    found = scrub_values(given_values)
    assert found == given_values | {"venue": f"https://u:{HIDDEN}@h"}


@shielded
def _shielded(error: Exception) -> str:
    try:
        raise ConnectionError(f"signature={SIGNATURE}")
    except ConnectionError as cause:
        raise error from cause


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (BadInput(f"found {CANARY_KEY}; correct it"), BadInput, f"found {HIDDEN}; correct it"),
        (Unavailable("does not answer"), Unavailable, "does not answer"),
        (ValueError(CANARY_SECRET), KeelError, f"ValueError: {HIDDEN}"),
        (OSError(5, "no such", CANARY_SECRET), KeelError, "OSError"),
    ],
)
def test_errors_that_leave_a_task_show_none(error: Exception, kind: type[KeelError], text: str) -> None:
    import traceback

    with pytest.raises(kind) as raised:
        _shielded(error)
    assert text in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    shown = "".join(traceback.format_exception(raised.value))
    assert "_shielded" in shown
    assert f"={SIGNATURE}" not in shown
    assert_absent([], [shown, repr(raised.value)])


@shielded
async def _shielded_coroutine(error: Exception) -> str:
    """As a task is."""
    await asyncio.sleep(0)
    return _raised(error)


def _raised(error: Exception) -> str:
    try:
        raise ConnectionError(f"signature={SIGNATURE}")
    except ConnectionError as cause:
        raise error from cause


def test_errors_that_leave_a_coroutine_show_none() -> None:
    with pytest.raises(Unavailable) as raised:
        asyncio.run(_shielded_coroutine(Unavailable(f"found {CANARY_KEY}")))
    assert str(raised.value) == f"found {HIDDEN}"
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)
    plain = ValueError("plain")
    with pytest.raises(ValueError, match="plain") as left:
        asyncio.run(_shielded_plain(plain))
    assert left.value is plain
    assert inspect.iscoroutinefunction(_shielded_coroutine)
    assert str(inspect.signature(_shielded_coroutine)) == "(error: Exception) -> str"
    assert _shielded_coroutine.__doc__ == "As a task is."


@shielded
async def _shielded_plain(error: Exception) -> None:
    raise error


def test_a_cancelled_coroutine_is_cancelled() -> None:
    async def cancel() -> None:
        waiting = asyncio.ensure_future(_shielded_forever())
        await asyncio.sleep(0)
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())


@shielded
async def _shielded_forever() -> None:
    await asyncio.Event().wait()


def test_errors_without_secrets_leave_as_they_are() -> None:
    error = ValueError("plain")
    assert scrubbed_error(error) is error


ENDING = """
import sys, threading
from pydantic import SecretStr
from conf.secrets import remember
from flows import cli

class Finalized:
    def __del__(self):
        raise RuntimeError("finalizer of " + KEY)

def thread():
    raise RuntimeError("thread of " + KEY)

@cli.app.command("boom")
def boom() -> None:
    Finalized()
    one = threading.Thread(target=thread)
    one.start()
    one.join()
    raise RuntimeError("main of " + KEY)

KEY = sys.stdin.readline().strip()
remember(SecretStr(KEY))
sys.argv = ["keel", "boom"]
cli.main()
"""


def test_a_command_that_crashes_shows_none(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING],
        cwd=ROOT,
        env={**os.environ, "KEEL_HOME": str(tmp_path)},
        input=f"{CANARY_KEY}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    for who in ("finalizer", "thread", "main"):
        assert f"RuntimeError: {who} of {HIDDEN}" in done.stderr
    assert_absent([tmp_path], [done.stdout, done.stderr])


FLOW = """
import asyncio, sys
from prefect import flow, get_run_logger, task
from pydantic import SecretStr
from conf.secrets import remember
from tasks.adapters.redaction import protect, shielded

KEY = sys.stdin.readline().strip()

@task
@shielded
def ask() -> None:
    get_run_logger().warning("asked with %s", KEY)
    print("printed", KEY)
    raise ValueError("url?signature=abcdef0123456789 of " + KEY)

@flow(log_prints=True)
def leak() -> None:
    remember(SecretStr(KEY))
    protect()
    ask()

@flow
@shielded
async def leak_too(count: int = 1) -> None:
    remember(SecretStr(KEY))
    protect()
    raise ValueError("flow?signature=abcdef0123456789 of " + KEY)

try:
    asyncio.run(leak_too())
except Exception as error:
    print("ended too:", type(error).__name__)
try:
    leak()
except Exception as error:
    print("ended:", type(error).__name__)
"""


@pytest.mark.integration
def test_a_run_of_prefect_keeps_none_in_its_logs_states_and_database(tmp_path: Path) -> None:
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own = {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.2",
        "DO_NOT_TRACK": "1",
    }
    (tmp_path / "leak.py").write_text(FLOW)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "leak.py")],
        cwd=ROOT,
        env={**cleared, **own, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1,localhost"},
        input=f"{CANARY_KEY}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "ended: KeelError" in done.stdout, done.stderr
    assert "ended too: KeelError" in done.stdout, done.stderr
    found = (tmp_path / "prefect" / "prefect.db").read_bytes() + b"".join(
        path.read_bytes() for path in (tmp_path / "prefect").glob("prefect.db-*")
    )
    assert b"asked with ***" in found
    assert b"url?signature=***" in found
    assert b"flow?signature=***" in found
    assert_absent([tmp_path / "prefect"], [done.stdout, done.stderr])
