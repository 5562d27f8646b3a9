"""The encrypted file opens with its passphrase and as it was written, and in no other way."""

import hashlib
import stat
import threading
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from hypothesis import example, given, settings
from hypothesis import strategies as st
from key_places import use_empty_machine
from pydantic import SecretStr

from models.types import BadInput, Damaged, KeelError, Refused, Unavailable
from tasks.adapters.credentials import Passphrase, SealedFile, sealed_path
from tasks.adapters.credentials.cost import Cost
from tasks.adapters.credentials.sealed import HEADER, MAGIC, SUM_BYTES, seal, unseal

CHEAP = Cost(n=1 << 10)
WORDS = SecretStr("correct horse battery")
VALUES = {"kraken_api_key": SecretStr(CANARY_KEY), "kraken_secret_key": SecretStr(CANARY_SECRET)}
SEALED = seal(VALUES, WORDS, CHEAP)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_empty_machine(monkeypatch, tmp_path)


@pytest.fixture
def passphrase(monkeypatch: pytest.MonkeyPatch) -> Passphrase:
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS.get_secret_value())
    return Passphrase()


def _file(path: Path, passphrase: Passphrase) -> SealedFile:
    return SealedFile(path, passphrase, CHEAP)


def resummed(content: bytes) -> bytes:
    """The bytes with a checksum that fits: what somebody writes who knows the format and not the passphrase."""
    return content[:-SUM_BYTES] + hashlib.sha256(content[:-SUM_BYTES]).digest()


@settings(max_examples=300)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200).map(SecretStr), max_size=8), st.text(max_size=40))
def test_what_was_sealed_comes_back(values: dict[str, SecretStr], words: str) -> None:
    assert unseal(seal(values, SecretStr(words), CHEAP), SecretStr(words)) == values


def test_the_same_is_never_sealed_twice_the_same_and_shows_nothing() -> None:
    other = seal(VALUES, WORDS, CHEAP)
    salts = [HEADER.unpack(one[: HEADER.size])[-2:] for one in (SEALED, other)]
    assert set(salts[0]).isdisjoint(salts[1])
    assert_absent([], [SEALED.decode("latin-1"), other.decode("latin-1")])


@settings(max_examples=1_000)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@example(0, 1)
@example(len(SEALED) - 1, 1)
def test_a_byte_that_changed_anywhere_is_damage(position: int, change: int) -> None:
    content = bytearray(SEALED)
    content[position] ^= change
    with pytest.raises(Damaged, match="checksum"):
        unseal(bytes(content), WORDS)


@settings(max_examples=200)
@given(st.integers(0, len(SEALED) - SUM_BYTES - 1), st.integers(0, 7))
def test_a_forged_checksum_opens_nothing(position: int, bit: int) -> None:
    content = bytearray(SEALED)
    content[position] ^= 1 << bit
    with pytest.raises((Damaged, Refused, BadInput)):
        unseal(resummed(bytes(content)), WORDS)


@given(st.integers(0, len(SEALED) - 1))
def test_a_file_that_was_cut_is_damage(length: int) -> None:
    with pytest.raises(Damaged):
        unseal(SEALED[:length], WORDS)


@pytest.mark.parametrize("tail", [b"\0", b"x" * 40, SEALED])
def test_a_file_that_grew_is_damage(tail: bytes) -> None:
    with pytest.raises(Damaged):
        unseal(SEALED + tail, WORDS)


@pytest.mark.parametrize(
    ("n", "r", "p"),
    [(1 << 31, 8, 1), (0, 8, 1), (1000, 8, 1), (1 << 14, 1 << 30, 1), (1 << 14, 0, 1), (1 << 14, 8, 99)],
)
def test_a_forged_cost_does_not_fill_the_memory(n: int, r: int, p: int) -> None:
    *_, salt, nonce = HEADER.unpack(SEALED[: HEADER.size])
    forged = HEADER.pack(MAGIC, 1, n, r, p, salt, nonce) + SEALED[HEADER.size :]
    with pytest.raises(Damaged, match="scrypt"):
        unseal(resummed(forged), WORDS)


def test_a_newer_version_is_refused_and_another_passphrase_told_apart() -> None:
    content = bytearray(SEALED)
    content[len(MAGIC)] = 2
    with pytest.raises(Refused, match="version 2"):
        unseal(resummed(bytes(content)), WORDS)
    with pytest.raises(BadInput, match="passphrase") as wrong:
        unseal(SEALED, SecretStr("correct horse batterz"))
    assert "batter" not in str(wrong.value)


