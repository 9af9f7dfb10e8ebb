"""Caffe files: what each layer and setting means, with sizes by Caffe's own formulas."""

from __future__ import annotations

from math import ceil

import pytest

from convcalc.files.places import Place
from convcalc.language.document import Overrides
from support.texts import TextFormat

NO_FIELD = "not a field: write `name: value` or `name { ... }`"
INPUT = 'input: "data" input_dim: 10 input_dim: 4 input_dim: 13 input_dim: 9\n'


FORMAT = TextFormat("net.prototxt", INPUT)
loaded, rows, shape, problem = FORMAT.loaded, FORMAT.rows, FORMAT.shape, FORMAT.problem


def layer(kind: str, settings: str = "", bottom: str = "data", top: str = "y") -> str:
    """A layer of a name like its top's."""
    tops = " ".join(f'top: "{each}"' for each in top.split())
    bottoms = " ".join(f'bottom: "{each}"' for each in bottom.split())
    name = (top or kind).split()[0]
    return f'layer {{ name: "{name}" type: "{kind}" {bottoms} {tops} {settings} }}\n'


def conv(settings: str = "num_output: 8 kernel_size: 3 pad: 1", **more: str) -> str:
    """A convolution."""
    return layer("Convolution", f"convolution_param {{ {settings} }}", **more)


def slips(text: str) -> list[str]:
    """What is noted of a network with some layers."""
    found = loaded(INPUT + text)
    assert found.problems == []
    return [each.message for each in found.notes]


class TestMistakes:
    """What Caffe itself refuses to read or to run."""

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ("num_output: 8 num_output: 4 kernel_size: 1", "num_output is given 2 times"),
            ("num_output { a: 8 } kernel_size: 1", "num_output needs a value, not { ... }"),
            ("num_output: 8 kernel_size { a: 8 }", "kernel_size needs a value, not { ... }"),
            ("num_output: 8 kernel_size: 3 kernel_h: 5", "kernel_size and kernel_h are both given"),
            ("num_output: 8 kernel_size: 3 stride: 1 stride_w: 2", "stride and stride_w are both"),
        ],
    )
    def test_of_settings(self, settings: str, message: str) -> None:
        assert problem(INPUT + conv(settings))[0].startswith(message)

    def test_of_layers(self) -> None:
        twice = "convolution_param { num_output: 8 } convolution_param { kernel_size: 1 }"
        assert problem(INPUT + layer("Convolution", twice))[0] == (
            "convolution_param is given 2 times"
        )
        two = conv() + layer("ReLU", bottom="y data", top="z")
        assert problem(INPUT + two)[0] == "ReLU reads one bottom, not 2"
        again = conv() + conv()
        assert problem(INPUT + again)[0].startswith("top y has a value already")
        assert problem(INPUT + layer("LSTM"))[0] == "there is no rule for layers of type LSTM"

    def test_unknown_fields_that_are_like_known_ones(self) -> None:
        right = "num_output: 8 kernel_size: 3 weight_filler { type: 'xavier' } engine: CAFFE"
        assert slips(conv(right)) == []
        assert slips(conv(f"{right} strid: 2 bias_trm: false")) == [
            "unknown field strid; did you mean stride?",
            "unknown field bias_trm; did you mean bias_term?",
        ]
        wrong = layer("Softmax", "softmx_param { axis: 2 }", bottom="y", top="z")
        assert slips(conv() + wrong) == ["unknown field softmx_param; did you mean softmax_param?"]


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "layer { name: 'y' type: 'Convolution' bottom: 'data' top: 'y' "
            "convolution_param { num_output: 8 kernel_size: 3 } }",
            'layer: < name: "y"; type: "Convolution"; bottom: "data", top: "y" '
            "convolution_param: < num_output: 8 kernel_size: [3, 3] > >",
            '# a comment { "\nlayer{name:"y"# more\ntype:"Convolution"bottom:"data"top:"y"'
            "convolution_param{num_output:8 kernel_h:3 kernel_w:3}}",
            'layers { name: "y" type: CONVOLUTION bottom: "data" top: "y" '
            "convolution_param { num_output: 8 kernel_size: 3 } }",
        ],
    )
    def test_spellings(self, text: str) -> None:
        assert rows(INPUT + text)["y"].params == 8 * 4 * 9 + 8

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("layer { name: }", NO_FIELD),
            ("layer { name 3 }", NO_FIELD),
            ("layer { name: 'y }", NO_FIELD),
            ("layer }", NO_FIELD),
            ("}", NO_FIELD),
            ("layer { name: 'y' >", NO_FIELD),
            ("layer { dim: [3, 4 }", NO_FIELD),
            ("layer [", NO_FIELD),
            ("layer", NO_FIELD),
            ("layer { name: 'y'", "the } of layer is missing"),
            ("dim: [" + "1 " * 100_001 + "]", "the file has more than 100,000 values"),
            ("a { " * 101, "messages are more than 100 deep in each other"),
        ],
    )
    def test_mistakes(self, text: str, message: str) -> None:
        assert problem(text) == (message, 1)

    def test_numbers(self) -> None:
        for value, told in [
            ("x", "x is not a whole number"),
            ("3.5", "3.5 is not a whole number"),
            ("0", "0 is below 1"),
            ("9" * 5000, f"{'9' * 60}... is too large"),
        ]:
            text = INPUT + conv(f"num_output: {value} kernel_size: 3")
            assert problem(text) == (f"num_output: {told}", 2)


