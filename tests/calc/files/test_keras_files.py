"""Keras files: archives, JSON and its dialects, and what is no model."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import pytest

from convcalc.files.keras import json_text
from convcalc.files.loading import load_text
from convcalc.files.readers import HEAD, reader_of
from convcalc.language.document import Overrides
from support.keras_files import layer, loaded, message, sequential, totals

SMALL = sequential(
    [10, 12, 3],
    layer("Conv2D", "conv", filters=4, kernel_size=[3, 2], activation="relu"),
    layer("Flatten", "flat"),
    layer("Dense", "head", units=5, use_bias=False),
)
# The kernel fits in 8 x 11 places of 10 x 12.
PARAMS = 3 * 2 * 3 * 4 + 4 + 8 * 11 * 4 * 5
MACS = 8 * 11 * 4 * 3 * 2 * 3 + 8 * 11 * 4 * 5
WHOLE = 4_301


def archive(**members: str | bytes) -> bytes:
    """A zip archive; double underscores stand for dots."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def text(model: Any) -> str:
    return json.dumps(model)


def older(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": class_name.lower(), **config}}


LAYERS = SMALL["config"]["layers"]
KERAS1 = {
    "class_name": "Sequential",
    "config": [
        older(
            "Convolution2D",
            batch_input_shape=[None, 10, 12, 3],
            nb_filter=4,
            nb_row=3,
            nb_col=2,
            subsample=[1, 1],
            border_mode="valid",
            dim_ordering="tf",
            activation="relu",
        ),
        older("Dropout", p=0.5),
        older("Flatten"),
        older("Dense", output_dim=5, bias=False, input_dim=None),
    ],
}
KERAS20 = {
    "class_name": "Sequential",
    "config": [
        {**LAYERS[1], "config": {**LAYERS[1]["config"], "batch_input_shape": [None, 10, 12, 3]}},
        *LAYERS[2:],
    ],
    "keras_version": "2.0.8",
}


class TestDialects:
    @pytest.mark.parametrize(
        "model",
        [
            SMALL,
            KERAS1,
            KERAS20,
            {"model_config": SMALL, "training_config": {}},
            {"format": "layers-model", "modelTopology": {"model_config": SMALL}},
            {"modelTopology": {"keras_version": "2.12.0", "model_config": KERAS20}},
            {**SMALL, "config": {**SMALL["config"], "layers": LAYERS[1:], "build_input_shape":
             [None, 10, 12, 3]}},
            {**SMALL, "config": {**SMALL["config"], "layers": LAYERS[1:]}, "build_config":
             {"input_shape": [None, 10, 12, 3]}},
        ],
    )  # fmt: skip
    def test_each_is_the_same_network(self, model: Any) -> None:
        found = totals(model)
        assert (found.params, found.macs) == (PARAMS, MACS)

    def test_channels_first(self) -> None:
        model = json.loads(text(KERAS1).replace('"tf"', '"th"').replace("10, 12, 3", "3, 10, 12"))
        found = totals(model)
        assert (found.params, found.macs) == (PARAMS, MACS)

    def test_the_version_and_the_name(self) -> None:
        assert loaded(KERAS20).document.source == {"format": "keras", "version": "2.0.8"}
        assert loaded(SMALL).document.content["name"] == "net"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    def test_encodings(self, encoding: str) -> None:
        assert totals(text(SMALL).encode(encoding)).params == PARAMS


class TestArchives:
    def test_a_model(self) -> None:
        data = archive(metadata__json="{}", config__json=text(SMALL), model__weights__h5=b"x" * 99)
        assert totals(data).params == PARAMS
        assert reader_of("net.keras", io.BytesIO(data)).format == "keras"
        assert reader_of("-", io.BytesIO(data)).format == "keras"

    def test_no_model(self) -> None:
        assert message(archive(data__json="{}")) == (
            "the zip archive has no member config.json; a .keras file has one"
        )

    def test_two_models(self) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as written:
            written.writestr("config.json", "{}")
            with pytest.warns(UserWarning, match="Duplicate"):
                written.writestr("config.json", "{}")
        assert "2 members config.json" in message(stream.getvalue())

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
    def test_names_that_lead_elsewhere(self, name: str) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as written:
            written.writestr(name, "x")
            written.writestr("config.json", text(SMALL))
        assert "has a member with the name" in message(stream.getvalue())

    def test_a_bomb(self) -> None:
        largest = json_text.LARGEST_JSON
        assert message(archive(config__json=b" " * (largest + 1))) == (
            "config.json in the zip archive is larger than 16 MiB"
        )

    def test_a_bomb_that_claims_to_be_small(self) -> None:
        data = bytearray(archive(config__json=b" " * (json_text.LARGEST_JSON + 1)))
        for start, field in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
            struct.pack_into("<L", data, data.rindex(start) + field, 100)
        assert message(bytes(data)).startswith(("the zip archive is damaged", "this is not valid"))

    def test_encrypted(self) -> None:
        data = bytearray(archive(config__json=text(SMALL)))
        data[data.rindex(b"PK\1\2") + 8] |= 1
        assert message(bytes(data)) == "config.json in the zip archive is encrypted"

    def test_another_compression(self) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as written:
            written.writestr("config.json", text(SMALL))
        assert "an unknown kind of compression" in message(stream.getvalue())

    def test_a_very_long_list_of_members(self) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as written:
            for number in range(20_000):
                written.writestr(f"{number:030}", "")
        assert message(stream.getvalue()).startswith("the zip archive is damaged")

    def test_every_part_of_a_damaged_one(self) -> None:
        data = archive(metadata__json="{}", config__json=text(SMALL))
        for length in range(4, len(data), 7):
            assert message(data[:length])
        for at in range(len(data)):
            broken = bytearray(data)
            broken[at] ^= 0xFF
            found = loaded(bytes(broken))
            assert found.problems or found.network


class TestNoModels:
    def test_hdf5(self) -> None:
        data = b"\x89HDF\r\n\x1a\n" + bytes(100)
        assert reader_of("net.h5", io.BytesIO(data)).format == "keras"
        assert "model.to_json()" in message(data)

    @pytest.mark.parametrize(
        "model", [{"modelTopology": {"node": []}}, {"format": "graph-model", "modelTopology": None}]
    )
    def test_a_graph_model(self, model: Any) -> None:
        assert message(model).startswith("this is a TensorFlow.js graph model")

    @pytest.mark.parametrize("model", [{}, [], 1, None, "x", {"name": "left-pad"}, {"config": {}}])
    def test_other_json(self, model: Any) -> None:
        found = loaded(model)
        assert not found.document.is_network
        assert message(model) == "this is no Keras model: there is no class_name with a config"

    def test_a_subclassed_model(self) -> None:
        assert message({"class_name": "Net", "config": {"depth": 3}}) == (
            "Net is not a Sequential or functional model: its layers are not in the file"
        )

    @pytest.mark.parametrize("layers", [None, 3, {}, []])
    def test_without_layers(self, layers: Any) -> None:
        assert "layers" in message({"class_name": "Model", "config": {"layers": layers}})

    def test_the_start_of_a_file_decides(self) -> None:
        model = text(SMALL).encode()
        assert reader_of("-", io.BytesIO(model)).format == "keras"
        assert reader_of("-", io.BytesIO(b"{input: [3]}")).format == "yaml"
        assert reader_of("-", io.BytesIO(b"{" + b" " * HEAD + b'"class_name": 1}')).format == "yaml"


class TestJson:
    def test_a_syntax_error_has_its_place(self) -> None:
        found = load_text(b'{"class_name": "Model",\n "config" {}}', "net.json")
        (problem,) = found.problems
        assert problem.place is not None
        assert problem.place.within("net.json") == "net.json:2:11"
        assert problem.text == "this is not valid JSON: expecting ':' delimiter"
        assert found.document.is_network
        assert found.document.line(2) == ' "config" {}}'

    @pytest.mark.parametrize("bracket", ["[", '{"a":'])
    def test_depth(self, bracket: str) -> None:
        assert "in each other" in message((bracket * 200_000).encode())

    def test_models_in_each_other(self) -> None:
        model = sequential([8])
        for _ in range(300):
            model = sequential([8], {**model, "name": "inner"})
        assert "in each other" in message(model)

    def test_a_long_number(self) -> None:
        data = text(SMALL).replace('"units": 5', '"units": ' + "9" * WHOLE)
        assert message(data.encode()) == "the JSON text has a number of too many digits"

    def test_a_large_number(self) -> None:
        data = text(SMALL).replace('"units": 5', '"units": 1' + "0" * 40)
        assert message(data.encode()).startswith("net: layer head: units is 1000")

    def test_nan_is_no_size(self) -> None:
        data = text(SMALL).replace('"units": 5', '"units": NaN')
        assert message(data.encode()) == "net: layer head: units is nan, not a whole number"

    def test_many_lists(self) -> None:
        data = b"[" + b"[]," * (json_text.MOST_COLLECTIONS + 1) + b"[]]"
        assert message(data) == "the JSON text has more than 500,000 lists and objects"

    def test_size(self) -> None:
        assert message(b" " * (json_text.LARGEST_JSON + 1)) == (
            "the JSON text is larger than 16 MiB"
        )

    def test_bytes_that_are_no_text(self) -> None:
        assert message(b'{"class_name": "\xff"}') == (
            "this is not valid JSON: it cannot be decoded as utf-8"
        )


class TestSizes:
    OPEN = sequential([None, None, 3], layer("Conv2D", "conv", filters=4, kernel_size=3))

    def test_an_open_size(self) -> None:
        assert message(self.OPEN) == (
            "net: layer image: the size of the input is open in the file: (?, ?, 3); "
            "give it with --size or --input"
        )

    @pytest.mark.parametrize("overrides", [Overrides(size=16), Overrides(inputs={"": (3, 16, 16)})])
    def test_a_size(self, overrides: Overrides) -> None:
        assert totals(self.OPEN, overrides).macs == 14 * 14 * 4 * 27
        assert totals(SMALL, overrides).params == 3 * 2 * 3 * 4 + 4 + 14 * 15 * 4 * 5

    def test_open_channels(self) -> None:
        model = sequential([8, 8, None], layer("Conv2D", "conv", filters=4, kernel_size=3))
        assert message(model).endswith("give it with --input")

    def test_a_batch(self) -> None:
        model = json.loads(text(SMALL).replace("[null, 10", "[4, 10"))
        found = loaded(model)
        assert found.network is not None
        assert found.document.content["batch"] == 4
        assert found.network.totals().macs == 4 * MACS

    @pytest.mark.parametrize("shape", [3, [], [None, 0], [None, "8"], [None, -3], [None, True], {}])
    def test_impossible(self, shape: Any) -> None:
        model = sequential([8], layer("Dense", "head", units=2))
        model["config"]["layers"][0]["config"]["batch_shape"] = shape
        assert message(model).startswith("net: layer image: the shape of the input is ")

    def test_none_in_the_file(self) -> None:
        model = {"class_name": "Sequential", "config": [layer("Dense", "head", units=2)]}
        assert message(model) == (
            "net: layer head_input: the shape of the input is not in the file"
        )
