"""A journal on a PostgreSQL server that fails: each failure is a sentence, nothing acknowledged is lost or doubled."""

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from journal_places import at_database, empty_place, place_of, words_of
from journal_rows import HOUR, counts, made_decision, record
from postgres_server import PASSWORD, Server, postgres, shared_server
from sqlalchemy import text
from waiting import wait_until
from wire_orders import NOON, allow, made_order, open_log

from conf.home import PROJECT
from data.journal import AuditKind, AuditLog, Entry, Journal, JournalPlace
from data.journal.place import parsed_url
from data.journal.postgres import database_engine, others
from data.journal.reading import reads
from models.types import BadInput, Damaged, Refused, Unavailable

HALF = text("INSERT INTO control VALUES ('half', 'x', 1, 'PAUSE', 'keel')")
HELD = """
import sys
sys.path[:0] = ["tests/support"]
from journal_places import place_from
from sqlalchemy import text
journal = place_from(sys.argv[1]).open()
with journal.engine.begin() as connection:
    connection.execute(text("INSERT INTO control VALUES ('half', 'x', 1, 'PAUSE', 'keel')"))
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Its own: a test stops it."""
    with postgres(tmp_path) as made:
        yield made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[JournalPlace]:
    """With a journal in it."""
    with place_of("postgresql", tmp_path / "state") as place:
        yield place


def test_a_server_that_starts_again_is_used_again_and_nothing_is_written_twice(server: Server, tmp_path: Path) -> None:
    with at_database(server.new_database(), tmp_path / "state") as place:
        journal = place.open()
        record(journal, made_decision(0))
        server.crash()
        for _ in range(2):
            with pytest.raises(Unavailable, match="see whether the server runs"):
                record(journal, made_decision(1))
            with pytest.raises(Unavailable, match="see whether the server runs"):
                place.open()
        server.start()
        assert record(journal, made_decision(1))
        assert not record(journal, made_decision(1))
        assert [one.bar for one in journal.decisions_of("book")] == [0, HOUR]


def test_a_connection_that_is_lost_in_the_middle_leaves_nothing_and_is_not_tried_again(database: JournalPlace) -> None:
    journal = database.open()
    record(journal, made_decision(0))

    def cut_off() -> None:
        with journal.engine.begin() as connection:
            connection.execute(HALF)
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            shared_server().execute(f"SELECT pg_terminate_backend({mine})")
            connection.execute(HALF)

    with pytest.raises(Unavailable, match="as a whole or not at all") as error:
        cut_off()
    assert PASSWORD not in str(error.value)
    assert "control" not in counts(journal)
    assert record(journal, made_decision(1))


