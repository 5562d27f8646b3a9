"""Each key comes from the first source that has it; what cannot be asked is said, and no source shows a key."""

import json
import os
import stat
from pathlib import Path

import pytest
from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from hypothesis import given
from hypothesis import strategies as st
from key_places import LockedKeyring, MemoryKeyring, ec_pem, use_empty_machine, use_keyring
from pydantic import SecretStr

from conf.secrets import KEYS, VENUES, Secrets, names_of, read_dotenv, variable_of
from models.types import BadInput, KeelError, Unavailable
from models.types.wire import KeyRights
from tasks.adapters.credentials import (
    DotenvFile,
    Environment,
    OsKeyring,
    Passphrase,
    SealedFile,
    check_secrets,
    find,
    keep,
    parsed_keys,
    sealed_path,
    sound_key,
    standard_sources,
    venue_keys,
    writable,
)
from tasks.adapters.credentials.cost import Cost

ROOT = Path(__file__).parent.parent.parent
NAMES = names_of("bitget")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_empty_machine(monkeypatch, tmp_path)


def values(named: dict[str, str]) -> dict[str, SecretStr]:
    return {name: SecretStr(value) for name, value in named.items()}


def plant(home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Environment, DotenvFile, OsKeyring, SealedFile]:
    """bitget's keys: one in each of environment, `.env` and keyring, and all of them in the encrypted file."""
    monkeypatch.setenv("BITGET_API_KEY", "key of the environment")
    dotenv = DotenvFile(home / ".env")
    dotenv.keep(values({"bitget_api_key": "key of .env", "bitget_secret_key": "secret of .env"}))
    backend = MemoryKeyring()
    use_keyring(monkeypatch, backend)
    OsKeyring().keep(
        values({"bitget_secret_key": "secret of the keyring", "bitget_passphrase": "words of the keyring"})
    )
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", "correct horse battery")
    sealed = SealedFile(sealed_path(home), Passphrase(), Cost(n=1 << 10))
    sealed.keep({name: SecretStr(f"{name} of the file") for name in names_of("bitget")})
    return Environment(), dotenv, OsKeyring(), sealed


def test_the_table_the_fields_and_the_example_name_the_same_keys() -> None:
    names = {name for owner in KEYS for name in names_of(owner)}
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = {line.removesuffix("=") for line in lines if line and not line.startswith("#")}
    assert names == set(Secrets.model_fields)
    assert {variable_of(name) for name in names} == example
    assert set(VENUES) <= set(KEYS)
    with pytest.raises(BadInput, match="allowed is one of binance, alpaca, kraken, coinbase, bitget"):
        names_of("mtgox")


def test_the_first_source_that_has_a_key_is_the_one_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = plant(tmp_path, monkeypatch)
    found = find(NAMES, sources)
    assert {name: value.get_secret_value() for name, value in found.values.items()} == {
        "bitget_api_key": "key of the environment",
        "bitget_secret_key": "secret of .env",
        "bitget_passphrase": "words of the keyring",
    }
    assert list(found.sources.values()) == ["environment", ".env", "keyring"]
    assert [one.name for one in standard_sources(tmp_path, Passphrase())] == [one.name for one in sources]
    for missing in (0, 1, 2):
        rest = find(NAMES, [one for number, one in enumerate(sources) if number != missing])
        assert set(rest.values) == set(NAMES)
    assert set(find(NAMES, sources[3:]).sources.values()) == {"file"}


def test_no_source_is_asked_for_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, LockedKeyring())
    monkeypatch.setenv("KRAKEN_API_KEY", "key of kraken")
    monkeypatch.setenv("KRAKEN_SECRET_KEY", "secret of kraken")
    keys = venue_keys("kraken", standard_sources(tmp_path, Passphrase()))
    assert keys.key.get_secret_value() == "key of kraken"
    assert keys.secret.get_secret_value() == "secret of kraken"
    assert keys.passphrase is None
    assert "of kraken" not in repr(keys)


