"""Darknet files: what each section and option means, with sizes by Darknet's own formulas."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.errors import SpecError
from convcalc.files.places import Place
from convcalc.language.document import Overrides
from support.texts import TextFormat

NET = "[net]\nheight=12\nwidth=10\nchannels=4\n"
CONV = "[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=linear\n"


FORMAT = TextFormat("net.cfg", NET)
loaded, rows, shape, problem = FORMAT.loaded, FORMAT.rows, FORMAT.shape, FORMAT.problem


def notes(text: str) -> list[tuple[str, Any]]:
    """What is told besides about a network, and in which lines."""
    found = loaded(text)
    assert found.problems == []
    told = [*found.notes, *found.warnings]
    return [(each.message, each.place and each.place.line) for each in told]


class TestText:
    def test_comments_blanks_and_line_ends(self) -> None:
        text = (
            "# made by hand\r\n [ net ]\r\nheight = 1 2\r\nwidth=10\n;width=99\nchannels =4\n\n"
            "[conv]\n filters= 8#32\nsize=3 \npad\t=\t1\n"
        )
        assert [row.output_shape for row in rows(text).values()] == [(8, 12, 10)] * 2

    def test_a_mark_of_utf8(self) -> None:
        assert loaded("\ufeff" + NET + CONV).network is not None

    @pytest.mark.parametrize(
        ("value", "number"), [("40#32", 40), ("180###P6", 180), ("+7", 7), ("007", 7)]
    )
    def test_a_number_ends_where_its_digits_end(self, value: str, number: int) -> None:
        text = f"{NET}[convolutional]\nfilters={value}\n"
        assert rows(text)["L0.convolutional"].output_shape == (number, 12, 10)
        assert notes(text) == []

    def test_of_options_with_one_key_the_first_counts(self) -> None:
        text = f"{NET}{CONV}filters=16\n"
        assert rows(text)["L0.convolutional"].output_shape[0] == 8
        assert notes(text) == [("filters=16 is not used: filters=8 in line 6 comes first", 10)]
        assert notes(f"{NET}{CONV}filters=8\nstopbackward=1\nstopbackward=2\n") == []

    @pytest.mark.parametrize("text", ["", "# nothing\n", " \n\n"])
    def test_of_nothing(self, text: str) -> None:
        told = "the first section of a network is [net], but there is none"
        assert problem(text) == (told, None)

    def test_what_is_strange_is_told(self) -> None:
        assert notes(f"{NET}{CONV}stride\n") == [("stride is no key=value and left out", 10)]
        assert notes(f"{NET}{CONV}stride=1.5\n") == [("stride=1.5 is read as 1", 10)]
        assert notes(f"{NET}[conv]\nfilter=8\n") == [
            ("[conv] has no filters; Darknet takes 1", 5),
            ("unknown key filter in [conv]; did you mean filters?", 6),
        ]
        assert notes(f"{NET}{CONV}[activation]\nactivation=leeky\n") == [
            ("unknown activation leeky; did you mean leaky? Darknet takes relu", 11)
        ]
        assert notes(f"{NET}{CONV}=16\n") == [("=16 is no key=value and left out", 10)]

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("0x10", "filters=0x10, read as 0, is below 1"),
            ("-2.5", "filters=-2.5, read as -2, is below 1"),
            ("99999999999e1", "filters=99999999999e1, read as 99999999999, is too large"),
        ],
    )
    def test_a_number_that_ends_early_is_shown_as_written(self, value: str, message: str) -> None:
        assert problem(f"{NET}[conv]\nfilters={value}\n") == (message, 6)


class TestRows:
    def test_names_places_and_source_names(self) -> None:
        text = f"{NET}{CONV}[conv]\nbatch_normalize=1\nactivation=leaky\nfilters=2\n"
        found = loaded(text)
        assert [*rows(text)] == [
            "L0.convolutional",
            "L1.convolutional",
            "L1.convolutional.batch_norm",
            "L1.convolutional.leaky_relu",
        ]
        assert found.document.item_places([("layers", 3)]) == {("layers", 3): Place(10, 1, 6)}
        assert found.document.line(10) == "[conv]"
        assert found.document.source == {"format": "darknet"}

    @pytest.mark.parametrize(
        ("size", "options", "padding"),
        [
            (3, "pad=1", 1),
            (5, "pad=1", 2),
            (4, "pad=1", 2),
            (1, "pad=1", 0),
            (3, "pad=0\npadding=2", 2),
            (3, "pad=1\npadding=9", 1),
            (3, "", 0),
        ],
    )
    @pytest.mark.parametrize("stride", [1, 2, 3])
    def test_a_convolution(self, size: int, options: str, padding: int, stride: int) -> None:
        text = f"[conv]\nfilters=6\nsize={size}\nstride={stride}\n{options}\n"
        high, wide = [(room + 2 * padding - size) // stride + 1 for room in (12, 10)]
        assert shape(text) == (6, high, wide)
        convolution = rows(NET + text)["L0.convolutional"]
        assert convolution.params == 6 * 4 * size * size + 6
        assert convolution.macs == 6 * 4 * size * size * high * wide

    def test_its_options(self) -> None:
        assert shape(CONV + "stride_x=2\nstride_y=3\n") == (8, 4, 5)
        assert shape(CONV + "stride_x=2\n") == (8, 12, 5)
        grouped = rows(f"{NET}[conv]\nfilters=8\ngroups=4\nbatch_normalize=1\nxnor=1\n")
        assert [row.params for row in grouped.values()] == [8, 16, 0]

    def test_dilation_spreads_the_padding_too(self) -> None:
        assert shape(CONV + "dilation=3\n") == (8, 12, 10)
        assert shape("[conv]\nfilters=8\nsize=1\ndilation=4\npadding=1\n") == (8, 14, 12)
        assert problem(f"{NET}[conv]\nfilters=8\nsize=3\ndilation=2\n") == (
            "Darknet takes (10, 8) for the size of the output, the convolution gives (8, 6)",
            8,
        )

    def test_shared_weights_count_once(self) -> None:
        text = (
            f"{NET}[conv]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\n"
            "[conv]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\nshare_index=0\n"
            "[conv]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\nshare_index=-1\n"
        )
        found = rows(text)
        assert sum(row.params or 0 for row in found.values()) == 4 * 4 * 9 + 8
        assert {found[f"L{at}.convolutional"].macs for at in range(3)} == {4 * 4 * 9 * 120}

    @pytest.mark.parametrize("word", ["max", "maxpool", "local_avg", "local_avgpool"])
    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    @pytest.mark.parametrize("stride", [1, 2])
    def test_a_pooling_is_padded_by_its_size(self, word: str, size: int, stride: int) -> None:
        expected = tuple((room + size - 1 - size) // stride + 1 for room in (12, 10))
        assert shape(f"[{word}]\nsize={size}\nstride={stride}\n") == (4, *expected)

    def test_the_padding_of_a_pooling_is_that_of_both_sides(self) -> None:
        assert shape("[max]\nsize=3\nstride=2\npadding=0\n") == (4, 5, 4)
        assert shape("[max]\nsize=2\nstride=2\npadding=3\n") == (4, 7, 6)
        assert shape("[max]\nstride=3\n") == (4, 4, 4)
        text = f"{NET}[max]\nsize=4\nstride=1\n"
        assert loaded(text).document.content["layers"][0]["padding"] == [[1, 2], [1, 2]]

    def test_resizing(self) -> None:
        assert shape("[upsample]\nstride=3\n") == (4, 36, 30)
        assert shape("[upsample]\nstride=-2\n") == (4, 6, 5)
        assert shape("[reorg]\nstride=2\n") == (16, 6, 5)
        assert shape("[reorg3d]\nstride=2\nreverse=1\n") == (1, 24, 20)
        assert shape("[crop]\ncrop_height=7\ncrop_width=6\n") == (4, 7, 6)
        assert shape("[avgpool]\n") == (4, 1, 1)

    def test_a_linear_layer_flattens(self) -> None:
        found = rows(f"{NET}[connected]\noutput=5\nbatch_normalize=1\n[conv]\nfilters=3\n")
        assert found["L0.connected"].params == 480 * 5
        assert found["L0.connected.batch_norm"].params == 10
        assert found["L1.convolutional"].params == 5 * 3 + 3

    def test_weights_of_each_position(self) -> None:
        found = rows(f"{NET}[local]\nfilters=2\nsize=3\nstride=2\nactivation=linear\n")
        outputs = 2 * 5 * 4
        assert found["L0.local"].output_shape == (2, 5, 4)
        assert found["L0.local"].macs == outputs * 4 * 9
        assert found["L0.local"].params == outputs * 4 * 9 + outputs

    def test_what_learns_nothing(self) -> None:
        for word in ("dropout", "softmax", "lrn", "empty", "activation"):
            found = rows(f"{NET}[{word}]\n")
            assert [row.params for row in found.values()] == [0]
        assert [*rows(f"{NET}{CONV}[cost]\n")] == ["L0.convolutional"]
        assert rows(f"{NET}[batchnorm]\n")["L0.batchnorm"].params == 8


class TestRoute:
    def test_jumps_joins_and_parts(self) -> None:
        assert shape(f"{CONV}[max]\nstride=2\n[route]\nlayers=0\n") == (8, 12, 10)
        assert shape(f"{CONV}{CONV}[route]\nlayers=-1,0\n") == (16, 12, 10)
        assert shape(f"{CONV}[route]\nlayers=-1\ngroups=4\ngroup_id=3\n") == (2, 12, 10)
        text = f"{NET}{CONV}[route]\nlayers=-1\ngroups=4\ngroup_id=3\n"
        assert loaded(text).document.content["layers"][-1]["channel_slice"] == [6, 8]
        assert shape(f"{CONV}[conv]\nfilters=4\n[route]\nlayers=0,1\ngroups=2\n") == (6, 12, 10)

    @pytest.mark.parametrize(
        ("options", "message", "line"),
        [
            ("", "[route] has no layers", 10),
            ("layers=1\n", "layers=1 is no earlier layer: this is layer 1", 11),
            ("layers=-2\n", "layers=-2 is no earlier layer: this is layer 1", 11),
            ("layers=0,\n", "layers=0, has a number missing", 11),
            ("layers=0\ngroups=3\n", "groups=3 does not divide 8 channels", 12),
            ("layers=0\ngroups=2\ngroup_id=2\n", "group_id=2 is not below groups=2", 13),
        ],
    )
    def test_impossible_ones(self, options: str, message: str, line: int) -> None:
        assert problem(f"{NET}{CONV}[route]\n{options}") == (message, line)

    def test_other_sizes(self) -> None:
        text = f"{NET}{CONV}[max]\nstride=2\n[route]\nlayers=-1,0\n"
        told = "[route] joins (8, 6, 5) and (8, 12, 10): their sizes differ"
        assert problem(text) == (told, 13)


class TestShortcut:
    def test_the_sum_of_several(self) -> None:
        found = rows(f"{NET}{CONV}{CONV}{CONV}[shortcut]\nfrom=-2,0\nactivation=leaky\n")
        assert found["L3.shortcut"].inputs == (
            "L2.convolutional",
            "L1.convolutional",
            "L0.convolutional",
        )
        assert [*found][-1] == "L3.shortcut.leaky_relu"

    @pytest.mark.parametrize("channels", [2, 5, 8, 20])
    def test_other_channels(self, channels: int) -> None:
        """The first channels are added; the value before it says how many there are."""
        text = f"[conv]\nfilters={channels}\n{CONV}[shortcut]\nfrom=-2\n"
        found = rows(NET + text)
        assert found["L2.shortcut"].output_shape == (8, 12, 10)
        assert sum(row.params or 0 for row in found.values()) == (
            4 * channels + channels + channels * 9 * 8 + 8
        )

    def test_other_sizes(self) -> None:
        text = f"{NET}{CONV}[max]\nstride=2\n[shortcut]\nfrom=0\n"
        told = "[shortcut] adds (8, 6, 5) and (8, 12, 10): their sizes differ"
        assert problem(text) == (told, 13)

    @pytest.mark.parametrize(("kind", "params"), [("per_feature", 3), ("per_channel", 24)])
    def test_learned_factors(self, kind: str, params: int) -> None:
        found = rows(f"{NET}{CONV}{CONV}{CONV}[shortcut]\nfrom=0,1\nweights_type={kind}\n")
        assert found["L3.shortcut"].params == params


def test_scaled_channels() -> None:
    gate = f"{CONV}[avgpool]\n[conv]\nfilters=8\n[scale_channels]\nfrom=0\n"
    assert shape(gate) == (8, 12, 10)
    assert shape(f"{CONV}{CONV}[sam]\nfrom=0\n") == (8, 12, 10)
    assert problem(f"{NET}{CONV}[avgpool]\n[conv]\nfilters=4\n[scale_channels]\nfrom=0\n") == (
        "[scale_channels] needs factors of (8, 1, 1), not of (4, 1, 1)",
        13,
    )


class TestHeads:
    def test_all_of_them_are_outputs(self) -> None:
        head = "[conv]\nfilters=18\nactivation=linear\n[yolo]\nclasses=1\nmask=0,1,2\nnum=9\n"
        text = f"{NET}{CONV}{head}[route]\nlayers=0\n[upsample]\n{head}"
        found = loaded(text).network
        assert found is not None
        assert found.audit().totals.output_shape == (18, 12, 10)
        assert loaded(text).document.content["outputs"] == ["L2.yolo", "L6.yolo"]
        assert notes(text) == []

    @pytest.mark.parametrize(
        ("filters", "head", "needed"),
        [
            (18, "[yolo]\nclasses=2\nmask=0,1,2\nnum=9", "(2 classes + 5) x 3 masks = 21"),
            (18, "[yolo]\nclasses=2\nnum=9", "(2 classes + 5) x 9 masks = 63"),
            (18, "[Gaussian_yolo]\nclasses=1\nmask=0,1", "(1 classes + 9) x 2 masks = 20"),
            (18, "[region]\nclasses=1\nnum=5", "(1 classes + 4 coords + 1) x 5 = 30"),
        ],
    )
    def test_filters_that_do_not_fit(self, filters: int, head: str, needed: str) -> None:
        text = f"{NET}[conv]\nfilters={filters}\nactivation=linear\n{head}\n"
        word = head.partition("\n")[0]
        assert notes(text) == [(f"filters={filters} before {word}, which needs {needed}", 6)]

    def test_a_grid(self) -> None:
        head = "[detection]\nclasses=2\ncoords=4\nnum=2\nside=3\n"
        assert notes(f"{NET}[connected]\noutput=108\n{head}") == []
        assert notes(f"{NET}[connected]\noutput=100\n{head}") == [
            (
                "output=100 before [detection], which needs "
                "3 x 3 x (2 x (4 coords + 1) + 2 classes) = 108",
                6,
            )
        ]

    def test_a_layer_that_nothing_reads(self) -> None:
        found = loaded(f"{NET}{CONV}{CONV}[route]\nlayers=0\n")
        (warning,) = found.warnings
        assert warning.message == "the output of L1.convolutional is never used"
        assert warning.place == Place(10, 1, 15)


class TestSettings:
    def test_size_and_input(self) -> None:
        for given, expected in [
            (Overrides(size=16), (8, 16, 16)),
            (Overrides(size=[16, 20]), (8, 16, 20)),
            (Overrides(inputs={"": (1, 6, 7)}), (8, 6, 7)),
        ]:
            found = loaded(NET + CONV, given).network
            assert found is not None
            assert found.audit().totals.output_shape == expected
        assert loaded("[net]\nchannels=3\n" + CONV, Overrides(size=16)).network is not None

    def test_impossible_ones(self) -> None:
        with pytest.raises(SpecError, match="has no height and width"):
            loaded(NET + CONV, Overrides(inputs={"": (4,)}))
        with pytest.raises(SpecError, match="unknown input left"):
            loaded(NET + CONV, Overrides(inputs={"left": (4, 8, 8)}))