def test_keys_are_added_to_the_file_which_is_its_owners_alone(tmp_path: Path, passphrase: Passphrase) -> None:
    file = _file(sealed_path(tmp_path), passphrase)
    assert file.keep(VALUES) == str(file.file) == str(tmp_path / "state" / "secrets.json.enc")
    before = file.file.read_bytes()
    file.keep({"kraken_api_key": SecretStr("a later key"), "binance_api_key": SecretStr("another key")})
    assert stat.S_IMODE(file.file.stat().st_mode) == 0o600
    assert before[: HEADER.size] != file.file.read_bytes()[: HEADER.size]
    found = file.look(["kraken_api_key", "kraken_secret_key", "binance_api_key", "bitget_api_key"]).values
    assert {name: value.get_secret_value() for name, value in found.items()} == {
        "kraken_api_key": "a later key",
        "kraken_secret_key": CANARY_SECRET,
        "binance_api_key": "another key",
    }
    assert_absent([tmp_path], [repr(found), repr(file), str(file.look(VALUES)), repr(passphrase)])


def test_two_at_once_lose_nothing(tmp_path: Path, passphrase: Passphrase) -> None:
    file = _file(sealed_path(tmp_path), passphrase)
    names = [f"key_{number}" for number in range(6)]
    writers = [threading.Thread(target=file.keep, args=({name: SecretStr(f"value of {name}")},)) for name in names]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert set(file.look(names).values) == set(names)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(bytes(content))


def _forge(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[HEADER.size + 3] ^= 4
    path.write_bytes(resummed(bytes(content)))


@pytest.mark.parametrize(
    ("harm", "kind", "said"),
    [
        (_flip, Damaged, "does not match its checksum"),
        (_forge, BadInput, "not opened by this passphrase"),
        (lambda path: path.write_bytes(b""), Damaged, "0 bytes"),
        (lambda path: path.chmod(0o640), BadInput, "chmod 600"),
        (lambda path: (path.unlink(), path.mkdir(mode=0o700)), BadInput, "no regular file"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_and_nothing_is_written_over_it(
    harm, kind: type[KeelError], said: str, tmp_path: Path, passphrase: Passphrase
) -> None:
    file = _file(sealed_path(tmp_path), passphrase)
    file.keep(VALUES)
    harm(file.file)
    before = file.file.read_bytes() if file.file.is_file() else None
    for act in (lambda: file.look(VALUES), lambda: file.keep(VALUES)):
        with pytest.raises(kind, match=said) as failed:
            act()
        assert str(file.file) in str(failed.value)
    assert before == (file.file.read_bytes() if file.file.is_file() else None)


def test_missing_and_locked_are_no_errors_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _file(sealed_path(tmp_path), Passphrase())
    assert "there is no file" in str(file.look(VALUES).why_not)
    with pytest.raises(BadInput, match="KEEL_SECRETS_PASSPHRASE"):
        file.keep(VALUES)
    assert not file.file.exists()
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", WORDS.get_secret_value())
    _file(file.file, Passphrase()).keep(VALUES)
    monkeypatch.delenv("KEEL_SECRETS_PASSPHRASE")
    look = file.look(VALUES)
    assert look.values == {}
    assert "locked" in str(look.why_not)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, passphrase: Passphrase) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="KEEL_HOME elsewhere") as failed:
        _file(sealed_path(tmp_path / "home"), passphrase).keep(VALUES)
    assert_absent([tmp_path], [str(failed.value)])


def test_a_person_is_asked_once_and_twice_for_a_new_one(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return WORDS.get_secret_value()

    file = _file(sealed_path(tmp_path), Passphrase(ask))
    file.keep(VALUES)
    assert set(file.look(VALUES).values) == set(VALUES)
    assert [one.split()[0] for one in asked] == ["new", "again"]
    again = _file(file.file, Passphrase(ask))
    assert set(again.look(VALUES).values) == set(VALUES)
    again.keep(VALUES)
    assert [one.split()[0] for one in asked] == ["new", "again", "passphrase"]


def test_a_short_passphrase_and_two_different_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too short"):
        _file(sealed_path(tmp_path), Passphrase(lambda _what: "eleven chars"[:11])).keep(VALUES)
    answers = iter(["correct horse battery", "correct horse batterz"])
    with pytest.raises(BadInput, match="not the same"):
        _file(sealed_path(tmp_path), Passphrase(lambda _what: next(answers))).keep(VALUES)
    assert not sealed_path(tmp_path).exists()


def test_the_usual_cost_is_dear_and_allowed() -> None:
    assert Cost().allowed
    assert 128 * Cost().n * Cost().r >= 128 << 20
