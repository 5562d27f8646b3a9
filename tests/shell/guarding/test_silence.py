"""When a trader counts as silent: by its promise, by the clock that nobody sets, and when its process is gone."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.journal import TRADER, Beat, Holder
from tasks.session.guarding.silence import Silence, Watch

SECOND = 1_000_000
NOON = 1_700_000_000 * SECOND
BEAT, SILENCE = 2 * SECOND, 15 * SECOND
TRADING = Holder("here", "boot", 7, 1)


@dataclass
class World:
    """Two clocks and a process."""

    wall: int = NOON
    moment: int = 0
    is_dead: bool = False
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(lambda: self.moment, lambda _: self.is_dead, BEAT, SILENCE)

    def passes(self, seconds: float, wall: float | None = None) -> None:
        self.moment += round(seconds * SECOND)
        self.wall += round((seconds if wall is None else wall) * SECOND)

    def look(self, beat: Beat | None) -> Silence | None:
        return self.watch.look(beat, self.wall)


def beat_at(at: int, seconds: float | None = 15.0) -> Beat:
    return Beat(TRADER, TRADING, at, None if seconds is None else at + round(seconds * SECOND), "session")


@pytest.fixture
def world() -> World:
    return World()


def test_nobody_and_who_has_ended_is_not_silent(world: World) -> None:
    ended = beat_at(NOON, None)
    for _ in range(3):
        world.passes(3600)
        assert world.look(None) is None
        assert world.look(ended) is None


def test_a_promise_that_was_broken_for_a_beat_is_a_silence(world: World) -> None:
    beat = beat_at(NOON)
    assert world.look(beat) is None
    world.passes(15.0)
    assert world.look(beat) is None
    world.passes(0.1)
    assert world.look(beat) is None, "a machine that slept wakes like this"
    world.passes(2.0)
    found = world.look(beat)
    assert found is not None
    assert found.seconds == pytest.approx(17.1)
    assert "15 s" in found.text


def test_who_is_heard_of_again_is_silent_no_more(world: World) -> None:
    world.look(beat_at(NOON))
    world.passes(20.0)
    world.look(beat_at(NOON))
    world.passes(20.0)
    assert world.look(beat_at(NOON)) is not None
    assert world.look(beat_at(world.wall)) is None


def test_after_a_sleep_of_the_machine_the_trader_has_a_beat_to_be_heard_of(world: World) -> None:
    beat = beat_at(NOON)
    world.look(beat)
    world.passes(0.5, wall=8 * 3600)
    assert world.look(beat) is None
    world.passes(1.0)
    assert world.look(beat_at(world.wall)) is None
    world.passes(14.0)
    assert world.look(beat_at(world.wall - 14 * SECOND)) is None


def test_a_clock_that_is_set_back_makes_no_promise_longer(world: World) -> None:
    beat = beat_at(NOON)
    world.look(beat)
    world.passes(1.0, wall=-7200)
    assert world.look(beat) is None
    world.passes(15.0)
    world.look(beat)
    world.passes(2.0)
    assert world.look(beat) is not None


def test_who_is_gone_is_waited_for_as_long_as_one_that_is_silent_and_no_longer(world: World) -> None:
    """A cycle promises ten minutes; another one may go on in its place."""
    beat = beat_at(NOON, 600.0)
    assert world.look(beat) is None
    world.is_dead = True
    assert world.look(beat) is None
    world.passes(14.9)
    assert world.look(beat) is None
    world.passes(0.1)
    found = world.look(beat)
    assert found is not None
    assert "gone" in found.why
    follower = beat_at(world.wall, 600.0)
    world.is_dead = False
    assert world.look(follower) is None


@given(st.lists(st.tuples(st.floats(0.05, 4.0), st.booleans()), max_size=60))
def test_who_keeps_its_promises_is_never_silent_and_who_breaks_one_always_is(steps: list[tuple[float, bool]]) -> None:
    """The guardian looks at random moments; the trader beats or does not."""
    world = World()
    beat, last = beat_at(world.wall), world.moment
    for seconds, beats in steps:
        world.passes(seconds)
        if beats:
            beat, last = beat_at(world.wall), world.moment
        found = world.look(beat)
        since = world.moment - last
        if since <= SILENCE:
            assert found is None
        if since > SILENCE + BEAT + 4 * SECOND:
            assert found is not None
