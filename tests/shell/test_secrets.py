"""Keys come from the environment or from a file that only its owner may read, and they are never shown."""

import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from conf import Secrets, load, load_secrets
from models.types import BadInput

CANARY = "c4n4ry-5ecret-value"


@pytest.fixture(autouse=True)
def _alone(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Secrets.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(f"BINANCE_API_KEY=plain\nBINANCE_SECRET_KEY={CANARY}\nUNRELATED=1\nBITGET_API_KEY=\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o602, 0o644, 0o777, 0o601])
def test_a_file_that_others_may_use_is_refused(mode: int, dotenv: Path) -> None:
    dotenv.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600") as refusal:
        load_secrets(dotenv)
    assert f"{mode:03o}" in str(refusal.value)
    assert str(dotenv) in str(refusal.value)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_file_is_read(mode: int, dotenv: Path) -> None:
    dotenv.chmod(mode)
    secrets = load_secrets(dotenv)
    assert secrets.binance_secret_key is not None
    assert secrets.binance_secret_key.get_secret_value() == CANARY
    assert secrets.present() == ["binance_api_key", "binance_secret_key"]


def test_the_environment_is_above_the_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_SECRET_KEY", "from the environment")
    monkeypatch.setenv("BINANCE_API_KEY", "")
    secrets = load_secrets(dotenv)
    assert secrets.binance_secret_key is not None
    assert secrets.binance_secret_key.get_secret_value() == "from the environment"
    assert secrets.binance_api_key is not None  # an empty variable is none
    assert secrets.binance_api_key.get_secret_value() == "plain"


def test_no_file_is_no_secrets(tmp_path: Path) -> None:
    assert load_secrets(tmp_path / ".env").present() == []


def test_a_file_that_is_no_text_is_one_sentence(dotenv: Path) -> None:
    dotenv.write_bytes(b"BINANCE_SECRET_KEY=\xff\xfe" + CANARY.encode())
    with pytest.raises(BadInput, match="text") as refusal:
        load_secrets(dotenv)
    assert CANARY not in str(refusal.value)


def test_secrets_are_never_shown(dotenv: Path) -> None:
    secrets = load_secrets(dotenv)
    shown = [repr(secrets), str(secrets), f"{secrets.binance_secret_key}", str(secrets.model_dump())]
    shown += [secrets.model_dump_json(), repr(vars(secrets)), str(secrets.present())]
    assert CANARY not in " ".join(shown)


def test_secrets_cannot_be_changed_and_no_error_shows_them(dotenv: Path) -> None:
    secrets = load_secrets(dotenv)
    with pytest.raises(ValidationError, match="frozen"):
        secrets.binance_secret_key = None
    with pytest.raises(ValidationError, match="valid string") as wrong:
        Secrets(binance_api_key=[CANARY])  # type: ignore[arg-type]
    assert CANARY not in _traceback(wrong.value)


@pytest.mark.parametrize("where", ["environment", "local"])
def test_a_secret_in_the_wrong_place_is_refused_unseen(
    where: str, conf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "environment":
        monkeypatch.setenv("KEEL_BINANCE_SECRET_KEY", CANARY)
    else:
        (conf_folder / "local.yaml").write_text(f"binance_secret_key: {CANARY}\n")
    with pytest.raises(BadInput, match="binance_secret_key is not known") as refusal:
        load(folder=conf_folder)
    assert CANARY not in _traceback(refusal.value)


def _traceback(error: BaseException) -> str:
    """Everything that a log would show of it, its causes included."""
    return "".join(traceback.format_exception(error))


def test_a_password_in_a_proxy_address_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_VENUES__BINANCE__HTTPS_PROXY", "http://me:canary-password@proxy:3128")
    with pytest.raises(BadInput, match="without a password") as refused:
        load()
    assert "canary-password" not in str(refused.value)
