"""Keras networks as bytes in Keras' own format, without pickle. Importing this module chooses the backend.

A `.keras` file is a zip archive of a JSON configuration and an HDF5 file of weights. The configuration names the
classes that Keras builds, so a foreign one could run code: only those that our networks are made of are let in.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.types import Damaged

if TYPE_CHECKING:
    import keras

# Before Keras is imported for the first time; of itself it wants TensorFlow, and JAX looks for graphics cards.
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

CONFIGURATION, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MEMBERS = {CONFIGURATION, METADATA, WEIGHTS}
CLASSES = {
    ("keras", "Sequential"),
    ("keras", "DTypePolicy"),
    ("keras.layers", "InputLayer"),
    ("keras.layers", "LSTM"),
    ("keras.layers", "Dropout"),
    ("keras.layers", "Dense"),
    ("keras.initializers", "GlorotUniform"),
    ("keras.initializers", "Orthogonal"),
    ("keras.initializers", "Zeros"),
}
# What every member of the archive is dated: its bytes depend on nothing but the network.
NO_DATE = (1980, 1, 1, 0, 0, 0)
AGAIN = "train the model again"


def network_bytes(network: keras.Model) -> bytes:
    """The network as a `.keras` file; the same network gives the same bytes."""
    from keras import saving

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        saving.save_model(network, path)
        return _undated(path.read_bytes())


def network_of(body: bytes) -> keras.Model:
    """The network of such bytes.

    Raises:
        Damaged: they are no such archive, or name anything but the layers that our networks are made of.
    """
    _require_ours(body)
    from keras import saving

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        path.write_bytes(body)
        try:
            return saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # Keras and HDF5 raise whatever they stumble over
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise Damaged(f"the network cannot be read ({reason[0]}); {AGAIN}") from error


def _undated(body: bytes) -> bytes:
    """The same archive without the time of its making and the addresses in memory of what it was made of."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as made, zipfile.ZipFile(out, "w") as kept:
        for name in sorted(MEMBERS):
            content = made.read(name)
            if name == METADATA:
                content = json.dumps({"keras_version": json.loads(content)["keras_version"]}).encode()
            if name == CONFIGURATION:
                content = json.dumps(_without_addresses(json.loads(content))).encode()
            kept.writestr(zipfile.ZipInfo(name, NO_DATE), content)
    return out.getvalue()


def _without_addresses(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_addresses(one) for name, one in part.items() if name != "shared_object_id"}
    return [_without_addresses(one) for one in part] if isinstance(part, list) else part


def _require_ours(body: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            _require_members(archive.infolist())
            configuration = json.loads(archive.read(CONFIGURATION))
    except (
        zipfile.BadZipFile,
        ValueError,
        KeyError,
        RecursionError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise Damaged(f"the network is no readable .keras archive ({error}); {AGAIN}") from error
    for module, name in _classes(configuration):
        if (module, name) not in CLASSES:
            raise Damaged(f"the network names {module}.{name}, which none of ours is made of; {AGAIN}")


def _require_members(members: list[zipfile.ZipInfo]) -> None:
    names = sorted(one.filename for one in members)
    if names != sorted(MEMBERS):
        raise Damaged(
            f"the network's archive holds {', '.join(names)}; allowed is {', '.join(sorted(MEMBERS))}; {AGAIN}"
        )
    if any(one.compress_type != zipfile.ZIP_STORED for one in members):
        raise Damaged(f"the network's archive is compressed, which Keras never does; {AGAIN}")


def _classes(part: Any) -> Iterator[tuple[object, object]]:
    """Module and name of everything in a configuration that Keras would build."""
    if isinstance(part, dict):
        if "class_name" in part or "module" in part:
            yield part.get("module"), part.get("class_name")
        if part.get("registered_name") is not None:
            yield part["registered_name"], part.get("class_name")
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _classes(one)
