"""Whatever is changed in any file of the lake, `keel data verify` names that file and no other."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lakes import equal_bars, lake_bytes, merge
from made_news import headline
from power import power_until
from small_lake import BTC, ETH, MODEL, NOW, VERSION, archive, originals, restore, settle
from told_news import tell

from data.catalogue import CATALOGUE, CHECKSUM
from data.files import sha256_of
from data.manifest import NAME
from data.news import HEARD, news_store, read_headlines
from data.tone_models import ToneCard
from data.verify import verify_lake
from models.types import Bars, Damaged
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.news.scorers import kept_in


@pytest.fixture
def desk(keel_home: Path) -> Iterator[Desk]:
    """A home with the small lake; nothing is flushed, which takes most of the time."""
    with power_until(None):
        desk = build_desk(as_of=NOW)
        settle(desk)
        yield desk


def _named(desk: Desk) -> list[str]:
    found = verify_lake(desk.lake, lambda _: None).damaged
    assert all(str(one.path) in one.reason for one in found)
    return [str(one.path.relative_to(desk.lake.root)) for one in found]


def _spoilt(content: bytes) -> dict[str, bytes | None]:
    """One changed bit at the begin, in the middle and at the end; half of it; nothing; no file."""
    at = {"begin": 0, "middle": len(content) // 2, "end": len(content) - 1}
    flipped = {name: content[:k] + bytes([content[k] ^ 4]) + content[k + 1 :] for name, k in at.items()}
    return flipped | {"cut": content[: len(content) // 2], "shorter": content[:-1], "empty": b"", "gone": None}


def test_the_lake_has_something_of_everything(desk: Desk) -> None:
    files = lake_bytes(desk.lake.root)
    kinds = {name.split("/")[0] for name in files}
    assert kinds == {
        "actions",
        "bars",
        "cache",
        CATALOGUE,
        CHECKSUM,
        "coverage",
        "predictions",
        "quarantine",
        "tail_fits",
    }
    assert sum(name.startswith("bars") and name.endswith(".parquet") for name in files) == 5
    told = verify_lake(desk.lake, lambda _: None)
    assert (told.files, told.damaged) == (len(files), ())
    assert desk.bars.rows(BTC).flaw.tolist().count(0) == len(desk.bars.rows(BTC).flaw) - 1


def test_every_damage_to_every_file_is_named_and_the_rest_still_reads(desk: Desk) -> None:
    whole = lake_bytes(desk.lake.root)
    read = {series: desk.bars.read(series) for series in (BTC, ETH)}
    for name, content in whole.items():
        path = desk.lake.root / name
        for kind, spoilt in _spoilt(content).items():
            in_free_room = name.endswith(".columns") and kind in ("middle", "end")
            path.unlink()
            if spoilt is not None:
                path.write_bytes(spoilt)
            # Derived files may go; of the only file of a symbol's actions nothing says that it was there.
            may_go = name.startswith(("cache", "coverage", CATALOGUE, "actions", "tail_fits"))
            harmless = in_free_room or (spoilt is None and may_go)
            assert _named(desk) == ([] if harmless else [name]), (name, kind)
            _others_read(name, read)
            path.write_bytes(content)
    assert _named(desk) == []
    assert lake_bytes(desk.lake.root) == whole


def _others_read(spoilt: str, expected: dict[Any, Bars]) -> None:
    """Every series but one that has lost a file is read whole, and of that one every other part."""
    desk = build_desk(as_of=NOW)
    for series, bars in expected.items():
        folder = desk.bars.dataset(series).folder
        if not (desk.lake.root / spoilt).is_relative_to(folder):
            assert equal_bars(desk.bars.read(series), bars)
        elif not spoilt.endswith(NAME):
            dataset = desk.bars.dataset(series)
            parts = [part for part in dataset.manifest().parts if folder / part.path != desk.lake.root / spoilt]
            assert sum(len(dataset.read_part(part)) for part in parts) > 0
            with pytest.raises(Damaged):
                desk.bars.read(series)
        else:
            with pytest.raises(Damaged):
                desk.bars.read(series)
    if not spoilt.startswith("predictions"):
        assert len(desk.predictions.read(BTC, MODEL, VERSION).ts) == len(archive(BTC).ts[::9])


def test_keel_says_it_and_ends_with_one(desk: Desk, keel: Callable[..., Any]) -> None:
    sound = keel("data", "verify", "--json")
    assert (sound.code, sound.err) == (0, "")
    assert sound.json == {"files": len(lake_bytes(desk.lake.root)), "damaged": []}
    part = desk.bars.dataset(ETH).folder / desk.bars.dataset(ETH).manifest().parts[1].path
    part.write_bytes(part.read_bytes()[:-1])
    quarantined = next((desk.lake.root / "quarantine").rglob("*.parquet"))
    quarantined.unlink()
    told = keel("data", "verify", "--json")
    assert told.code == 1
    assert [one["path"] for one in told.json["damaged"]] == [str(part), str(quarantined)]
    assert "does not match its checksum" in told.json["damaged"][0]["reason"]
    assert "missing" in told.json["damaged"][1]["reason"]
    shown = keel("data", "verify")
    assert shown.code == 1
    assert "checksum" in shown.out


def test_several_at_once_are_all_named_those_below_a_damaged_manifest_too(desk: Desk) -> None:
    dataset = desk.bars.dataset(ETH)
    part = dataset.folder / dataset.manifest().parts[1].path
    expected = [str(path.relative_to(desk.lake.root)) for path in (dataset.folder / NAME, part)]
    part.write_bytes(b"spoilt")
    for spoil in (lambda path: path.write_bytes(b"{}"), lambda path: path.unlink()):
        spoil(dataset.folder / NAME)
        assert _named(desk) == expected


def test_what_was_set_aside_is_not_looked_at_again(desk: Desk) -> None:
    files = originals(desk.lake.root)
    aside = {f"damaged/{name}": b"spoilt" for name in files}
    restore(desk.lake.root, lake_bytes(desk.lake.root) | aside)
    assert _named(desk) == []


def test_a_writer_that_overtakes_verification_is_no_damage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import data.verify

    checking = data.verify.read_checked
    later = replace(archive(BTC), ts=archive(BTC).ts + 100 * HOUR)

    def late(path: Path, sha256: str, cure: str) -> bytes:
        if path.is_relative_to(desk.bars.dataset(BTC).folder):
            monkeypatch.setattr(data.verify, "read_checked", checking)
            merge(desk.bars, BTC, later.rows(slice(0, 10)))
            merge(desk.bars, BTC, later)
        return checking(path, sha256, cure)

    monkeypatch.setattr(data.verify, "read_checked", late)
    assert _named(desk) == []
    assert desk.bars.read(BTC).ts[-1] == later.ts[-1]


def test_verification_changes_nothing(desk: Desk) -> None:
    before = {path: path.stat().st_mtime_ns for path in desk.lake.root.rglob("*")}
    _named(desk)
    assert {path: path.stat().st_mtime_ns for path in desk.lake.root.rglob("*")} == before


def test_a_bit_that_flips_under_a_manifest_this_process_has_read_is_named(desk: Desk) -> None:
    path = desk.bars.dataset(ETH).folder / NAME
    desk.bars.dataset(ETH).manifest()
    was = path.stat()
    content = path.read_bytes()
    with path.open("r+b") as stream:  # a disk that forgets changes neither the file's length nor its times
        stream.write(bytes([content[0] ^ 1]))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert _named(desk) == [str(path.relative_to(desk.lake.root))]


def test_a_damaged_part_of_headlines_is_named_and_a_round_says_what_to_do(desk: Desk, keel: Callable[..., Any]) -> None:
    headlines = [headline(one, url=f"https://example.org/{one}") for one in range(3)]
    tell(desk.lake, headlines)
    dataset = news_store(desk.lake).dataset(HEARD)
    (part,) = (dataset.folder / one.path for one in dataset.manifest().parts)
    assert _named(desk) == []
    assert read_headlines(desk.lake) == headlines
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    assert _named(desk) == [str(part.relative_to(desk.lake.root))]
    told = keel("data", "verify", "--json")
    assert (told.code, [one["path"] for one in told.json["damaged"]]) == (1, [str(part)])
    with pytest.raises(Damaged, match="keel data repair"):
        read_headlines(desk.lake)
    assert keel("data", "repair").code == 0
    assert _named(desk) == []
    assert read_headlines(desk.lake) == []


@pytest.mark.parametrize("name", ["card.json", "*.skops"])
@pytest.mark.parametrize("way", ["spoilt", "gone"])
def test_a_damaged_scorer_of_news_is_named(desk: Desk, keel: Callable[..., Any], name: str, way: str) -> None:
    version, archive = "0123abcd4567", b"an archive"
    card = ToneCard(version, sha256_of(archive), "a recipe", "data", {"good": 3}, NOW, {"trained.macro_f1": 0.7})
    kept_in(desk.home).save(card, archive)
    before = keel("data", "verify", "--json")
    assert (before.code, before.json["damaged"]) == (0, [])
    (path,) = (desk.home / "state" / "tones" / version).glob(name)
    if way == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    told = keel("data", "verify", "--json")
    if (name, way) == ("card.json", "gone"):
        assert told.json["files"] == before.json["files"] - 2, "a folder without a card is no version"
        return
    assert told.code == 1
    assert [one["path"] for one in told.json["damaged"]] == [str(path)]
    assert "keel news train" in told.json["damaged"][0]["reason"]
