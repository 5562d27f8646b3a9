"""`keel secrets`: keys go in unseen, and what comes out says where they are and never what they are."""

import io
import json
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from key_places import LockedKeyring, MemoryKeyring, ec_pem, use_empty_machine, use_keyring

from tasks.adapters.credentials import Passphrase, ask_once, standard_sources, venue_keys

ROOT = Path(__file__).parent.parent.parent
LINE = json.dumps({"api_key": CANARY_KEY, "secret_key": CANARY_SECRET}) + "\n"
WORDS = "correct horse battery"


@pytest.fixture(autouse=True)
def _alone(keel_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_empty_machine(monkeypatch, tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(LINE))


def shown(*outcomes) -> list[str]:
    return [text for one in outcomes for text in (one.out, one.err)]


@pytest.mark.parametrize("target", ["keyring", "file", "env"])
def test_keys_go_in_and_are_found_there(keel, target, keel_home, tmp_path, monkeypatch) -> None:
    use_keyring(monkeypatch, MemoryKeyring())
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    kept = keel("secrets", "set", "kraken", "--to", target, "--json")
    assert kept.code == 0, kept.err
    assert kept.json["keys"] == ["kraken_api_key", "kraken_secret_key"]
    assert kept.json["shadowed"] == {}
    found = keel("secrets", "check", "--venue", "kraken", "--json")
    (kraken,) = found.json["venues"]
    source = ".env" if target == "env" else target
    assert [(one["name"], one["source"]) for one in kraken["keys"]] == [(one, source) for one in kept.json["keys"]]
    assert (found.code, found.json["ok"], kraken["complete"], kraken["rights"]) == (0, True, True, None)
    people = keel("secrets", "check")
    assert "kraken_secret_key" in people.out
    elsewhere = [path for path in tmp_path.rglob("*") if path.is_file() and path != tmp_path / ".env"]
    assert_absent(elsewhere, shown(kept, found, people))
    modes = {
        path.stat().st_mode & 0o077
        for path in (tmp_path / ".env", keel_home / "state" / "secrets.json.enc")
        if path.exists()
    }
    assert modes <= {0}


def test_without_a_choice_it_is_the_keyring_and_without_one_a_sentence(keel, monkeypatch) -> None:
    none = keel("secrets", "set", "kraken")
    assert (none.code, none.sentence) == (1, "this machine has no keyring; use --to file or --to env")
    use_keyring(monkeypatch, LockedKeyring())
    monkeypatch.setattr("sys.stdin", io.StringIO(LINE))
    locked = keel("secrets", "set", "kraken", "--json")
    assert locked.code == 1
    assert "unlock it" in locked.sentence
    assert_absent([], shown(none, locked))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mtgox",), "allowed is one of binance"),
        (("kraken", "--to", "yaml"), "allowed is keyring, file, env"),
        (("kraken", "--to", "file"), "set KEEL_SECRETS_PASSPHRASE"),
        (("bitget", "--to", "env"), "exactly api_key, secret_key, passphrase"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(arguments, said, keel, tmp_path) -> None:
    refused = keel("secrets", "set", *arguments)
    assert refused.code == 2
    assert said in refused.sentence
    assert_absent([tmp_path], shown(refused))


@pytest.mark.parametrize("target", ["file", "env"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"api_key": "%s\xff\xfe", "secret_key": "%s"}\n', "standard input is not UTF-8 text"),
        (b'{"api_key": "%s\\ud800", "secret_key": "%s"}\n', "kraken_api_key has characters that are not UTF-8 text"),
    ],
)
def test_keys_that_are_no_text_are_one_sentence(line, said, target, keel, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    given = io.BytesIO(line % (CANARY_KEY.encode(), CANARY_SECRET.encode()))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(given, encoding="utf-8"))
    refused = keel("secrets", "set", "kraken", "--to", target, "--json")
    assert refused.code == 2
    assert said in refused.sentence
    assert not (tmp_path / ".env").exists()
    assert_absent([tmp_path], shown(refused))


@pytest.mark.parametrize("variable", ["KRAKEN_API_KEY", "kraken_api_key"])
@pytest.mark.parametrize("command", [("secrets", "check"), ("secrets", "set", "kraken", "--to", "env"), ("check",)])
def test_a_variable_that_is_no_text_is_one_sentence(variable, command, keel, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(os.environ, variable, f"{CANARY_KEY}{chr(0xDCFF)}")
    refused = keel(*command, "--json")
    assert refused.code == 2
    assert f"{variable} in the environment is not UTF-8 text" in refused.out + refused.err
    assert "Traceback" not in refused.err
    assert_absent([], shown(refused))


def test_a_passphrase_that_is_no_text_is_one_sentence(keel, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(os.environ, "KEEL_SECRETS_PASSPHRASE", f"{WORDS}{chr(0xDCFF)}")
    refused = keel("secrets", "set", "kraken", "--to", "file")
    assert (refused.code, refused.sentence) == (2, "the passphrase is not UTF-8 text; give it anew")
    assert_absent([tmp_path], shown(refused))


def test_a_key_is_no_argument(keel, tmp_path) -> None:
    refused = keel("secrets", "set", "kraken", CANARY_SECRET)
    assert refused.code == 2
    refused_too = keel("secrets", "set", "kraken", "--secret-key", "whatever it is")
    assert refused_too.code == 2
    assert_absent([tmp_path], [refused_too.out, refused_too.err])


def test_a_dotenv_file_that_others_can_read_is_refused(keel, tmp_path) -> None:
    (tmp_path / ".env").write_text("KRAKEN_API_KEY=\n")
    (tmp_path / ".env").chmod(0o640)
    refused = keel("secrets", "set", "kraken", "--to", "env")
    assert refused.code == 2
    assert "chmod 600" in refused.sentence
    report = keel("secrets", "check", "--json")
    assert (report.code, report.json["ok"]) == (2, False)
    (dotenv,) = [one for one in report.json["sources"] if one["name"] == ".env"]
    assert (dotenv["ok"], dotenv["mode"]) == (False, "640")
    assert "chmod 600" in dotenv["why"]
    assert_absent([tmp_path], shown(refused, report))


def test_a_home_that_cannot_be_written_is_one_sentence(keel, tmp_path, monkeypatch) -> None:
    (tmp_path / "occupied").write_text("no folder")
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "occupied"))
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    failed = keel("secrets", "set", "kraken", "--to", "file")
    assert failed.code == 1
    assert "point KEEL_HOME elsewhere" in failed.sentence
    assert_absent([tmp_path], shown(failed))


def test_missing_locked_wrong_and_damaged_are_told_apart(keel, keel_home, monkeypatch) -> None:
    def look() -> tuple[int, bool, str]:
        outcome = keel("secrets", "check", "--venue", "kraken", "--json")
        (file,) = [one for one in outcome.json["sources"] if one["name"] == "file"]
        assert_absent([keel_home] if keel_home.exists() else [], shown(outcome))
        return outcome.code, file["ok"], file["why"] or ""

    assert look()[:2] == (0, True)
    assert "there is no file" in look()[2]
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    assert keel("secrets", "set", "kraken", "--to", "file").code == 0
    assert look() == (0, True, "")
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", "another passphrase")
    code, ok, why = look()
    assert (code, ok) == (2, False)
    assert "not opened by this passphrase" in why
    monkeypatch.delenv("KEEL_SECRETS_PASSPHRASE")
    code, ok, why = look()
    assert (code, ok) == (0, True)
    assert "locked" in why
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    path = keel_home / "state" / "secrets.json.enc"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    code, ok, why = look()
    assert (code, ok) == (1, False)
    assert "checksum" in why


def test_what_stands_above_hides_it_and_is_told(keel, monkeypatch) -> None:
    monkeypatch.setenv("KRAKEN_SECRET_KEY", "the one of the environment")
    kept = keel("secrets", "set", "kraken", "--to", "env", "--json")
    assert kept.json["shadowed"] == {"kraken_secret_key": "environment"}
    monkeypatch.setattr("sys.stdin", io.StringIO(LINE))
    told = keel("secrets", "set", "kraken", "--to", "env")
    assert "kraken_secret_key is read from the environment" in told.err
    report = keel("secrets", "check", "--venue", "kraken")
    assert "several sources" in report.err
    assert_absent([], shown(kept, told, report))


def test_no_exchange_client_is_loaded_for_it(tmp_path) -> None:
    code = (
        "import sys\nfrom flows.cli import app\n"
        "try:\n    app(['secrets', 'check', '--json'])\nexcept SystemExit:\n    pass\n"
        "sys.exit(any(name.split('.')[0] == 'ccxt' for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "KEEL_HOME": str(tmp_path)}, check=False, timeout=120
    )
    assert done.returncode == 0


def at_a_terminal(home: Path, venue: str, answers: dict[bytes, str]) -> tuple[str, dict[str, object]]:
    """What a terminal shows of a person who pastes each answer as soon as it is asked for, and what is printed."""
    environment = {**os.environ, "KEEL_HOME": str(home), "KEEL_SECRETS_PASSPHRASE": WORDS}
    command = [sys.executable, "-m", "flows.cli", "secrets", "set", venue, "--to", "file", "--json"]
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=slave, stdout=subprocess.PIPE, stderr=slave, start_new_session=True
    )
    seen = b""
    for asked, answer in answers.items():
        while asked not in seen:
            assert select.select([master], [], [], 200.0)[0], seen
            seen += os.read(master, 4096)
        os.write(master, f"{answer}\n".encode())
    assert process.stdout is not None
    out = process.stdout.read().decode()
    assert process.wait(200) == 0, seen
    assert termios.tcgetattr(slave)[3] & termios.ECHO
    while select.select([master], [], [], 0.0)[0]:
        seen += os.read(master, 4096)
    os.close(master)
    os.close(slave)
    found = json.loads(out)
    assert isinstance(found, dict)
    return seen.decode() + out, found


