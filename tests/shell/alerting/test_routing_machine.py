"""Whatever is raised, acknowledged, broken and healed, in whatever order: who should hear does, nobody else."""

import shutil
import tempfile
from pathlib import Path

import pytest
from dispatchers import NOON, Office, settings_of
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from data.journal import AlertLog, open_journal
from data.journal.alert_log import id_of
from data.journal.database import new_journal
from models.types.alerts import Severity
from tasks.session.alerting.quiet import quiet_until
from tasks.session.alerting.routing import severity_of

pytestmark = pytest.mark.monitoring

CHANNELS = {"webhook": ("info", False, False), "slack": ("warning", True, False), "pagerduty": ("error", False, True)}
QUIET = {"begin": "22:00", "end": "07:00", "timezone": "Europe/Berlin"}
EMPTY = new_journal()
KINDS = ("gap", "session", "stale", "external", "no kind at all")


class Routing(RuleBasedStateMachine):
    """A day at the dispatcher's."""

    raised = Bundle("raised")

    @initialize(hour=st.integers(0, 23))
    def begin(self, hour: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "journal.sqlite"
        path.write_bytes(EMPTY)
        self.office = Office(open_journal(path), settings_of(CHANNELS, quiet_hours=QUIET))
        self.office.now = NOON + hour * 3_600_000_000
        self.alerts: dict[str, Severity] = {}
        self.acknowledged: set[str] = set()
        self.seen = dict.fromkeys(CHANNELS, 0)

    @rule(target=raised, kind=st.sampled_from(KINDS), about=st.sampled_from("abc"), severity=st.sampled_from(Severity))
    def raise_one(self, kind: str, about: str, severity: Severity) -> str:
        key = f"{kind} {about} {self.office.now} {1_000_000 + len(self.alerts)}"
        self.office.raises(key, severity.text)
        self.alerts[key] = severity
        return key

    @rule(key=raised)
    def acknowledge(self, key: str) -> None:
        AlertLog(self.office.journal.engine).acknowledge(id_of(key), "me", "", self.office.now)
        self.acknowledged.add(key)

    @rule(channel=st.sampled_from(sorted(CHANNELS)), works=st.booleans())
    def change(self, channel: str, works: bool) -> None:
        self.office.hands[channel].works = works

    @rule(seconds=st.sampled_from([1, 30, 700, 7200, 30_000]))
    def time_passes(self, seconds: int) -> None:
        self.office.run(seconds, step=max(1.0, seconds / 5))

    @rule()
    def restart(self) -> None:
        for hand in self.office.hands.values():
            hand._done.clear()
        self.office = Office(self.office.journal, self.office.settings, self.office.now, self.office.hands)
        for hand in self.office.hands.values():
            hand.clock = self.office.clock

    @invariant()
    def nobody_hears_what_is_not_for_him(self) -> None:
        for channel, hand in (getattr(self, "office", None) and self.office.hands.items()) or ():
            least, keeps_quiet, is_escalation = CHANNELS[channel]
            new = hand.took[self.seen[channel] :]
            if not new:
                continue
            for at, key, turn in self.office.told(channel)[-sum(len(message.ids) for _, message in new) :]:
                severity = self.alerts.get(key, Severity.ERROR)  # of a channel that fails
                assert severity >= severity_of(least), (channel, key)
                assert is_escalation == (turn > 0), (channel, key, turn)
                if keeps_quiet and severity < Severity.CRITICAL:
                    assert quiet_until(self.office.settings.quiet_hours, at) is None, (channel, key)
            self.seen[channel] = len(hand.took)

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        for hand in self.office.hands.values():
            hand.works = True
        self.office.run(26 * 3600, step=3600)
        self.nobody_hears_what_is_not_for_him()
        for channel, (least, _, is_escalation) in CHANNELS.items():
            told = {key for _, key, _ in self.office.told(channel)}
            wanted = {key for key, severity in self.alerts.items() if severity >= severity_of(least)}
            assert wanted - (self.acknowledged if is_escalation else set()) <= told, channel
        assert AlertLog(self.office.journal.engine).overdue(self.office.now, 0) == 0
        self.office.journal.engine.dispose()
        shutil.rmtree(self.folder)


TestRouting = Routing.TestCase
TestRouting.settings = settings(
    max_examples=8,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
)