def test_keys_that_are_missing_are_named_with_what_was_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SealedFile(sealed_path(tmp_path), Passphrase(lambda _what: "correct horse battery"), Cost(n=1 << 10)).keep(
        values({"bitget_passphrase": CANARY_SECRET})
    )
    monkeypatch.setenv("BITGET_API_KEY", CANARY_KEY)
    with pytest.raises(BadInput) as missing:
        venue_keys("bitget", standard_sources(tmp_path, Passphrase()))
    said = str(missing.value)
    assert "bitget is without BITGET_SECRET_KEY, BITGET_PASSPHRASE" in said
    assert "this machine has no keyring" in said
    assert "is locked; set KEEL_SECRETS_PASSPHRASE" in said
    assert "keel secrets set bitget" in said
    assert_absent([tmp_path], [said])


def test_a_locked_keyring_is_no_missing_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = LockedKeyring()
    backend.entries["keel", "kraken_api_key"] = CANARY_KEY
    use_keyring(monkeypatch, backend)
    for act in (lambda: OsKeyring().look(["kraken_api_key"]), lambda: OsKeyring().keep(values({"x": CANARY_SECRET}))):
        with pytest.raises(Unavailable, match="unlock it") as failed:
            act()
        assert_absent([], [str(failed.value), repr(failed.value.__cause__)])
        assert failed.value.__suppress_context__


def test_a_machine_without_a_keyring_is_no_error_until_one_is_asked_for() -> None:
    assert OsKeyring().look(NAMES).why_not == "this machine has no keyring"
    with pytest.raises(Unavailable, match="--to file or --to env"):
        OsKeyring().keep(values({"kraken_api_key": "whatever"}))


def test_a_key_that_is_hidden_by_a_source_above_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = plant(tmp_path, monkeypatch)
    given_keys = {name: SecretStr(f"new {name}") for name in NAMES}
    kept = keep(given_keys, writable("keyring", sources), sources)
    assert kept.names == NAMES
    assert kept.shadowed == {"bitget_api_key": "environment", "bitget_secret_key": ".env"}
    assert keep(given_keys, writable("env", sources), sources).shadowed == {"bitget_api_key": "environment"}
    assert {writable(one, sources).name for one in ("keyring", "file", "env")} == {"keyring", "file", ".env"}


def test_the_report_shows_sources_and_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = plant(tmp_path, monkeypatch)
    (tmp_path / ".env").chmod(0o640)
    report = check_secrets(["bitget", "kraken"], sources)
    bitget, kraken = report.venues
    assert [(one.name, one.source, one.also) for one in bitget.keys] == [
        ("bitget_api_key", "environment", ("file",)),
        ("bitget_secret_key", "keyring", ("file",)),
        ("bitget_passphrase", "keyring", ("file",)),
    ]
    assert (bitget.complete, bitget.mixed, kraken.complete, kraken.mixed) == (True, True, False, False)
    assert [(one.name, one.ok, one.mode) for one in report.sources] == [
        ("environment", True, None),
        (".env", False, "640"),
        ("keyring", True, None),
        ("file", True, "600"),
    ]
    assert isinstance(report.error, BadInput)
    assert not any(value in repr(report) for value in ("key of", "secret of", "words of"))


def test_only_complete_keys_are_asked_for_their_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rights(venue: str) -> KeyRights:
        asked.append(venue)
        return KeyRights(venue, True, False, False, True, True)

    report = check_secrets(["kraken", "bitget"], plant(tmp_path, monkeypatch), rights)
    assert asked == ["bitget"]
    assert [one.rights is None for one in report.venues] == [True, False]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.booleans())
def test_what_is_written_to_a_dotenv_file_is_read_back_or_refused(tmp_path_factory, value: str, export: bool) -> None:
    file = tmp_path_factory.mktemp("env") / ".env"
    file.write_text(
        f"# mine\n{'export ' if export else ''}KRAKEN_API_KEY='old\nvalue'\nOTHER=1\nKRAKEN_SECRET_KEY=x1\n"
    )
    file.chmod(0o600)
    before = file.read_text()
    try:
        DotenvFile(file).keep(values({"kraken_api_key": value}))
    except BadInput:
        assert file.read_text() == before
        return
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = read_dotenv(file)
    assert found["kraken_api_key"].get_secret_value() == value
    assert found["kraken_secret_key"].get_secret_value() == "x1"
    assert "# mine\n" in file.read_text()
    assert "OTHER=1\n" in file.read_text()
    assert file.read_text().count("KRAKEN_API_KEY") == 1


