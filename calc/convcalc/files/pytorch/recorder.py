"""Keeps the calls of a forward pass while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from typing import Any

from convcalc.files.pytorch.memory import Memory
from convcalc.files.pytorch.recording import (
    IN_PLACE,
    Call,
    Group,
    Made,
    Origin,
    Recording,
    Reference,
    Written,
)
from convcalc.files.pytorch.returned import tensors_in
from convcalc.files.pytorch.target import TargetError, load_torch, running_user_code
from convcalc.files.pytorch.writing import (
    WHOLE,
    function_of,
    layer_of,
    made_contiguous,
    padding_word,
    size_given,
    watching,
)
from convcalc.records import NamedTuple

MOST_CALLS = 200_000
"""Of a forward pass. A network of a thousand layers makes some thousands."""

MOST_ARGUMENTS = 64
"""Of a function that takes functions: its arguments have no names."""


SAME = "same"
PAD = "constant_pad_nd"
"""What a convolution with that padding calls where the two sides differ."""


class Running(NamedTuple):
    """The module that is running."""

    name: str
    is_leaf: bool
    group: Group | None
    written: Written


class Recorder:
    """The calls of a forward pass, and which tensors they are about.

    Args:
        torch: PyTorch.
        module: the module that will run.
        inputs: its inputs by name.
    """

    def __init__(self, torch: Any, module: Any, inputs: Mapping[str, Any]) -> None:
        self._torch = torch
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        self._aliases: list[Any] = []
        self._path = [Running("", False, None, Written())]
        self._schemas: dict[Any, tuple[str, list[str], list[str]]] = {}
        self._groups = 0
        self.calls: list[Call] = []
        self.origins: dict[int, Origin] = {}
        self.parameters: dict[str, tuple[int, ...]] = {}
        self._memory = Memory(torch)
        for name, parameter in module.named_parameters():
            self.parameters[name] = tuple(parameter.shape)
            self._memory.hold(name, parameter)
            self._begin("parameter", name, parameter)
        for name, buffer in module.named_buffers():
            self._begin("buffer", name, buffer)
        for name, tensor in inputs.items():
            self._begin("input", name, tensor)

    def _begin(self, kind: str, name: str, tensor: Any) -> Reference:
        reference = self._new(tensor)
        part = None if kind == "input" else self._memory.part(tensor)
        self.origins[reference.number] = Origin(kind, name, tuple(tensor.shape), part)
        return reference

    def _new(self, tensor: Any) -> Reference:
        number = len(self._kept)
        self._kept.append(tensor)  # which keeps its identity from being another's
        self._numbers[id(tensor)] = number
        self._memory.read(tensor, number)
        return Reference(number)

    def reference(self, tensor: Any) -> Reference:
        """The value of a tensor; one that no call has made is a constant."""
        number = self._numbers.get(id(tensor))
        if number is None:
            number = self._memory.same(tensor)
        if number is None:
            return self._begin("constant", "constant", tensor)
        if writes := self._memory.writes_since(tensor, number):
            return self._written(tensor, number, writes)
        return Reference(number)

    def _written(self, tensor: Any, number: int, writes: Sequence[tuple[int, Any]]) -> Reference:
        """The value of a tensor after its memory was written to through other tensors."""
        last, writer = writes[-1]
        if self._memory.place(writer) == self._memory.place(tensor):
            self._numbers[id(tensor)] = last
            return Reference(last)
        made = self._new(tensor)
        arguments = {"self": Reference(number), "by": [Reference(each) for each, _ in writes]}
        outputs = [Made(made, tuple(tensor.shape), self._memory.part(tensor))]
        self._add(Call(IN_PLACE, arguments, outputs, *self._path[-1]))
        return made

    def record(
        self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        """Keeps one call."""
        name, names, mutable = self._schema(function)
        written = {**dict(zip(names, args, strict=False)), **kwargs}
        arguments = {key: self._replaced(value) for key, value in written.items()}
        if name == PAD and self._path[-1].written.padding == SAME:
            self._aliases.append(out)
            self._numbers[id(out)] = arguments["self"].number
            return
        outputs = out if isinstance(out, (tuple, list)) else [out]
        made = [
            Made(self._new(each), tuple(each.shape), self._memory.part(each))
            for each in outputs
            if isinstance(each, self._torch.Tensor)
        ]
        for key in mutable:
            if isinstance(written.get(key), self._torch.Tensor):
                self._memory.write(written[key], self._numbers[id(written[key])])
        self._add(Call(name, arguments, made, *self._path[-1]))

    def _add(self, call: Call) -> None:
        if len(self.calls) == MOST_CALLS:
            raise TargetError(f"the forward pass makes more than {MOST_CALLS:,} calls")
        self.calls.append(call)

    def _schema(self, function: Any) -> tuple[str, list[str], list[str]]:
        """The name of a function, those of its arguments, and of those that it writes to."""
        known = self._schemas.get(function)
        if known is None and not hasattr(function, "_schema"):
            known = (function.name(), [str(at) for at in range(MOST_ARGUMENTS)], [])
        if known is None:
            schema = function._schema  # noqa: SLF001 - there is no other way to the names
            changed = [
                each.name
                for each in schema.arguments
                if each.alias_info is not None and each.alias_info.is_write
            ]
            names = [each.name for each in schema.arguments]
            known = (schema.name.removeprefix("aten::"), names, changed)
        self._schemas[function] = known
        return known

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, self._torch.Tensor):
            return self.reference(value)
        if isinstance(value, (list, tuple)):
            return [self._replaced(each) for each in value]
        return value

    @contextmanager
    def following(self, module: Any) -> Iterator[None]:
        """Knows, inside, which module makes a call."""
        recurrent = self._torch.nn.RNNBase
        with ExitStack() as hooks:
            for name, each in module.named_modules():
                if isinstance(each, self._torch.jit.ScriptModule):
                    continue  # which has no hooks
                is_leaf = next(each.children(), None) is None
                title = type(each).__name__ if isinstance(each, recurrent) else None
                running = Running(name, is_leaf, None, Written(*layer_of(type(each))))
                enter = each.register_forward_pre_hook(self._entering(running, title))
                leave = each.register_forward_hook(self._leaving(), always_call=True)
                hooks.callback(enter.remove)
                hooks.callback(leave.remove)
            yield

    def _entering(self, running: Running, title: str | None) -> Callable[..., None]:
        def enter(*_: Any) -> None:
            group = self._path[-1].group
            if title is not None and group is None:
                self._groups += 1
                group = Group(self._groups, title)
            self._path.append(running._replace(group=group))

        return enter

    def _leaving(self) -> Callable[..., None]:
        def leave(*_: Any) -> None:
            if len(self._path) > 1:
                self._path.pop()

        return leave

    def called(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What a function of PyTorch gives; inside it is known which function it is."""
        at, before = len(self._path) - 1, self._path[-1]
        name, calls = function_of(self._torch, function), len(self.calls)
        written = before.written._replace(
            function=name,
            padding=padding_word(args, kwargs),
            has_size=size_given(args, kwargs),
        )
        self._path[at] = before._replace(written=written)
        try:
            out = function(*made_contiguous(name, args), **kwargs)
            if name in WHOLE:
                self._whole(name, args, out, calls)
        finally:
            self._path[at] = before
        return out

    def _whole(self, name: str, args: Sequence[Any], out: Any, calls: int) -> None:
        """Keeps a call in place of those that it made."""
        del self.calls[calls:]
        arguments = {"self": self._replaced(args[0]), "size": args[1]}
        outputs = [Made(self._new(out), tuple(out.shape), self._memory.part(out))]
        self._add(Call(name, arguments, outputs, *self._path[-1]))