class TestInputs:
    def test_ways_to_tell_them(self) -> None:
        dims = "dim: 10 dim: 4 dim: 13 dim: 9"
        body = conv()
        for text in [
            f'input: "data" input_shape {{ {dims} }}',
            layer("Input", f"input_param {{ shape {{ {dims} }} }}", bottom="", top="data"),
            layer("DummyData", f"dummy_data_param {{ shape {{ {dims} }} }}", "", "data"),
            layer(
                "MemoryData",
                "memory_data_param { batch_size: 2 channels: 4 height: 13 width: 9 }",
                bottom="",
                top="data label",
            ),
        ]:
            found = loaded(text + body)
            assert found.notes == []
            assert found.network is not None
            assert found.network.inputs == {"input": (4, 13, 9)}
            assert found.network.totals().macs == 8 * 4 * 9 * 13 * 9

    def test_a_database_tells_no_channels(self) -> None:
        data = layer("Data", "transform_param { crop_size: 24 }", bottom="", top="data label")
        loss = layer("SoftmaxWithLoss", bottom="y label", top="loss")
        found = loaded(data + conv() + loss)
        assert found.network is not None
        assert found.network.inputs == {"input": (3, 24, 24)}
        (note,) = found.notes
        assert note.message == "3 channels assumed: they are in the data alone"

    def test_a_size_that_is_in_no_file(self) -> None:
        text = layer("Data", "data_param { source: 'x' }", bottom="", top="data label") + conv()
        message = "the size of data is in no file; give it with --input"
        assert problem(text) == (message, 1)
        found = loaded(text, Overrides(inputs={"": (1, 28, 28)})).network
        assert found is not None
        assert found.audit().totals.output_shape == (8, 28, 28)

    def test_sizes_that_are_set(self) -> None:
        found = loaded(INPUT + conv(), Overrides(size=32)).network
        assert found is not None
        assert found.audit().totals.output_shape == (8, 32, 32)

    def test_several(self) -> None:
        text = (
            'input: "left" input: "right" input_shape { dim: 1 dim: 4 dim: 8 dim: 8 } '
            "input_shape { dim: 1 dim: 4 dim: 8 dim: 8 }\n" + layer("Eltwise", bottom="left right")
        )
        found = loaded(text).network
        assert found is not None
        assert [*found.inputs] == ["left", "right"]


