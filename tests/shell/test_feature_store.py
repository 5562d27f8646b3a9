"""Features in the lake: stored once, extended at the end, begun anew when history changed, never in the way."""

import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest
from markets import index_of_yesterday, random_bars, random_index, same_bits
from synthetic import SETTINGS, START, swinging_bars

from data.features import RECORD, FeatureStore
from data.lake import Lake
from data.sealed import write_sealed
from models.actions import ActionKind, CorporateAction
from models.features import (
    KEPT,
    FeatureInputs,
    Leader,
    code_revision,
    compute_declared,
    declared,
    feature_version,
)
from models.types import CALENDARS, Damaged, Series, Unavailable, bar_micros
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.market import declaration_of, market_view

ALWAYS = CALENDARS["24/7"]
SERIES = Series("binance", "ETH/USDT", "1h")
COUNT = 9200  # from 2018-01-01 into 2019: two periods
BARS = random_bars(1, COUNT, "1h")
INDEX = random_index(1, BARS)
LEADING = random_bars(2, COUNT, "1h")
DECLARATION = declared(ALWAYS, "1h", 5, 12, "BTC/USDT")


def inputs_of(count, bars=BARS, index=INDEX, leading=LEADING):
    part = bars.rows(slice(0, count))
    known = index_of_yesterday(part.ts, bar_micros("1h"), *index)
    return FeatureInputs(part, ALWAYS, "1h", known, Leader("BTC/USDT", leading))


def stored(store, inputs, declaration=DECLARATION, manifests=("a",)):
    return store.extend(SERIES, declaration, inputs, compute_declared(declaration, inputs), manifests)


def equal(one, other):
    return one.names == other.names and all(
        same_bits(getattr(one, name), getattr(other, name))
        for name in ("momentum", "adx", "atr_relative", "atr_ratio", "index", "gap", "matrix", *KEPT)
    )


@pytest.fixture
def store(tmp_path):
    return FeatureStore(Lake(tmp_path / "lake"))


def parts_of(store):
    return {path: path.stat().st_ino for path in store.lake.root.rglob("*.parquet")}


def test_what_is_read_is_what_was_computed(store):
    inputs = inputs_of(3000)
    record = stored(store, inputs)
    assert record.version == feature_version(DECLARATION, code_revision(), ("a", inputs.sha256(3000)))
    assert store.find(SERIES, DECLARATION, inputs) == record
    found = store.read(SERIES, DECLARATION, record)
    assert equal(found, compute_declared(DECLARATION, inputs))
    assert found.matrix.flags.f_contiguous


@pytest.mark.parametrize("counts", [(9000, 9001, 9002), (8000, COUNT), (0, 5, 8759, 8760, 8761, COUNT)])
def test_it_grows_at_its_end_to_the_same_bits(store, counts):
    for count in counts:
        record = stored(store, inputs_of(count), manifests=(str(count),))
    assert record.rows == counts[-1]
    assert len(list(store.lake.root.rglob(RECORD))) == 1
    assert equal(store.read(SERIES, DECLARATION, record), compute_declared(DECLARATION, inputs_of(counts[-1])))


def test_the_stored_prefix_is_untouched(store):
    stored(store, inputs_of(9000))
    before = parts_of(store)
    grown = inputs_of(9100)
    lie = compute_declared(DECLARATION, grown)
    lie.matrix[:9000] = 7.0  # were the stored rows written anew, it would be seen
    record = store.extend(SERIES, DECLARATION, grown, lie, ("b",))
    after = parts_of(store)
    assert before.items() <= after.items()  # the part of 2019 is there for its readers until the next commit
    assert len(after) == len(before) + 1 == 3
    found, wanted = store.read(SERIES, DECLARATION, record), compute_declared(DECLARATION, grown)
    assert same_bits(found.matrix, wanted.matrix)


def changed(bars, name, row):
    values = getattr(bars, name).copy()
    values[row] += 1
    return replace(bars, **{name: values})


