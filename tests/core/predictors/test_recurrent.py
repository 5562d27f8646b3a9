"""The recurrent network: the same bits whoever asks, for how many rows, and after a round trip through its file."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from models.predictors import Labels, WalkSettings, label_bars, walk
from models.predictors.networks import architecture, logits_by, network_with, training_by, weights_of
from models.predictors.predictions import FINAL_FOLD
from models.predictors.recurrent import (
    BATCH,
    WINSOR,
    RecurrentCore,
    RecurrentKind,
    RecurrentSettings,
    complete,
    standardised,
)
from models.predictors.speaker import fit_speaker, speak
from models.types import BadInput, Bars, Damaged
from models.types.timeframes import HOUR
from tasks.adapters.networks import CONFIGURATION, MEMBERS, network_bytes, network_of

COUNT, INPUTS, WINDOW = 2400, 3, 5
SETTINGS = RecurrentSettings(window=WINDOW, units=8, epochs=12, batch=64, learning_rate=0.02, dropout=0.1, seed=7)
KIND = RecurrentKind(SETTINGS)
WALK = WalkSettings(horizon=2, embargo=2, folds=3)


def planted(seed: int, strength: float) -> tuple[np.ndarray, np.ndarray, Labels]:
    """Inputs, times and labels of a price that rises when the first input's sign is that of its sign two bars ago."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((COUNT, INPUTS))
    moves = 0.01 * rng.standard_normal(COUNT)
    moves[3:] += 0.01 * strength * np.sign(inputs[2:-1, 0] * inputs[:-3, 0])
    close = 100.0 * np.exp(np.cumsum(moves))
    opens = np.concatenate([[100.0], close[:-1]])
    ts = np.arange(COUNT, dtype=np.int64) * HOUR
    bars = Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.ones(COUNT))
    return inputs, ts, label_bars(bars, WALK.horizon, np.full(COUNT, 0.01), 0.5, None)


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@pytest.fixture(scope="module")
def market() -> tuple[np.ndarray, np.ndarray, Labels]:
    return planted(1, 1.5)


@pytest.fixture(scope="module")
def core(market: tuple[np.ndarray, np.ndarray, Labels]) -> RecurrentCore:
    inputs, _, labels = market
    return KIND.fit(inputs, labels, np.arange(10, 1000), np.arange(1010, 1200))


@pytest.fixture(scope="module")
def body(core: RecurrentCore) -> bytes:
    return network_bytes(core.network)


def test_a_sequence_that_no_single_row_shows_is_found_out_of_sample(market):
    inputs, ts, labels = market
    walked = walk(KIND, ts, inputs, labels, WALK, lambda _: None)
    found = [one.out_of_sample for one in walked.scores]
    assert np.mean(found) > 0.2, found
    assert min(found) > 0.0, found
    assert walked.scores[-1].log_loss < 0.67
    # It is the first input alone that says anything.
    assert walked.final.core.importance[0] > 0.9
    learnt, held_out = walked.final.core.curves["learnt"], walked.final.core.curves["held_out"]
    assert learnt.size == held_out.size == SETTINGS.epochs
    assert learnt[-1] < learnt[0] - 0.02
    assert held_out[-1] < held_out[0]


def test_two_fits_give_the_same_bits(market, core, body):
    inputs, _, labels = market
    again = KIND.fit(inputs, labels, np.arange(10, 1000), np.arange(1010, 1200))
    assert network_bytes(again.network) == body
    assert again.as_lists() == core.as_lists()
    assert all(same_bits(again.curves[name], curve) for name, curve in core.curves.items())


def test_another_seed_gives_another_network(market, body):
    inputs, _, labels = market
    other = RecurrentKind(replace(SETTINGS, seed=8, epochs=1))
    same = RecurrentKind(replace(SETTINGS, epochs=1))
    rows = np.arange(10, 1000), np.arange(1010, 1200)
    assert network_bytes(other.fit(inputs, labels, *rows).network) != network_bytes(
        same.fit(inputs, labels, *rows).network
    )


def test_a_fit_reads_neither_late_labels_nor_any_row_behind_them(market, body):
    inputs, _, labels = market
    changed, rose = inputs.copy(), labels.rose.copy()
    changed[1200:] = 1e6
    rose[1010:] = 1.0 - rose[1010:]
    other = replace(labels, rose=rose)
    assert network_bytes(KIND.fit(changed, other, np.arange(10, 1000), np.arange(1010, 1200)).network) == body


def test_late_rows_do_not_shape_the_network(market, body):
    inputs, _, labels = market
    inputs = inputs.copy()
    inputs[1005:] *= 50.0
    assert network_bytes(KIND.fit(inputs, labels, np.arange(10, 1000), np.arange(1010, 1200)).network) == body