def test_phases() -> None:
    data = layer("Data", "include { phase: TRAIN }", bottom="", top="data label")
    test = layer("Data", "include { phase: TEST stage: 'x' }", bottom="", top="data label")
    kept = layer("Input", "input_param { shape { dim: 1 dim: 4 dim: 8 dim: 8 } }", "", "data")
    dropped = [
        layer("Dropout", "include { phase: TRAIN }", bottom="y", top="y"),
        layer("Dropout", "exclude { phase: TEST }", bottom="y", top="y"),
        layer("Accuracy", bottom="y label", top="accuracy"),
        layer("Silence", bottom="label", top=""),
    ]
    assert [*rows(data + test + kept + conv() + "".join(dropped))] == ["y"]


class TestWindows:
    @pytest.mark.parametrize("settings", ["", "pad: 1", "pad: 2 stride: 2", "stride: 3"])
    @pytest.mark.parametrize("transposed", [False, True])
    def test_convolutions(self, settings: str, transposed: bool) -> None:
        words = settings.replace(":", "").split()
        told = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        pad, stride = told.get("pad", 0), told.get("stride", 1)
        kind = "Deconvolution" if transposed else "Convolution"
        part = f"convolution_param {{ num_output: 6 kernel_size: 3 group: 2 {settings} }}"
        sizes = [
            stride * (room - 1) + 3 - 2 * pad if transposed else (room + 2 * pad - 3) // stride + 1
            for room in (13, 9)
        ]
        row = rows(INPUT + layer(kind, part))["y"]
        assert row.output_shape == (6, *sizes)
        assert row.params == 6 * 4 // 2 * 9 + 6

    def test_their_settings(self) -> None:
        assert shape(conv("num_output: 8 kernel_h: 3 kernel_w: 1")) == (8, 11, 9)
        assert shape(conv("num_output: 8 kernel_size: [3, 1] pad: 1 pad: 0")) == (8, 13, 9)
        assert shape(conv("num_output: 8 kernel_size: 3 dilation: 2")) == (8, 9, 5)
        bare = rows(INPUT + conv("num_output: 8 kernel_size: 3 bias_term: false"))
        assert bare["y"].params == 8 * 4 * 9
        for kind in ("ConvolutionDepthwise", "DepthwiseConvolution"):
            part = "convolution_param { num_output: 4 kernel_size: 3 }"
            assert rows(INPUT + layer(kind, part))["y"].params == 4 * 9 + 4

    @pytest.mark.parametrize("kernel", [1, 2, 3, 5])
    @pytest.mark.parametrize("stride", [1, 2, 3])
    @pytest.mark.parametrize("pad", [0, 1, 2, 4])
    @pytest.mark.parametrize("kind", ["MAX", "AVE"])
    def test_poolings(self, kernel: int, stride: int, pad: int, kind: str) -> None:
        settings = f"pool: {kind} kernel_size: {kernel} stride: {stride} pad: {pad}"
        text = layer("Pooling", f"pooling_param {{ {settings} }}")
        if pad >= kernel:
            assert "is not below the kernel" in problem(INPUT + text)[0]
            return
        sizes = []
        for room in (13, 9):
            outputs = ceil((room + 2 * pad - kernel) / stride) + 1
            if pad and (outputs - 1) * stride >= room + pad:
                outputs -= 1
            sizes.append(outputs)
        assert shape(text) == (4, *sizes)

    def test_poolings_of_forks(self) -> None:
        for settings in ("round_mode: FLOOR", "ceil_mode: false"):
            part = f"pooling_param {{ kernel_size: 2 stride: 2 {settings} }}"
            assert shape(layer("Pooling", part)) == (4, 6, 4)
        assert shape(layer("Pooling", "pooling_param { global_pooling: true }")) == (4, 1, 1)

    def test_places_of_the_largest(self) -> None:
        pool = layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", top="p mask")
        up = layer("Upsample", "upsample_param { scale: 2 pad_out_w: true }", bottom="p mask")
        text = pool + up
        assert shape(text) == (4, 14, 9)
        sized = up.replace("scale: 2 pad_out_w: true", "upsample_h: 13 upsample_w: 9")
        assert shape(pool + sized) == (4, 13, 9)


