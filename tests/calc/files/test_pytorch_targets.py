"""PyTorch targets: how they are found, made and run, and what goes wrong with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convcalc.errors import SpecError
from convcalc.files.loading import load
from convcalc.files.pytorch.target import TargetError, load_torch
from support.program import process_environment
from support.torch_modules import figures, loaded, message, module, words

torch = pytest.importorskip("torch")
nn = torch.nn
SOURCE = """
import torch
from torch import nn

print("imported")

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        print("made")
        if width < 1:
            raise ValueError(f"no such width: {width}")
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        print("run")
        return self.conv(x)

def build(width=4):
    return Net(width)

instance = Net(5)
number = 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(SOURCE)
    monkeypatch.delitem(sys.modules, "nets", raising=False)
    return tmp_path


def overrides(*shape: int, **arguments: Any) -> dict[str, Any]:
    return {"vars": arguments, "inputs": [("", shape)]}


@pytest.mark.usefixtures("folder")
class TestFound:
    @pytest.mark.parametrize(("name", "width"), [("Net", 4), ("build", 4), ("instance", 5)])
    def test_in_the_current_folder(
        self, name: str, width: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = [*sys.path]
        network = load(f"nets:{name}", **overrides(3, 8, 8))
        assert network.totals().params == width * 28
        assert network.name == name
        assert sys.path == before
        out, err = capsys.readouterr()
        assert out == ""
        assert "run\n" in err

    def test_arguments(self) -> None:
        assert load("nets:build", **overrides(3, 8, 8, width=7)).totals().params == 7 * 28
        with pytest.raises(SpecError, match=r"TypeError: .*unexpected keyword argument 'widht'"):
            load("nets:build", **overrides(3, 8, 8, widht=7))
        with pytest.raises(SpecError, match="a module that is made already takes no width"):
            load("nets:instance", **overrides(3, 8, 8, width=7))

    @pytest.mark.parametrize(
        ("target", "told"),
        [
            ("nets:net", "nets has no net; did you mean Net?"),
            ("nest:Net", "nest cannot be imported: ModuleNotFoundError: No module named 'nest'"),
            ("nets:number", "a value of type int is neither a module nor callable"),
            ("nets:print", "nets has no print"),
        ],
    )
    def test_not_there(self, target: str, told: str) -> None:
        with pytest.raises(SpecError) as error:
            load(target, **overrides(3, 8, 8))
        assert str(error.value) == f"{target}: {told}"

    def test_errors_of_others(self, folder: Path) -> None:
        with pytest.raises(SpecError) as error:
            load("nets:build", **overrides(3, 8, 8, width=-1))
        assert str(error.value) == (
            "nets:build: the module cannot be made: ValueError: no such width: -1 (nets.py:12)"
        )
        (folder / "broken.py").write_text("def f(:\n")
        with pytest.raises(SpecError, match=r"SyntaxError: .*\(broken\.py:1\)$"):
            load("broken:f", **overrides(3, 8, 8))
        (folder / "ends.py").write_text("import sys\nsys.exit('no data')\n")
        with pytest.raises(SpecError, match=r"SystemExit: no data \(ends\.py:2\)$"):
            load("ends:f", **overrides(3, 8, 8))


def test_no_module_is_imported_before_a_target_is_read() -> None:
    told = "import sys, convcalc.files.loading; print('torch' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", told],
        capture_output=True,
        check=True,
        env=process_environment(),
        timeout=60,
    )
    assert ran.stdout.strip() == b"False"


def test_torch_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert message(nn.ReLU, (3,)) == "PyTorch targets need torch, which is not installed"


def test_torch_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> Any:
        raise OSError("libtorch.so: cannot open shared object file")

    with monkeypatch.context() as patch:
        patch.setattr("importlib.import_module", broken)
        with pytest.raises(TargetError, match="torch cannot be imported: OSError: libtorch"):
            load_torch()


def two(m: Any, left: Any, right: Any = None, *, scale: Any = None) -> Any:
    right = 0 if right is None else m.b(right)
    return m.a(left) + right + (0 if scale is None else scale)


def pair() -> Any:
    return module(two, a=nn.Linear(4, 3), b=nn.Linear(5, 3))


