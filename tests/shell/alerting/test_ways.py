"""Each way delivers to a receiver on the loopback; what fails says why, and never the address."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from alert_receivers import Mail, Receiver, chat_authority, mailing, receiving
from pydantic import SecretStr

from models.types import BadInput, Unavailable
from tasks.adapters.notifiers import Way, reach, send
from tasks.session.alerting.messages import harmless

pytestmark = pytest.mark.monitoring

KEY = "canary0secret0canary0secret"
ADDRESSES = {
    "slack": f"slack://T1JJ3T3L2/A1BRTD4JD/{KEY[:24]}",
    "telegram": f"tgram://123456789:{KEY}/12315544/",
    "pagerduty": f"pagerduty://{KEY[:32]:x<32}@{KEY}",
}
TITLE, BODY = (
    "[CRITICAL] Trading is stopped",
    "first line & *star* _x_\nRunbook: docs/runbook.md#stop-latched",
)


@pytest.fixture
def chats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    authority = chat_authority(tmp_path)
    with receiving(authority) as told:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{told.port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "127.0.0.1")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca_file))
        yield told


@pytest.fixture
def mail() -> Iterator[Mail]:
    with mailing() as server:
        yield server


def _way(name: str) -> Way:
    return Way(name, SecretStr(ADDRESSES[name]))


def test_slack(chats: Receiver) -> None:
    send(_way("slack"), TITLE, BODY, "critical", 5.0)
    ((host, path, body),) = chats.got
    assert (host, path.split("/")[1]) == ("hooks.slack.com", "services")
    (attachment,) = body["attachments"]
    assert attachment["title"] == TITLE
    assert "first line" in attachment["text"]
    assert "docs/runbook.md#stop-latched" in attachment["text"]


def test_telegram(chats: Receiver) -> None:
    text = harmless("<b>buy</b> <a href='https://evil.example'>this</a>", 800)
    send(_way("telegram"), TITLE, f"{text}\n{BODY}", "critical", 5.0)
    ((host, path, body),) = [one for one in chats.got if one[1].endswith("/sendMessage")]
    assert host == "api.telegram.org"
    assert KEY in path
    assert "Trading is stopped" in body["text"]
    assert body["text"].count("<") == 2, "of our own title alone: what is text of others stays text"
    assert "https://" not in body["text"]


def test_telegram_takes_no_more_than_it_can(chats: Receiver) -> None:
    send(_way("telegram"), TITLE, "x" * 10_000, "critical", 5.0)
    (body,) = [one[2] for one in chats.got if one[1].endswith("/sendMessage")]
    assert len(body["text"]) <= 4096


@pytest.mark.parametrize(("severity", "theirs"), [("critical", "critical"), ("warning", "warning"), ("info", "info")])
def test_pagerduty(chats: Receiver, severity: str, theirs: str) -> None:
    send(_way("pagerduty"), TITLE, BODY + "x" * 3000, severity, 5.0)
    ((host, _, body),) = chats.got
    assert host == "events.pagerduty.com"
    assert "Trading is stopped" in body["payload"]["summary"]
    assert len(body["payload"]["summary"]) <= 1024
    assert body["payload"]["severity"] == theirs


def test_webhook() -> None:
    with receiving() as told:
        send(Way("webhook", SecretStr(f"{told.url}/{KEY}")), TITLE, BODY, "critical", 5.0)
    ((_, path, body),) = told.got
    assert path == f"/hook/{KEY}"
    assert (body["title"], body["message"]) == (TITLE, BODY)


def test_email(mail: Mail) -> None:
    address = f"mailto://keel:{KEY}@example.org?smtp=127.0.0.1&port={mail.port}&mode=insecure&from=keel@example.org&to=me@example.org"
    send(Way("email", SecretStr(address)), TITLE, BODY, "critical", 5.0)
    ((sender, to, subject, text),) = mail.got
    assert (sender, to) == ("keel@example.org", "me@example.org")
    assert "Trading is stopped" in subject
    assert "docs/runbook.md#stop-latched" in text


def test_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("keel.alerts").propagate = True
    with caplog.at_level(logging.INFO, "keel.alerts"):
        send(Way("log"), TITLE, BODY, "critical", 5.0)
    ((_, level, line),) = caplog.record_tuples
    assert level == logging.CRITICAL
    assert line.startswith(TITLE)
    assert "\n" not in line


@pytest.mark.parametrize("name", ["slack", "telegram", "pagerduty"])
def test_a_refusal_is_said_without_the_address(
    chats: Receiver, name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    chats.status = 403
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable, match=f"{name} did not take") as caught:
        send(_way(name), TITLE, BODY, "critical", 5.0)
    assert "403" in str(caught.value)
    ours = "".join(one.getMessage() for one in caplog.records if one.name.startswith(("apprise", "keel")))
    for said in (str(caught.value), ours, *capfd.readouterr()):
        assert KEY[:10] not in said


def test_nobody_there_is_unavailable(chats: Receiver) -> None:
    with receiving() as gone:
        pass
    with pytest.raises(Unavailable, match="webhook did not take"):
        send(Way("webhook", SecretStr(gone.url)), TITLE, BODY, "info", 2.0)
    with pytest.raises(Unavailable, match="server of webhook cannot be reached"):
        reach(Way("webhook", SecretStr(gone.url)), 2.0)
    for name in ADDRESSES:
        reach(_way(name), 5.0)


def test_a_receiver_that_never_answers_is_given_up() -> None:
    with receiving() as told:
        told.before = 5.0
        with pytest.raises(Unavailable):
            send(Way("webhook", SecretStr(told.url)), TITLE, BODY, "info", 0.5)


@pytest.mark.parametrize("address", ["", "nonsense", "gopher://x", KEY])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(BadInput, match="is none that apprise knows") as caught:
        send(Way("slack", SecretStr(address)), TITLE, BODY, "info", 1.0)
    assert KEY not in str(caught.value)