class TestNorms:
    def test_a_pair_is_one_norm(self) -> None:
        text = (
            conv()
            + layer("BatchNorm", bottom="y", top="y")
            + layer("Scale", "scale_param { bias_term: true }", bottom="y", top="y")
        ).replace('name: "y" type: "B', 'name: "bn" type: "B')
        text = text.replace('name: "y" type: "S', 'name: "scale" type: "S')
        found = rows(INPUT + text)
        assert [row.operation for row in found.values()] == ["conv", "identity", "batch_norm"]
        assert (found["bn"].params, found["scale"].params) == (0, 16)

    def test_a_norm_that_others_read_too(self) -> None:
        text = (
            layer("BatchNorm", top="b")
            + layer("Scale", "scale_param { bias_term: true }", bottom="b", top="s")
            + layer("Eltwise", bottom="b s")
        )
        found = rows(INPUT + text)
        assert found["b"].operation == "batch_norm"
        assert {name: row.params for name, row in found.items() if row.params} == {
            "s": 4,
            "s.bias": 4,
        }

    def test_alone(self) -> None:
        assert rows(INPUT + layer("BatchNorm"))["y"].params == 0
        assert rows(INPUT + layer("Scale"))["y"].params == 4
        assert rows(INPUT + layer("BN"))["y"].params == 8
        assert rows(INPUT + layer("PReLU"))["y"].params == 4
        shared = layer("PReLU", "prelu_param { channel_shared: true }")
        assert rows(INPUT + shared)["y"].params == 1

    def test_a_scale_by_another_value(self) -> None:
        text = (
            layer("Pooling", "pooling_param { global_pooling: true }", top="p")
            + layer("Flatten", bottom="p", top="f")
            + layer("Scale", "scale_param { axis: 0 }", bottom="data f")
        )
        assert shape(text) == (4, 13, 9)