def test_a_person_at_a_terminal_types_unseen(tmp_path) -> None:
    answers = {b"kraken api key: ": CANARY_KEY, b"kraken secret key: ": CANARY_SECRET}
    seen, kept = at_a_terminal(tmp_path, "kraken", answers)
    assert kept["keys"] == ["kraken_api_key", "kraken_secret_key"]
    assert_absent([tmp_path], [seen])


def test_a_key_of_several_lines_is_pasted_at_once(tmp_path, keel, monkeypatch) -> None:
    pem = ec_pem()
    answers = {b"api key: ": "organizations/1/apiKeys/2", b"secret key: ": pem.strip()}
    seen, kept = at_a_terminal(tmp_path, "coinbase", answers)
    assert kept["keys"] == ["coinbase_api_key", "coinbase_secret_key"]
    assert not any(line in seen for line in pem.splitlines())
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    keys = venue_keys("coinbase", standard_sources(tmp_path, Passphrase()))
    assert keys.secret.get_secret_value() == pem


ASKS = """
import sys
from pathlib import Path
from tasks.adapters.credentials import Passphrase, ask_once, standard_sources, venue_keys
for _ in range(2):
    keys = venue_keys("kraken", standard_sources(Path(sys.argv[1]), Passphrase(ask_once)))
print(len(keys.key.get_secret_value()), len(keys.secret.get_secret_value()))
"""


def test_who_sits_at_a_terminal_is_asked_once_for_the_passphrase(keel, keel_home, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS)
    assert keel("secrets", "set", "kraken", "--to", "file").code == 0
    monkeypatch.delenv("KEEL_SECRETS_PASSPHRASE")
    master, slave = pty.openpty()
    command = [sys.executable, "-c", ASKS, str(keel_home)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=slave, stdout=subprocess.PIPE, stderr=slave, start_new_session=True
    )
    os.write(master, f"{WORDS}\n".encode())
    assert process.stdout is not None
    out = process.stdout.read().decode()
    assert process.wait(200) == 0
    assert out.split() == [str(len(CANARY_KEY)), str(len(CANARY_SECRET))]
    seen = os.read(master, 65_536).decode()
    for end in (master, slave):
        os.close(end)
    assert seen.count("passphrase of the encrypted file") == 1


def test_nobody_is_asked_without_a_terminal(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("typed for somebody else\n"))
    assert ask_once("passphrase") == ""
    monkeypatch.setattr("sys.stdin", None)
    assert ask_once("passphrase") == ""