class TestInputs:
    def test_in_order_and_by_name(self) -> None:
        assert figures(loaded(pair, (4,), (5,))) == (33, 27)
        assert figures(loaded(pair, ("right", (5,)), ("left", (4,)))) == (33, 27)
        assert figures(loaded(pair, ("right", (5,)), (4,))) == (33, 27)
        found = loaded(pair, (4,), ("scale", (3,)))
        assert found.document.content["input"] == {"left": [4], "scale": [3]}

    def test_a_size_in_place_of_the_one_in_the_shape(self) -> None:
        found = loaded(lambda: nn.Conv2d(3, 4, 3), (3, 8, 8), size=[10, 12])
        assert found.document.content["input"] == [3, 10, 12]
        assert figures(found)[1] == 27 * 4 * 8 * 10
        assert loaded(nn.ReLU, (3, 8, 8), size=5).document.content["input"] == [3, 5, 5]
        by_name = loaded(pair, ("left", (2, 3, 4)), ("right", (2, 9, 5)), size={"left": [9, 4]})
        assert by_name.document.content["input"] == {"left": [2, 9, 4], "right": [2, 9, 5]}
        told = message(nn.ReLU, (3, 8, 8), size=[1, 2, 3])
        assert told == "size [1, 2, 3] does not have the 2 dimensions of (3, 8, 8)"

    @pytest.mark.parametrize(
        ("shapes", "told"),
        [
            ((), "input left has no shape: give it as --input 3x224x224"),
            ((("right", (5,)),), "input left has no shape: give it as --input 3x224x224"),
            ((("lfet", (4,)),), "the forward pass has no input lfet; its inputs are left, right, "
             "scale"),
            (((4,), (5,), (3,), (3,)), "there are 4 inputs; the forward pass takes 3"),
        ],
    )  # fmt: skip
    def test_missing(self, shapes: Any, told: str) -> None:
        assert message(pair, *shapes) == told

    def test_several_are_missing(self) -> None:
        assert message(lambda: nn.Bilinear(3, 4, 5)) == (
            "the inputs input1, input2 have no shapes: give them as --input 3x224x224, once for "
            "each"
        )
        assert message(lambda: module(lambda _, *x: x)) == (
            "the input has no shape: give it as --input 3x224x224"
        )

    def test_only_one_is_whole_numbers(self) -> None:
        make = lambda: module(lambda m, x, ids: m.l(x) + m.e(ids).mean(1),  # noqa: E731
                              l=nn.Linear(7, 16), e=nn.Embedding(100, 16))  # fmt: skip
        found = loaded(make, (7,), (4,))
        assert figures(found) == (1728, 112)
        assert [note.message.split()[0] for note in found.notes] == ["ids"]

    def test_numbers_of_the_module(self) -> None:
        half = loaded(lambda: nn.Conv2d(3, 4, 3, dtype=torch.bfloat16), (3, 8, 8))
        assert figures(half) == (112, 27 * 4 * 36)


class TestValues:
    def test_to_make_a_module(self) -> None:
        def make() -> Any:
            rates = [rate.item() for rate in torch.linspace(0, 0.1, 3)]
            return nn.Sequential(*[nn.Linear(8, 8) for _ in rates])

        found = loaded(make, (8,))
        assert (figures(found), found.notes) == ((216, 192), [])

    def test_to_run_it(self) -> None:
        def run(m: Any, x: Any) -> Any:
            return m.a(x) if x.sum() > 0 else m.b(x)

        found = loaded(lambda: module(run, a=nn.Linear(8, 8), b=nn.Linear(8, 3)), (8,))
        assert figures(found) == (72 + 27, 24)
        told = "it needs values, so it ran on the CPU, and counts what it does with zeros: "
        assert found.notes[0].message.startswith(told)

    def test_to_choose_a_branch(self) -> None:
        def run(m: Any, x: Any) -> Any:
            return torch.cond(x.sum() > 0, lambda x: m.a(x), lambda x: m.b(x), (x,))

        found = loaded(lambda: module(run, a=nn.Linear(8, 3), b=nn.Linear(8, 3)), (8,))
        assert figures(found) == (54, 24)
        assert found.document.content["layers"][0]["name"] == "b"

    def test_to_pick_some(self) -> None:
        found = loaded(
            lambda: module(lambda m, x: m.a(x)[m.a(x) >= -9e9].view(1, -1), a=nn.Linear(8, 3)), (8,)
        )
        assert figures(found) == (27, 48)

    def test_none_are_left(self) -> None:
        found = loaded(lambda: module(lambda m, x: m.a(x)[m.a(x) > 9e9], a=nn.Linear(8, 3)), (8,))
        assert figures(found) == (27, 48)
        assert "empty tensors only" in found.notes[-1].message

    def test_a_mistake_is_not_tried_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        def run(m: Any, x: Any) -> Any:
            sys.stdout.write("run\n")
            return m.a(x)

        told = message(lambda: module(run, a=nn.Linear(8, 3)), (9,))
        assert told.startswith("the forward pass fails: RuntimeError: ")
        assert Path(__file__).name in told
        assert capsys.readouterr().err == "run\n"


class TestModules:
    def test_no_module(self) -> None:
        assert message(lambda: 3, (3,)) == (
            "the target returns a value of type int, which is no torch.nn.Module"
        )

    def test_scripts(self) -> None:
        make = lambda: module(lambda m, x: m.a(x),  # noqa: E731
                              a=torch.jit.script(nn.Linear(8, 3)))  # fmt: skip
        assert figures(loaded(make, (8,))) == (27, 24)

    def test_it_is_left_as_it_was(self) -> None:
        made = nn.Sequential(nn.Linear(8, 3), nn.ReLU())
        assert words(loaded(made, (8,))) == ["linear", "relu"]
        assert not made[0]._forward_hooks
        assert not made[0]._forward_pre_hooks
        assert torch.backends.mha.get_fastpath_enabled()

    def test_an_exception_that_a_module_catches(self) -> None:
        def inner(_: Any, x: Any) -> Any:
            raise KeyError(x)

        def run(m: Any, x: Any) -> Any:
            try:
                return m.bad(x)
            except KeyError:
                return m.good(x)

        found = loaded(lambda: module(run, bad=module(inner), good=nn.Linear(8, 3)), (8,))
        assert [row["name"] for row in found.document.content["layers"]] == ["good"]