class TestShapes:
    def test_a_linear_layer_flattens(self) -> None:
        part = "inner_product_param { num_output: 5 }"
        found = rows(INPUT + layer("InnerProduct", part))
        assert [*found] == ["y.flatten", "y"]
        assert found["y"].params == 4 * 13 * 9 * 5 + 5
        positions = "inner_product_param { num_output: 5 axis: 3 }"
        assert rows(INPUT + layer("InnerProduct", positions))["y"].macs == 4 * 13 * 9 * 5

    def test_merges(self) -> None:
        two = conv(top="a") + conv(top="b")
        for settings, word in [
            ("", "add"),
            ("eltwise_param { operation: PROD }", "multiply"),
            ("eltwise_param { operation: MAX }", "maximum"),
            ("eltwise_param { coeff: 1 coeff: -1 }", "subtract"),
        ]:
            text = INPUT + two + layer("Eltwise", settings, bottom="a b")
            assert rows(text)["y"].operation == word
        assert shape(two + layer("Concat", bottom="a b data")) == (20, 13, 9)
        for name in ("axis", "concat_dim"):
            text = two + layer("Concat", f"concat_param {{ {name}: 2 }}", bottom="a b")
            assert shape(text) == (8, 26, 9)

    def test_parts(self) -> None:
        even = rows(INPUT + layer("Slice", top="a b"))
        assert [row.output_shape for row in even.values()] == [(2, 13, 9)] * 2
        part = "slice_param { axis: 2 slice_point: 3 slice_point: 4 }"
        odd = rows(INPUT + layer("Slice", part, top="a b c"))
        assert [row.output_shape[1] for row in odd.values()] == [3, 1, 9]
        text = layer("Split", top="a b") + layer("Eltwise", bottom="a b")
        assert shape(text) == (4, 13, 9)

    def test_other_axes(self) -> None:
        part = "reshape_param { shape { dim: 0 dim: 2 dim: -1 } }"
        assert shape(layer("Reshape", part)) == (2, 234)
        part = "reshape_param { shape { dim: 10 dim: 52 dim: 9 } }"  # 10: the batch of the file
        assert shape(layer("Reshape", part)) == (52, 9)
        part = "reshape_param { axis: 1 num_axes: 1 shape { dim: 2 dim: 2 } }"
        assert shape(layer("Reshape", part)) == (2, 2, 13, 9)
        assert shape(layer("Flatten")) == (468,)
        turned = layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }", top="t")
        assert shape(turned + layer("Flatten", bottom="t")) == (468,)

    def test_cuts(self) -> None:
        small = layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", top="p")
        text = small + layer("Crop", "crop_param { axis: 2 offset: 1 }", bottom="data p")
        assert shape(text) == (4, 7, 5)

    def test_factors_of_interpolation(self) -> None:
        def sized(settings: str) -> tuple[int, ...]:
            return shape(layer("Interp", f"interp_param {{ {settings} }}"))

        assert sized("height: 20 width: 30") == (4, 20, 30)
        assert sized("zoom_factor: 2") == (4, 13 + 12, 9 + 8)
        assert sized("shrink_factor: 2") == (4, 12 // 2 + 1, 8 // 2 + 1)


class TestRows:
    def test_names_and_places(self) -> None:
        text = INPUT + conv().replace('"y" type', '"stem/3x3" type')
        found = loaded(text)
        assert [*rows(text)] == ["stem.3x3"]
        assert found.document.source_names == {("layers", 0): "stem/3x3"}
        assert found.document.item_places([("layers", 0)]) == {("layers", 0): Place(2, 1, 5)}

    def test_a_top_that_takes_the_name_of_its_bottom(self) -> None:
        relu = layer("ReLU", bottom="y", top="y").replace('"y" type', '"relu" type')
        found = rows(INPUT + conv() + relu + conv(bottom="y", top="z"))
        assert found["z"].inputs == ("relu",)

    def test_values_that_nothing_reads_are_outputs(self) -> None:
        text = INPUT + conv() + conv(bottom="y", top="a") + conv(bottom="y", top="b")
        assert loaded(text).document.content["outputs"] == ["a", "b"]

    def test_shared_weights_count_once(self) -> None:
        named = "param { name: 'w' } param { name: 'b' }"
        part = f"convolution_param {{ num_output: 4 kernel_size: 1 }} {named}"
        text = layer("Convolution", part) + layer("Convolution", part, bottom="y", top="z")
        found = rows(INPUT + text)
        assert [row.params for row in found.values()] == [4 * 4 + 4, 0]
        assert found["z"].weights_of == "y"

    def test_boxes_are_left_out(self) -> None:
        text = (
            conv()
            + layer("PriorBox", bottom="y data", top="prior")
            + layer("Concat", bottom="prior", top="priors")
            + layer("DetectionOutput", bottom="y priors", top="boxes")
        )
        assert [*rows(INPUT + text)] == ["y"]
        (note,) = loaded(INPUT + text).notes
        assert note.message == (
            "3 layers of boxes or labels left out: PriorBox, Concat, DetectionOutput"
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (layer("Python"), "there is no rule for layers of type Python"),
            (layer("Poolng"), "there is no rule for layers of type Poolng; did you mean Pooling?"),
            (layer("ReLU", bottom="dat"), "unknown bottom dat; did you mean data?"),
            (layer("ReLU", bottom="y"), "unknown bottom y"),
            (conv("kernel_size: 3"), "there is no num_output"),
            (conv("num_output: 3"), "there is no kernel_size"),
            (
                conv("num_output: 6 kernel_size: 1 group: 4"),
                "groups=4 does not divide out_channels=6",
            ),
            (
                layer("Slice", top="a b c"),
                "4 positions of axis 1 cannot be cut into 3 tops",
            ),
            ("layer { layer { name: 'y' } }", "the layer has no type"),
            ("layer { name: 'y' }", "the layer has no type"),
            ("solver_mode: GPU", "there are no layers in the file"),
        ],
    )
    def test_what_is_refused(self, text: str, message: str) -> None:
        assert problem(INPUT + text)[0] == message
