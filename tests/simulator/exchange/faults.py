"""The fault plan: which request or event is answered wrongly, and how.

A rule is matched by method, path, parameters, and either the n-th such request, or a probability, or every one, and is
spent after `times` faults. Streams ask with the method STREAM and the name of the event as path.

    before the request is looked at             after it was carried out
    503  -1006  -1007  -1001                    503_accepted  -1006_accepted  -1007_accepted  -1001_accepted
    hang_before  reset_before  refuse           hang_after  reset_after  badjson  html
    429[:s]  418[:s]  -1015  -1008              latency:<ms> (before, and then all is well)
    -1021  -2015  -2010[:why]  -1013[:filter]   late:<ms> (never answered, carried out that much later)
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STREAM = "STREAM"
BEFORE = (
    "503", "-1006", "-1007", "-1001", "hang_before", "reset_before", "refuse", "429", "418", "-1015", "-1008", "-1021",
    "-2015", "-2010", "-1013",
)  # fmt: skip
AFTER = (
    "503_accepted", "-1006_accepted", "-1007_accepted", "-1001_accepted", "hang_after", "reset_after", "badjson",
    "html",
)  # fmt: skip
WITH_TIME = ("latency", "late")
ON_STREAMS = ("mute", "drop", "gap", "replay_last", "delay", "out_of_order")


@dataclass(slots=True)
class Rule:
    """When a fault happens. `nth` counts from 1 among the requests the rule matches; `times` None is for ever."""

    fault: str
    method: str | None = None
    path: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    nth: int | None = None
    probability: float | None = None
    times: int | None = 1
    seen: int = 0

    def __post_init__(self) -> None:
        name, _, argument = self.fault.partition(":")
        if name not in (*BEFORE, *AFTER, *WITH_TIME, *ON_STREAMS):
            raise ValueError(
                f"no fault {self.fault}; there are {', '.join((*BEFORE, *AFTER, *WITH_TIME, *ON_STREAMS))}"
            )
        if name in (*WITH_TIME, "delay") and not argument.isdigit():
            raise ValueError(f"the fault {name} needs its milliseconds, as {name}:250")

    def fits(self, method: str, path: str, params: Mapping[str, str]) -> bool:
        """Whether it is about such a request."""
        return (
            self.times != 0
            and self.method in (None, method)
            and self.path in (None, path)
            and all(params.get(name) == value for name, value in self.params.items())
            and (self.method == STREAM or method != STREAM)
        )


class FaultPlan:
    """Rules in order; the first that strikes is the fault. The dice are the seed's."""

    def __init__(self, rules: Sequence[Rule] = (), seed: int = 0) -> None:
        self.rules = list(rules)
        self.dice = random.Random(seed)  # noqa: S311 the same faults again, not a secret

    def add(self, rule: Rule) -> None:
        self.rules.append(rule)

    def clear(self) -> None:
        """No more faults."""
        self.rules.clear()

    def pick(self, method: str, path: str, params: Mapping[str, str]) -> str:
        """The fault of this request, or nothing."""
        struck = ""
        for rule in self.rules:
            if rule.fits(method, path, params) and self._strikes(rule) and not struck:
                struck = rule.fault
                rule.times = None if rule.times is None else rule.times - 1
        return struck

    def _strikes(self, rule: Rule) -> bool:
        rule.seen += 1
        if rule.nth is not None and rule.seen != rule.nth:
            return False
        return rule.probability is None or self.dice.random() < rule.probability
