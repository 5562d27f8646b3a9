"""The shelf of genomes: nothing trades that did not pass, and whatever a kill leaves is a whole champion."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from shelves import shelf_in, shelved

import data.files
from conf import PROJECT
from conf.genome_files import champion_file
from conf.genomes import read_genome
from data.genome_shelf import GenomeShelf, Shelved
from models.types import BadInput, Damaged, Regime

FIRST = shelved(Regime.TRENDING, position_size_pct=0.03)
SECOND = shelved(Regime.TRENDING, run="ba9876543210", position_size_pct=0.04)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GenomeShelf:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    return shelf_in(tmp_path)


def named(shelf: GenomeShelf) -> dict[str, str]:
    """Every file but locks, by its name in the shelf."""
    found = (path for path in shelf.root.rglob("*") if path.is_file() and path.suffix == ".json")
    return {str(path.relative_to(shelf.root)): path.read_text() for path in found}


def test_a_challenger_comes_back_as_it_was_kept_and_makes_room_for_the_next(shelf: GenomeShelf) -> None:
    assert (shelf.challenger("trending"), shelf.champion("trending")) == (None, None)
    shelf.keep_challenger("trending", FIRST)
    assert shelf.challenger("trending") == FIRST
    shelf.keep_challenger("trending", replace(SECOND, passed=False))
    assert shelf.challenger("trending") == replace(SECOND, passed=False)
    assert shelf.champion("trending") is None
    assert shelf.challenger("volatile") is None


def test_the_promoted_genome_is_where_the_configuration_reads_it_and_the_former_one_is_kept(shelf: GenomeShelf) -> None:
    shelf.keep_challenger("trending", FIRST)
    assert shelf.promote("trending") == FIRST
    assert champion_file("trending").read_text() == FIRST.genome
    assert (shelf.champion("trending"), shelf.challenger("trending")) == (FIRST, None)
    shelf.keep_challenger("trending", SECOND)
    assert shelf.promote("trending") == SECOND
    assert (shelf.champion("trending"), shelf.challenger("trending")) == (SECOND, None)
    retired = f"retired/trending-{data.files.sha256_of(FIRST.genome.encode())[:8]}.json"
    assert sorted(named(shelf)) == [retired, "trending.card.json", "trending.json"]
    assert named(shelf)[retired] == FIRST.genome
    assert read_genome(shelf.root / retired, "the former one").specialist is Regime.TRENDING


def test_only_what_passed_is_promoted(shelf: GenomeShelf) -> None:
    with pytest.raises(BadInput, match="trending has no challenger; run keel evolve first"):
        shelf.promote("trending")
    shelf.keep_challenger("trending", FIRST)
    shelf.promote("trending")
    with pytest.raises(BadInput, match="has no challenger"):
        shelf.promote("trending")
    shelf.keep_challenger("trending", replace(SECOND, passed=False))
    before = named(shelf)
    with pytest.raises(BadInput, match="the challenger of trending has not passed every gate"):
        shelf.promote("trending")
    assert named(shelf) == before


def test_the_same_genome_found_again_is_no_former_champion_of_itself(shelf: GenomeShelf) -> None:
    for found in (FIRST, replace(FIRST, run="ba9876543210")):
        shelf.keep_challenger("trending", found)
        shelf.promote("trending")
        assert shelf.champion("trending") == found
    assert sorted(named(shelf)) == ["trending.card.json", "trending.json"]


@pytest.mark.parametrize("name", ["", "Trending", "..", "../trending", "trend", "trending/x"])
def test_there_are_four_specialists(name: str, shelf: GenomeShelf) -> None:
    for asked in (
        lambda: shelf.keep_challenger(name, FIRST),
        lambda: shelf.challenger(name),
        lambda: shelf.champion(name),
        lambda: shelf.promote(name),
    ):
        with pytest.raises(BadInput, match="allowed is one of volatile, trending, ranging, crisis"):
            asked()


def test_what_is_no_genome_of_the_specialist_is_not_kept(shelf: GenomeShelf) -> None:
    with pytest.raises(BadInput, match="a genome of trending cannot be the challenger of volatile"):
        shelf.keep_challenger("volatile", FIRST)
    with pytest.raises(BadInput, match="not JSON"):
        shelf.keep_challenger("trending", replace(FIRST, genome="x"))
    with pytest.raises(Damaged, match="sha256"):
        shelf.keep_challenger("trending", replace(FIRST, genome=FIRST.genome.replace("by a test", "by me")))
    assert named(shelf) == {}


def test_files_that_were_changed_are_not_believed(shelf: GenomeShelf) -> None:
    shelf.keep_challenger("trending", replace(FIRST, passed=False))
    path = shelf.root / "trending.challenger.json"
    path.write_text(path.read_text().replace('"passed": false', '"passed": true'))
    for asked in (shelf.challenger, shelf.promote):
        with pytest.raises(Damaged, match=r"trending\.challenger\.json does not match its checksum"):
            asked("trending")
    shelf.keep_challenger("trending", FIRST)
    shelf.promote("trending")
    champion_file("trending").write_text(SECOND.genome)
    with pytest.raises(Damaged, match=r"trending\.json is not the genome that .*card\.json tells of; restore it from"):
        shelf.champion("trending")
    shelf.keep_challenger("trending", SECOND)
    shelf.promote("trending")
    assert shelf.champion("trending") == SECOND


# A promotion in a process that ends before its change of a file of that number takes place.
PROMOTED = """
import os, signal, sys
from pathlib import Path
from data.genome_shelf import GenomeShelf

changes, step = iter(range(100)), int(sys.argv[2])

def changing(act):
    def one(*given, **options):
        if next(changes) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*given, **options)
    return one

Path.replace, Path.unlink = changing(Path.replace), changing(Path.unlink)
GenomeShelf(Path(sys.argv[1])).promote("trending")
"""


def test_whatever_a_kill_leaves_is_the_old_or_the_new_champion_and_the_next_call_ends_it(shelf: GenomeShelf) -> None:
    shelf.keep_challenger("trending", FIRST)
    shelf.promote("trending")
    shelf.keep_challenger("trending", SECOND)
    start = shutil.copytree(shelf.root, shelf.root.parent / "start")
    seen: list[Shelved | None] = []
    for step in range(100):
        shutil.rmtree(shelf.root)
        shutil.copytree(start, shelf.root)
        code = subprocess.run([sys.executable, "-c", PROMOTED, str(shelf.root), str(step)], cwd=PROJECT).returncode
        if code == 0:
            break
        assert code == -signal.SIGKILL
        found = shelf.champion("trending")
        assert found in (FIRST, SECOND)
        assert champion_file("trending").read_text() == found.genome
        read_genome(champion_file("trending"), "the champion")
        seen.append(found)
        assert shelf.promote("trending") == SECOND
        assert (shelf.champion("trending"), shelf.challenger("trending")) == (SECOND, None)
        assert [text for name, text in named(shelf).items() if name.startswith("retired/")] == [FIRST.genome]
    assert seen == [FIRST, FIRST, FIRST, SECOND]


def test_a_card_says_what_is_known_of_the_champion(shelf: GenomeShelf) -> None:
    shelf.keep_challenger("trending", FIRST)
    shelf.promote("trending")
    (card,) = json.loads((shelf.root / "trending.card.json").read_text())["body"]["cards"]
    assert {name: card[name] for name in ("run", "model", "version", "passed")} == {
        "run": "0123456789ab",
        "model": "keel-trending",
        "version": "3",
        "passed": True,
    }