def test_a_row_alone_has_the_bits_that_it_has_among_others(market, core):
    inputs, _, _ = market
    everything = core.scores(inputs, slice(0, COUNT))
    for row in (WINDOW - 1, BATCH - 1, BATCH, 3 * BATCH + 17, COUNT - 1):
        assert same_bits(core.scores(inputs, slice(row, row + 1)), everything[row : row + 1]), row
    for start, stop in ((0, 7), (50, 70), (BATCH, 2 * BATCH), (700, 1301)):
        assert same_bits(core.scores(inputs, slice(start, stop)), everything[start:stop])


def test_the_position_among_the_calls_does_not_matter_either(market, core):
    # The view of a live cycle may begin with another bar than that of research did.
    inputs, _, _ = market
    everything = core.scores(inputs, slice(0, COUNT))
    for cut in (1, 5, BATCH // 2, BATCH - 1):
        part = inputs[cut:]
        assert same_bits(core.scores(part, slice(0, COUNT))[WINDOW:], everything[cut + WINDOW :])


@pytest.mark.parametrize("units", [1, 16, 33])
def test_no_window_of_a_batch_changes_another(units: int):
    rng = np.random.default_rng(units)
    configuration = architecture(WINDOW, 29, units, 0.2, 7)
    weights = training_by(configuration, 0.01).start
    windows = rng.standard_normal((BATCH, WINDOW, 29)).astype(np.float32)
    logits = logits_by(configuration)
    base = np.asarray(logits(weights, windows))
    for position in range(0, BATCH, 3):
        alone = np.zeros_like(windows)
        alone[position] = windows[3]
        assert np.asarray(logits(weights, alone))[position] == base[3]


def test_what_is_behind_a_row_changes_nothing(market, core):
    inputs, _, _ = market
    everything = core.scores(inputs, slice(0, COUNT))
    for stop in (WINDOW, BATCH + 1, 777):
        assert same_bits(core.scores(inputs[:stop], slice(0, stop)), everything[:stop])
    changed = inputs.copy()
    changed[900:] = np.nan
    assert same_bits(core.scores(changed, slice(0, 900)), everything[:900])


def test_a_row_whose_window_has_a_hole_has_no_score(market, core):
    inputs, _, _ = market
    holed = inputs.copy()
    holed[100, 2], holed[200, 0] = np.nan, np.inf
    found = core.scores(holed, slice(0, 300))
    silent = [*range(WINDOW - 1), *range(100, 100 + WINDOW), *range(200, 200 + WINDOW)]
    assert np.flatnonzero(np.isnan(found)).tolist() == silent
    spoken = np.isfinite(found)
    assert same_bits(found[spoken], core.scores(inputs, slice(0, 300))[spoken])
    assert np.isnan(core.scores(holed[98:102], slice(0, 4))).all()
    assert core.scores(holed, slice(40, 40)).shape == (0,)


def test_research_equals_live_to_the_bit(market):
    inputs, ts, labels = market
    speaker = fit_speaker(KIND, inputs, labels, slice(0, 1300), WALK.horizon)
    research = speak(speaker, ts, inputs, slice(1300, 1340), FINAL_FOLD, int(ts[1299]))
    for row in range(1300, 1340):
        live = speak(speaker, ts[: row + 1], inputs[: row + 1], slice(row, row + 1), FINAL_FOLD, int(ts[1299]))
        for name in ("edge_bps", "raw", "probability", "confidence", "familiarity", "fold", "seen_until"):
            assert same_bits(getattr(live, name), getattr(research, name)[row - 1300 : row - 1299]), name


def test_a_core_is_the_same_after_its_file(market, core, body):
    inputs, _, _ = market
    again = RecurrentCore.from_lists(json.loads(json.dumps(core.as_lists())), network_of(body))
    assert same_bits(again.scores(inputs, slice(0, COUNT)), core.scores(inputs, slice(0, COUNT)))
    assert network_bytes(again.network) == body


def test_figures_of_another_network_are_refused(core, body):
    fields = core.as_lists()
    for wrong in ({"window": WINDOW + 1}, {"center": [0.0]}, {"scale": [1.0] * 4}):
        with pytest.raises(Damaged, match="train the model again"):
            RecurrentCore.from_lists(fields | wrong, network_of(body))


def test_fewer_rows_than_one_batch_are_learnt_from_and_none_is_refused(market):
    inputs, _, labels = market
    settings = replace(SETTINGS, epochs=2)
    few = RecurrentKind(settings).fit(inputs, labels, np.arange(10, 40), np.arange(50, 60))
    assert np.isfinite(few.scores(inputs, slice(WINDOW, 100))).all()
    assert few.curves["learnt"].size == 2
    with pytest.raises(BadInput, match=r"model\.lstm\.window"):
        KIND.fit(inputs, labels, np.arange(0, WINDOW - 1), np.arange(50, 60))
    alone = RecurrentKind(settings).fit(inputs, labels, np.arange(10, 40), np.arange(0))
    assert "held_out" not in alone.curves
    assert not alone.importance.any()


def test_inputs_are_standardised_by_the_early_rows_and_cut():
    inputs = np.array([[1.0, 7.0], [3.0, 7.0], [1e9, 9.0], [np.nan, 7.0]])
    found = standardised(inputs, np.array([2.0, 7.0]), np.array([1.0, 0.0]))
    assert found.dtype == np.float32
    assert found[:3].tolist() == [[-1.0, 0.0], [1.0, 0.0], [WINSOR, 0.0]]
    assert np.isnan(found[3]).tolist() == [True, False]


def test_a_constant_input_counts_for_nothing(market):
    inputs, _, labels = market
    constant = inputs.copy()
    constant[:, 1] = 0.1
    core = RecurrentKind(replace(SETTINGS, epochs=1)).fit(constant, labels, np.arange(10, 1000), np.arange(1010, 1200))
    assert core.scale[1] == 0.0
    other = constant.copy()
    other[:, 1] = 12.0
    assert same_bits(core.scores(other, slice(0, 200)), core.scores(constant, slice(0, 200)))


def test_a_window_is_complete_when_all_of_it_is_known():
    inputs = np.zeros((6, 2), np.float32)
    inputs[2, 1] = np.nan
    assert complete(inputs, 2).tolist() == [False, True, False, False, True, True]
    assert complete(inputs[:1], 2).tolist() == [False]


def test_a_network_keeps_the_weights_that_it_is_given():
    configuration = architecture(3, 2, 4, 0.0, 5)
    start = training_by(configuration, 0.1).start
    found = weights_of(network_with(configuration, start))
    assert all(
        same_bits(np.asarray(a), np.asarray(b))
        for one, other in zip(found, start, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def repacked(body: bytes, changes: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | changes
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def configuration_of(body: bytes) -> dict:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert set(archive.namelist()) == MEMBERS
        return json.loads(archive.read(CONFIGURATION))


def with_layer(body: bytes, layer: dict) -> bytes:
    configuration = configuration_of(body)
    configuration["config"]["layers"].append(layer)
    return repacked(body, {CONFIGURATION: json.dumps(configuration).encode()})


FOREIGN = {
    "a lambda": {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {
            "name": "run",
            "function": {"class_name": "__lambda__", "config": {"code": "4wA=", "defaults": None}},
        },
        "registered_name": None,
    },
    "a module of another package": {"module": "os", "class_name": "system", "config": {}, "registered_name": None},
    "a layer of Keras that is none of ours": {
        "module": "keras.layers",
        "class_name": "TFSMLayer",
        "config": {"filepath": "x"},
        "registered_name": None,
    },
    "a registered class": {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"units": 1},
        "registered_name": "foreign>Dense",
    },
    "a class without a module": {"class_name": "Dense", "config": {"units": 1}},
}


@pytest.mark.parametrize("layer", FOREIGN.values(), ids=FOREIGN.keys())
def test_an_archive_that_names_anything_else_is_not_loaded(body, layer):
    with pytest.raises(Damaged, match="none of ours is made of"):
        network_of(with_layer(body, layer))


def test_an_initializer_that_is_a_function_of_another_package_is_not_loaded(body):
    configuration = configuration_of(body)
    layers = configuration["config"]["layers"]
    layers[-1]["config"]["activation"] = {"module": "builtins", "class_name": "function", "config": "eval"}
    with pytest.raises(Damaged, match=r"builtins\.function"):
        network_of(repacked(body, {CONFIGURATION: json.dumps(configuration).encode()}))


def test_what_is_cut_changed_or_none_of_ours_is_damaged(body):
    middle = len(body) // 2
    wrong = {
        "nothing": b"",
        "no archive": b"not a zip at all",
        "cut": body[:middle],
        "without its end": body[:-1],
        "a bit of the weights": body[:-4000] + bytes([body[-4000] ^ 0xFF]) + body[-3999:],
        "another member": repacked(body, {"model.pkl": b"\x80\x04."}),
        "compressed": repacked(body, {}, zipfile.ZIP_DEFLATED),
        "no configuration": repacked(body, {CONFIGURATION: b"{"}),
        "deep": repacked(body, {CONFIGURATION: b"[" * 100_000}),
        "no network": repacked(body, {CONFIGURATION: b"{}"}),
        "no weights": repacked(body, {"model.weights.h5": b"weights"}),
    }
    for content in wrong.values():
        with pytest.raises(Damaged, match="train the model again"):
            network_of(content)
