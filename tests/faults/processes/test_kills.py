"""SIGKILL at every step of an order, before the real simulator process: the next process makes it whole."""

from pathlib import Path

import pytest
from fault_scenes import NEVER_REACHED, Scene, play, scenes

from tasks.session.ordering.labels import STEPS

ALL = scenes()
# One of every kind of step, and of every kind of order, by name.
SAMPLE = (
    "sent-entry-1",
    "absorbed-stop-1",
    "asked-exit-1",
    "cancelled-stop-1",
    "admitted-exit-1",
    "sent-target-1",
    # Where reconciling notes what others brought.
    "holdings-4",
)
AT_ONCE = 8
BATCHES = [ALL[first : first + AT_ONCE] for first in range(0, len(ALL), AT_ONCE)]


def test_there_is_a_scene_for_every_step_that_can_be_reached() -> None:
    assert {one.label for one in ALL} >= set(STEPS) - NEVER_REACHED
    assert not {one.label for one in ALL} & NEVER_REACHED
    assert len({one.name for one in ALL}) == len(ALL)


def test_fault_18_and_19_killed_at_a_step_of_each_kind_the_next_process_makes_it_whole(tmp_path: Path) -> None:
    sample = [one for one in ALL if one.name in SAMPLE]
    assert len(sample) == len(SAMPLE)
    assert_whole(sample, tmp_path)


@pytest.mark.faults
@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: batch[0].name)
def test_fault_18_and_19_killed_at_any_step_the_next_process_makes_it_whole(batch: list[Scene], tmp_path: Path) -> None:
    assert_whole(batch, tmp_path)


def assert_whole(played: list[Scene], folder: Path) -> None:
    found = play(played, folder)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
