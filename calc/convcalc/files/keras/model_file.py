"""The model in a file: found in an archive or in JSON, whatever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from convcalc.files.keras.archive import member_bytes
from convcalc.files.keras.definitions import LONGEST_NAME, class_and_config, is_model
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.json_text import LARGEST_JSON
from convcalc.files.keras.legacy import modern_class
from convcalc.records import NamedTuple

ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"

TOPOLOGY = "modelTopology"
CONFIG = "model_config"

WRITE_JSON = (
    "this is an HDF5 file, which is not read; write its model as JSON in Keras: "
    "open('model.json', 'w').write(model.to_json())"
)
NO_MODEL = "this is no Keras model: there is no class_name with a config"
GRAPH_MODEL = (
    "this is a TensorFlow.js graph model, whose layers are not in the file any more; "
    "convert the Keras model that it was made from"
)


class ModelFile(NamedTuple):
    """The class and config of the outermost model, and what else a file has."""

    class_name: str
    config: Any
    build_shape: Any
    """The shape of its input with the batch, if it is in the file."""
    version: str | None
    """Of Keras, if it is in the file."""

    @property
    def name(self) -> str | None:
        """What the model is called, if it is in the file.

        >>> ModelFile("Sequential", {"name": "mnist"}, None, None).name
        'mnist'
        """
        name = self.config.get("name") if isinstance(self.config, dict) else None
        return name if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME else None


def model_bytes(stream: BinaryIO) -> bytes:
    """The JSON text in a file.

    Args:
        stream: the file, at its start.

    Raises:
        KerasError: it is of a kind that has none.
        OSError: it cannot be read.

    >>> from io import BytesIO
    >>> model_bytes(BytesIO(b"{}"))
    b'{}'
    """
    head = stream.read(len(HDF5))
    stream.seek(0)
    if head.startswith(HDF5):
        raise KerasError(WRITE_JSON)
    if head.startswith(ZIP):
        return member_bytes(stream, LARGEST_JSON)
    return stream.read(LARGEST_JSON + 1)


def model_file(value: Any) -> ModelFile:
    """The model in the value of a JSON text.

    Raises:
        KerasError: there is none.

    >>> model_file({"modelTopology": {"model_config": {"class_name": "Model", "config": {}}}})[:2]
    ('Model', {})
    """
    outer = value if isinstance(value, dict) else {}
    topology = outer.get(TOPOLOGY)
    if isinstance(topology, dict):
        if "node" in topology:
            raise KerasError(GRAPH_MODEL)
        outer = topology
    elif outer.get("format") == "graph-model":
        raise KerasError(GRAPH_MODEL)
    model = outer.get(CONFIG, outer)
    if not isinstance(model, dict) or not {"class_name", "config"} <= model.keys():
        raise KerasError(NO_MODEL)
    class_name, config = class_and_config(model)
    own = modern_class(class_name)
    if not is_model(own, config):
        raise KerasError(
            f"{class_name} is not a Sequential or functional model: its layers are not in the file"
        )
    return ModelFile(own, config, _build_shape(model), _version(outer, model))


def is_meant(value: Any) -> bool:
    """Whether the value of a JSON text is a model, or one that cannot be read.

    >>> is_meant({"class_name": "Sequential", "config": []}), is_meant({"name": "left-pad"})
    (True, False)
    """
    try:
        model_file(value)
    except KerasError as error:
        return error.fault.message != NO_MODEL
    return True


def _build_shape(model: Mapping[str, Any]) -> Any:
    config = model.get("build_config")
    return config.get("input_shape") if isinstance(config, dict) else None


def _version(*places: Mapping[str, Any]) -> str | None:
    found = [place.get("keras_version") for place in places]
    return next((version for version in found if isinstance(version, str)), None)