def test_usual_keys_and_pems_fit_into_a_dotenv_file(tmp_path: Path) -> None:
    pem = ec_pem()
    file = DotenvFile(tmp_path / ".env")
    file.keep(
        values({"kraken_api_key": CANARY_KEY, "kraken_secret_key": CANARY_SECRET, "bitget_passphrase": "with blank #1"})
    )
    file.keep(values({"coinbase_secret_key": pem}))
    found = file.look(list(Secrets.model_fields)).values
    assert found["coinbase_secret_key"].get_secret_value() == pem
    assert found["kraken_secret_key"].get_secret_value() == CANARY_SECRET
    assert found["bitget_passphrase"].get_secret_value() == "with blank #1"
    secrets = Secrets(_env_file=file.file)
    assert secrets.coinbase_secret_key is not None
    assert secrets.coinbase_secret_key.get_secret_value() == pem


def test_a_pem_in_a_variable_has_its_line_ends_back(monkeypatch: pytest.MonkeyPatch) -> None:
    pem = ec_pem()
    monkeypatch.setenv("COINBASE_SECRET_KEY", pem.replace("\n", "\\n"))
    (found,) = Environment().look(["coinbase_secret_key"]).values.values()
    assert found.get_secret_value() == pem


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_dotenv_file_that_others_can_read_is_not_written(mode: int, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    file.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        DotenvFile(file).keep(values({"kraken_api_key": CANARY_KEY}))
    assert file.read_text() == "A=1\n"
    assert_absent([tmp_path])


def test_a_dotenv_file_is_made_with_nobody_looking_on(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        DotenvFile(tmp_path / ".env").keep(values({"kraken_api_key": "a new key"}))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no JSON object"),
        (CANARY_SECRET, "no JSON object"),
        (json.dumps([CANARY_KEY, CANARY_SECRET]), "no JSON object"),
        ('{"api_key": "' + CANARY_KEY, "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        (json.dumps({"api_key": CANARY_KEY}), "exactly api_key, secret_key"),
        (json.dumps({"api_key": CANARY_KEY, CANARY_SECRET: "x", "secret_key": "y"}), "exactly api_key, secret_key"),
        (json.dumps({"api_key": CANARY_KEY, "secret_key": 7}), "is no text"),
        (json.dumps({"api_key": CANARY_KEY, "secret_key": " abc "}), "3 characters"),
        (json.dumps({"api_key": CANARY_KEY, "secret_key": CANARY_SECRET * 60}), "characters; allowed are 6 to 4096"),
        (json.dumps({"api_key": CANARY_KEY, "secret_key": f"{CANARY_SECRET}\n{CANARY_SECRET}"}), "cannot be typed"),
    ],
)
def test_input_that_is_no_key_is_refused_unseen(line: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        parsed_keys("kraken", line)
    assert_absent([], [str(refused.value), repr(refused.value), repr(refused.value.__cause__)])


def test_a_key_for_coinbase_is_an_ec_key() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = ec_pem()
    for text in (pem, pem.replace("\n", "\\n"), f"  {pem}\r\n", pem.replace("\n", "\r\n")):
        assert sound_key("coinbase_secret_key", text).get_secret_value() == pem
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text in (other, CANARY_SECRET, pem[:-60]):
        with pytest.raises(BadInput, match="no private EC key") as refused:
            sound_key("coinbase_secret_key", text)
        assert text.strip()[30:60] not in str(refused.value)


def test_every_error_of_a_source_is_one_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, LockedKeyring())
    (tmp_path / ".env").write_bytes(b"A=\xff")
    (tmp_path / ".env").chmod(0o600)
    sealed_path(tmp_path).parent.mkdir()
    sealed_path(tmp_path).write_bytes(b"no such thing")
    sealed_path(tmp_path).chmod(0o600)
    monkeypatch.setenv("KEEL_SECRETS_PASSPHRASE", "correct horse battery")
    report = check_secrets(None, standard_sources(tmp_path, Passphrase()))
    assert [type(one.error).__name__ for one in report.sources] == ["NoneType", "BadInput", "Unavailable", "Damaged"]
    assert all(isinstance(one.error, KeelError) for one in report.sources[1:])