def test_a_killed_writer_leaves_nothing_half_and_keeps_nobody_waiting(database: JournalPlace) -> None:
    journal = database.open()
    writer = subprocess.Popen(
        [sys.executable, "-c", HELD, words_of(database)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "held\n"
    assert [f"process {writer.pid} on" in one for one in others(journal.engine)] == [True]
    assert journal.stop() is None, "who reads does not wait"
    writer.kill()
    writer.communicate()
    journal.set_stop("after it", 1)
    assert counts(journal)["control"] == 1


def test_who_writes_waits_for_another_and_then_is_told(database: JournalPlace) -> None:
    journal = database.open()
    with journal.engine.begin(), pytest.raises(Unavailable, match="another process has been writing for too long"):
        journal.set_stop("late", 1)
    journal.set_stop("now", 2)
    assert journal.stop_reason() == "now"


def test_two_that_write_at_once_write_one_after_the_other(database: JournalPlace) -> None:
    """What is read in a transaction that writes stays true to its end."""
    journal = database.open()
    log = open_log(journal)
    together = threading.Barrier(3)

    def admit(name: str) -> None:
        together.wait()
        for number in range(10):
            log.admit(made_order(f"{name}-{number}"), allow, NOON + number)

    threads = [threading.Thread(target=admit, args=(name,)) for name in "abc"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [row["number"] for row in journal.tables()["wire_orders"]] == list(range(1, 31))
    log.verify_chain()


WRONG = {
    "password": ("password authentication failed", "see the user and password"),
    "user": ("password authentication failed", "see the user and password"),
    "database": ("does not exist", "create it, or see its name"),
    "port": ("refused", "see whether the server runs"),
    "host": ("", "see whether the server runs"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_address_that_is_wrong_is_a_sentence_without_the_password(wrong: str, tmp_path: Path) -> None:
    good = parsed_url(shared_server().new_database())
    changed = {
        "password": good.set(password="not-this-one"),  # noqa: S106 - a wrong one
        "user": good.set(username="nobody_here"),
        "database": good.set(database="not_there"),
        "port": good.set(port=1),
        "host": good.set(host="keel.invalid"),
    }[wrong]
    place = JournalPlace(tmp_path / "state", changed)
    for ask in (place.open, place.exists):
        with pytest.raises(Unavailable) as error:
            ask()
        said = str(error.value)
        assert all(words in said for words in WRONG[wrong])
        assert PASSWORD not in said
        assert "not-this-one" not in said
        assert "\n" not in said
    assert "***" not in str(place)
    assert PASSWORD not in repr(place)


def test_an_address_with_an_empty_password_leaves_the_words_as_they_are(tmp_path: Path) -> None:
    good = parsed_url(shared_server().new_database())
    place = JournalPlace(tmp_path / "state", good.set(password=""))
    with pytest.raises(Unavailable, match="connection to server at"):
        place.open()


def test_who_writes_as_another_user_is_connected_as_well(database: JournalPlace) -> None:
    """To who is no superuser the server does not say what others are doing, nor what they are."""
    user, other = f"u{uuid.uuid4().hex[:8]}", f"u{uuid.uuid4().hex[:8]}"
    for name in (user, other):
        shared_server().execute(f"CREATE ROLE {name} LOGIN PASSWORD 'w'")
    assert database.url is not None
    mine = database.url.set(username=user, password="w")  # noqa: S106 - of a test
    theirs = mine.set(drivername="postgresql", username=other).render_as_string(hide_password=False)
    engine = database_engine(mine, database.folder)
    try:
        with psycopg.connect(theirs, application_name="keel/elsewhere/77"):
            assert any(other in one or "77 on elsewhere" in one for one in others(engine))
        wait_until(lambda: others(engine) == [])
    finally:
        engine.dispose()


STATES = {
    "53100": (Unavailable, "its disk is full"),
    "53300": (Unavailable, "no connection left"),
    "57014": (Unavailable, "took too long"),
    "57P03": (Unavailable, "is stopping or starting"),
    "25006": (Unavailable, "only lets read"),
    "42501": (Unavailable, "may not do that"),
    "58030": (Unavailable, "its disk or file system fails"),
    "XX001": (Damaged, "restore the journal from a backup"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_the_server_says_is_a_sentence_with_what_to_do(state: str, database: JournalPlace) -> None:
    """Said by the server itself, in the middle of a transaction."""
    journal = database.open()
    kind, advice = STATES[state]
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'as it is' USING ERRCODE = '{state}'; END $$"

    def fail() -> None:
        with journal.engine.begin() as connection:
            connection.execute(HALF)
            connection.execute(text(raising))

    with pytest.raises(kind, match=advice):
        fail()
    assert counts(journal) == {}


def test_a_text_that_it_cannot_hold_is_the_callers_mistake(database: JournalPlace) -> None:
    journal = database.open()
    with pytest.raises(BadInput, match="a character that it cannot hold"):
        journal.set_stop("zero \0", 1)
    journal.raise_alert("k", "error", "zero \0", 1)
    assert [row["text"] for row in journal.tables()["alerts_outbox"]] == [r"zero \x00"]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[JournalPlace]:
    with empty_place("postgresql", tmp_path / "state") as place:
        yield place


def test_other_programs_databases_and_journals_without_their_revision_are_left_alone(bare: JournalPlace) -> None:
    assert bare.url is not None
    engine = database_engine(bare.url, bare.folder)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (id int)"))
    with pytest.raises(Refused, match=r"another program's \(it has runs\)"):
        bare.open()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('867495a8f9d4')"))
    with pytest.raises(Refused, match="another program's"):
        bare.open()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE runs, alembic_version"))
    bare.open()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(Damaged, match="does not say of which Keel"):
        bare.open()


@pytest.mark.parametrize(
    "given", ["nonsense", "sqlite:///there.sqlite", "postgresql://user:the-secret@host", "mysql://u:the-secret@h/d"]
)
def test_an_address_that_is_none_is_bad_input_and_not_repeated(given: str) -> None:
    with pytest.raises(BadInput, match=r"has the form postgresql\+psycopg://") as error:
        parsed_url(given)
    assert "the-secret" not in str(error.value)


def test_what_makes_it_durable_and_bounded_holds_on_every_connection(database: JournalPlace) -> None:
    journal = database.open()
    wanted = {"synchronous_commit": "on", "lock_timeout": "5s", "statement_timeout": "2min", "TimeZone": "UTC"}
    wanted |= {"idle_in_transaction_session_timeout": "30s"}
    held = [journal.engine.connect() for _ in range(3)]
    for one in held:
        assert {name: one.exec_driver_sql(f"SHOW {name}").scalar_one() for name in wanted} == wanted
        one.close()


def test_what_a_database_has_other_defaults_for_changes_nothing(tmp_path: Path) -> None:
    """Its own would let two writers see the same moment, and round figures."""
    url = shared_server().new_database()
    others_wish = {"default_transaction_isolation": "'repeatable read'", "extra_float_digits": "0"}
    for name, value in others_wish.items():
        shared_server().execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET {name} = {value}")
    with at_database(url, tmp_path / "state") as place:
        journal = place.open()
        log = AuditLog(journal.engine)

        def write(who: str) -> None:
            for at in range(10):
                log.append(Entry(AuditKind.STOPPED, "", who, "why", {}, at))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, "abcd"))
        assert log.verify() == 40
        with reads(journal.engine) as connection:
            assert connection.execute(text("SELECT 0.1::float8 + 0.2::float8")).scalar_one() == 0.1 + 0.2


def test_a_database_that_cannot_hold_every_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with at_database(shared_server().new_database(), tmp_path / "state") as place:
        place.open().raise_alert("k", "error", "20 \N{EURO SIGN}", 1)
    name = f"latin_{uuid.uuid4().hex}"
    shared_server().execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with (
        at_database(shared_server().url(name), tmp_path / "latin") as place,
        pytest.raises(Refused, match=r"has the encoding LATIN1, .* make one with UTF8"),
    ):
        place.open()


def test_texts_sort_by_their_bytes_whatever_the_databases_language(database: JournalPlace) -> None:
    journal = database.open()
    query = "SELECT DISTINCT collation_name FROM information_schema.columns WHERE data_type = 'text'"
    with journal.engine.connect() as connection:
        found = connection.execute(text(f"{query} AND table_schema = 'public'")).scalars().all()
    assert found == ["C"]


def test_figures_keep_every_bit(journal: Journal) -> None:
    """On both: 4 bytes would change them."""
    figures = [0.1 + 0.2, 1e-300, 1.7976931348623157e308, 123456789.123456789]
    with journal.engine.begin() as connection:
        for number, figure in enumerate(figures):
            connection.execute(
                text("INSERT INTO trials VALUES (:k, 'r', 'search', 'crisis', 0, 's', 'd', 1, :e, 1, '')"),
                {"k": str(number), "e": figure},
            )
    assert [repr(row["effective"]) for row in journal.tables()["trials"]] == [repr(one) for one in figures]


def test_a_reader_sees_one_moment(database: JournalPlace) -> None:
    journal = database.open()
    with reads(journal.engine) as connection:
        before = connection.execute(text("SELECT count(*) FROM alerts_outbox")).scalar_one()
        journal.raise_alert("k", "error", "x", 1)
        assert connection.execute(text("SELECT count(*) FROM alerts_outbox")).scalar_one() == before == 0

    def write() -> None:
        with reads(journal.engine) as connection:
            connection.execute(text("DELETE FROM alerts_outbox"))

    with pytest.raises(Unavailable, match="only lets read"):
        write()
    assert len(journal.tables()["alerts_outbox"]) == 1


def test_the_last_connection_of_a_place_can_be_let_go(database: JournalPlace) -> None:
    journal = database.open()
    journal.engine.dispose()
    with psycopg.connect(shared_server().url("postgres").replace("+psycopg", "")) as connection:
        named = str(journal.engine.url.database)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        wait_until(lambda: connection.execute(query, [named]).fetchone() == (0,))