REPAIRS = {
    "a price": {"bars": changed(BARS, "close", 10)},
    "the volume of the last stored bar": {"bars": changed(BARS, "volume", 8999)},
    "a missing bar came": {"bars": BARS.rows(np.arange(COUNT) != 77)},
    "an index value": {"index": (INDEX[0], INDEX[1] + 1.0)},
    "the leader": {"leading": changed(LEADING, "close", 100)},
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_repaired_history_is_a_new_version_and_the_old_one_stays(store, repair):
    old = stored(store, inputs_of(9000))
    before = parts_of(store)
    repaired = inputs_of(9000, **REPAIRS[repair])
    assert store.find(SERIES, DECLARATION, repaired) is None
    new = stored(store, repaired, manifests=("b",))
    assert new.version != old.version
    assert before.items() <= parts_of(store).items()
    assert equal(store.read(SERIES, DECLARATION, new), compute_declared(DECLARATION, repaired))
    assert store.find(SERIES, DECLARATION, inputs_of(9000)) == old


def test_another_declaration_is_another_version(store):
    inputs = inputs_of(3000)
    one = stored(store, inputs)
    other = declared(ALWAYS, "1h", 5, 13, "BTC/USDT")
    assert store.find(SERIES, other, inputs) is None
    assert stored(store, inputs, other).version != one.version


def test_of_two_versions_that_fit_the_longer_one_is_taken(store):
    short = stored(store, inputs_of(500))
    other = replace(short, version="f" * 64, rows=400, inputs=inputs_of(400).sha256(400))
    folder = store.lake.folder("features", SERIES) / f"version={'f' * 16}"
    folder.mkdir()
    write_sealed(folder / RECORD, asdict(other))
    assert store.find(SERIES, DECLARATION, inputs_of(600)) == short


def test_a_shorter_history_than_the_stored_one_is_computed_anew(store):
    stored(store, inputs_of(600))
    short = inputs_of(500)
    assert store.find(SERIES, DECLARATION, short) is None
    record = stored(store, short)  # under the same name, as a restored backup would have it
    assert equal(store.read(SERIES, DECLARATION, record), compute_declared(DECLARATION, short))
    longer = stored(store, inputs_of(550, changed(BARS, "close", 520)))
    wanted = compute_declared(DECLARATION, inputs_of(550, changed(BARS, "close", 520)))
    assert equal(store.read(SERIES, DECLARATION, longer), wanted)


def test_rows_of_a_killed_writer_do_not_count_and_are_written_again(store, monkeypatch):
    stored(store, inputs_of(9000))
    grown = inputs_of(9100, changed(BARS, "close", 9050))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("data.features.write_sealed", killed)
        with pytest.raises(KeyboardInterrupt):
            stored(store, grown)
    record = store.find(SERIES, DECLARATION, inputs_of(9200))
    assert record is not None
    assert record.rows == 9000
    assert equal(store.read(SERIES, DECLARATION, record), compute_declared(DECLARATION, inputs_of(9000)))
    after = stored(store, inputs_of(9200))  # other bars than the killed writer had
    assert equal(store.read(SERIES, DECLARATION, after), compute_declared(DECLARATION, inputs_of(9200)))


def test_a_flipped_byte_is_said(store):
    record = stored(store, inputs_of(3000))
    part = next(iter(parts_of(store)))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with pytest.raises(Damaged, match="does not match its checksum"):
        store.read(SERIES, DECLARATION, record)


def test_a_record_that_cannot_be_read_is_said(store):
    stored(store, inputs_of(300))
    path = next(store.lake.root.rglob(RECORD))
    for content in ("{", path.read_text().replace('"rows": 300', '"rows": 299')):
        path.write_text(content)
        with pytest.raises(Damaged, match="features are computed again"):
            store.find(SERIES, DECLARATION, inputs_of(300))


def test_missing_rows_are_said(store):
    record = stored(store, inputs_of(300))
    with pytest.raises(Damaged, match="lack rows"):
        store.read(SERIES, DECLARATION, replace(record, rows=301))


def test_dropping_leaves_nothing_and_needs_nothing(store):
    store.drop(SERIES)
    stored(store, inputs_of(300))
    store.drop(SERIES)
    assert not parts_of(store)
    assert store.find(SERIES, DECLARATION, inputs_of(300)) is None


LEAD = "AAA/USDT"
LEADER, FOLLOWER = Series("binance", LEAD, "1h"), Series("binance", "BBB/USDT", "1h")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A desk whose venue has a leader, with a follower and the leader in the lake."""
    home = {"KEEL_HOME": str(tmp_path / "home"), "KEEL_VENUES__BINANCE__LEADER": LEAD}
    for name, value in (SETTINGS | home).items():
        monkeypatch.setenv(name, value)
    made = build_desk()
    for seed, series in enumerate((FOLLOWER, LEADER)):
        take_in_archive(made, series, swinging_bars(seed, 1300).rows(slice(0, 1200)))
    return made


def files(desk):
    return {path: path.read_bytes() for path in desk.lake.root.rglob("*") if path.is_file() and path.suffix != ".lock"}


def view_of(desk, series=FOLLOWER, until=None):
    """A view and the features as they are without any store."""
    view = market_view(desk, series, until)
    leading = None if series == LEADER else Leader(LEAD, desk.bars.read(LEADER))
    known = np.full(len(view.bars), np.nan)
    inputs = FeatureInputs(view.bars, ALWAYS, "1h", known, leading)
    assert equal(view.features, compute_declared(declaration_of(desk, series), inputs))
    return view


def test_a_view_of_the_whole_series_is_stored_once_and_then_read(desk, monkeypatch):
    first = view_of(desk)
    kept = files(desk)
    assert any("/features/" in str(path) for path in kept)
    assert "leader_correlation" in first.features.names
    monkeypatch.setattr("tasks.session.market.compute_declared", None)  # nobody computes
    again = market_view(desk, FOLLOWER)
    assert (again.feature_version, files(desk)) == (first.feature_version, kept)
    assert first.feature_version is not None
    assert equal(again.features, first.features)


def test_the_leader_has_no_leader(desk):
    assert not [name for name in view_of(desk, LEADER).features.names if name.startswith("leader")]


def test_without_the_leader_in_the_lake_there_are_no_features_of_it(desk):
    shutil.rmtree(desk.lake.folder("bars", LEADER))
    assert not [name for name in market_view(desk, FOLLOWER).features.names if name.startswith("leader")]


def test_a_view_until_some_bar_writes_nothing(desk):
    before = files(desk)
    view = view_of(desk, until=START + 500 * HOUR)
    assert len(view.bars) == 500
    assert view.feature_version is None
    assert files(desk) == before
    view_of(desk)
    before = files(desk)
    view_of(desk, until=START + 2000 * HOUR)  # the newest bar, as a cycle asks for it
    assert files(desk) == before


def test_new_bars_extend_the_version_and_late_ones_begin_another(desk):
    first = view_of(desk)
    take_in_archive(desk, FOLLOWER, swinging_bars(0, 1300))
    take_in_archive(desk, LEADER, swinging_bars(1, 1300))
    grown = view_of(desk)
    assert len(grown.bars) == 1300
    assert grown.feature_version == first.feature_version
    earlier = swinging_bars(7, 40, START - 40 * HOUR)
    take_in_archive(desk, LEADER, earlier)
    late = view_of(desk)
    assert late.feature_version != first.feature_version


def test_damaged_features_are_made_again(desk):
    first = view_of(desk)
    part = next(path for path in files(desk) if "/features/" in str(path) and path.suffix == ".parquet")
    part.write_bytes(part.read_bytes()[:-9])
    assert view_of(desk).feature_version == first.feature_version
    record = next(path for path in files(desk) if path.name == RECORD)
    record.write_text("{")
    assert view_of(desk).feature_version == first.feature_version


@pytest.mark.parametrize("obstacle", ["a file stands in the way", "the disk is full"])
def test_where_nothing_can_be_written_features_are_computed(desk, monkeypatch, obstacle):
    if obstacle == "the disk is full":

        def full(*_):
            raise Unavailable("no space left")

        monkeypatch.setattr("data.dataset.write_atomically", full)
    else:
        (desk.lake.root / "features").write_text("")
    assert view_of(desk).feature_version is None


def test_features_are_of_adjusted_bars_and_a_new_action_is_new_history(desk):
    before = view_of(desk)
    ex_date = START + 612 * HOUR
    desk.actions.merge("binance", [CorporateAction(FOLLOWER.symbol, ActionKind.SPLIT, ex_date, START, 2.0, 0.0)])
    view = market_view(desk, FOLLOWER)
    assert same_bits(view.bars.close, before.bars.close)
    np.testing.assert_array_equal(view.adjusted.close[612:], 2.0 * view.bars.close[612:])
    np.testing.assert_array_equal(view.adjusted.close[:612], view.bars.close[:612])
    gap = float(view.adjusted.open[612] / view.adjusted.close[611] - 1.0)
    assert view.features.gap[612] == gap
    assert gap > 0.5 > abs(before.features.gap[612])
    assert view.feature_version not in (None, before.feature_version)