def recorded(module: Any, inputs: Mapping[str, Any], names: Sequence[str]) -> Recording:
    """The calls of a module's forward pass.

    Args:
        module: the module.
        inputs: the inputs by name.
        names: those that are given by their name; the others by their order.

    Raises:
        TargetError: the forward pass raises something, or returns no tensor.
    """
    torch = load_torch()
    recorder = Recorder(torch, module, inputs)
    result = run(torch, module, inputs, names, recorder)
    found = dict(tensors_in(result, torch.Tensor))
    if not found:
        raise TargetError(f"the forward pass returns no tensor, but a {type(result).__name__}")
    outputs = {name: recorder.reference(tensor) for name, tensor in found.items()}
    return Recording(recorder.calls, recorder.origins, outputs, recorder.parameters)


def run(
    torch: Any,
    module: Any,
    inputs: Mapping[str, Any],
    names: Sequence[str],
    recorder: Recorder | None = None,
) -> Any:
    """What a module returns.

    Raises:
        TargetError: the forward pass raises something.
    """
    by_order = [each for name, each in inputs.items() if name not in names]
    by_name = {name: each for name, each in inputs.items() if name in names}
    with ExitStack() as contexts:
        contexts.enter_context(running_user_code("the forward pass fails"))
        contexts.enter_context(torch.no_grad())
        contexts.enter_context(_unfused(torch, module))
        if recorder is not None:
            contexts.enter_context(recorder.following(module))
            contexts.enter_context(watching(recorder.called))
            contexts.enter_context(_dispatching(torch, recorder.record))
        return module(*by_order, **by_name)


def _dispatching(torch: Any, record: Callable[..., None]) -> Any:
    """A context in which each call is recorded, and composed ones are taken apart."""
    from torch.utils._python_dispatch import TorchDispatchMode

    @cache
    def is_composed(function: Any) -> bool:
        """Whether a call is made of others; PyTorch passes those on with `inference_mode` only."""
        key = "CompositeImplicitAutograd"
        found: bool = torch._C._dispatch_has_kernel_for_dispatch_key(  # noqa: SLF001
            function.name(), key
        )
        return found

    class Mode(TorchDispatchMode):  # type: ignore[misc]
        supports_higher_order_operators = True

        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            del types
            given = kwargs or {}
            if not hasattr(function, "_schema"):
                return self.higher_order(function, args, given)
            if is_composed(function):
                with self:
                    return function.decompose(*args, **given)
            out = function(*args, **given)
            record(function, args, given, out)
            return out

        def higher_order(self, function: Any, args: Any, given: Any) -> Any:
            """A call of a function that takes functions, such as a branch of two."""
            if function.name() == "cond":
                chooses, one, other, operands = args
                with self:
                    return (one if chooses else other)(*operands)
            out = function(*args, **given)
            record(function, args, given, out)
            return out

    return Mode()


@contextmanager
def _unfused(torch: Any, module: Any) -> Iterator[None]:
    """Without the fused calls for whole layers that would hide their products."""
    mha, cuda, mkldnn = torch.backends.mha, torch.backends.cuda, torch.backends.mkldnn
    recurrent = any(isinstance(each, torch.nn.RNNBase) for each in module.modules())
    fast, flash = mha.get_fastpath_enabled(), cuda.flash_sdp_enabled()
    mha.set_fastpath_enabled(False)
    cuda.enable_flash_sdp(False)
    try:
        with mkldnn.flags(enabled=False) if recurrent else nullcontext():
            yield
    finally:
        mha.set_fastpath_enabled(fast)
        cuda.enable_flash_sdp(flash)
