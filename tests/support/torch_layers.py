"""PyTorch's layers one after the other, to write a network out in PyTorch and count there."""

from __future__ import annotations

from typing import Any


class Torch:
    """PyTorch's layers, each made for the value it is applied to; no memory is taken."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.learned: list[Any] = []
        self.at = 0
        """The next layer; set back, the layers from there on are applied again."""

    @property
    def params(self) -> int:
        """Numbers learned, those of layers that are applied again counted once."""
        arrays = [array for layer in self.learned for array in layer.parameters()]
        return sum([array.numel() for array in arrays])

    def apply(self, kind: str, x: Any, *arguments: Any, **more: Any) -> Any:
        """What a layer makes of a value, or of several."""
        if self.at == len(self.learned):
            made = getattr(self.torch.nn, kind)(*arguments, **more, device="meta")
            self.learned.append(made.eval())
        self.at += 1
        return self.learned[self.at - 1](*x if isinstance(x, tuple) else (x,))

    def parameter(self, *shape: int) -> Any:
        """A learned value that is no layer's."""
        value = self.torch.nn.Parameter(self.torch.empty(shape, device="meta"))
        self.learned.append(self.torch.nn.ParameterList([value]))
        self.at += 1
        return value

    def conv(self, x: Any, out: int, kernel: Any, **more: Any) -> Any:
        return self.apply(f"Conv{x.dim() - 2}d", x, x.shape[1], out, kernel, **more)

    def conv_norm(self, x: Any, out: int, kernel: Any, **more: Any) -> Any:
        return self.norm(self.conv(x, out, kernel, bias=False, **more))

    def up(self, x: Any, out: int, kernel: int, **more: Any) -> Any:
        return self.apply("ConvTranspose2d", x, x.shape[1], out, kernel, **more)

    def norm(self, x: Any) -> Any:
        return self.apply(f"BatchNorm{x.dim() - 2}d", x, x.shape[1])

    def layer_norm(self, x: Any) -> Any:
        """Over the channels, which are moved to the end for it."""
        return self.apply("LayerNorm", x.movedim(1, -1), x.shape[1]).movedim(-1, 1)

    def linear(self, x: Any, out: int) -> Any:
        x = x.flatten(1)
        return self.apply("Linear", x, x.shape[1], out)

    def pool(self, x: Any, kernel: int, stride: int, padding: int = 0) -> Any:
        pool = getattr(self.torch.nn.functional, f"max_pool{x.dim() - 2}d")
        return pool(x, kernel, stride, padding)

    def mean(self, x: Any) -> Any:
        """Of each channel, at the one position that is left."""
        return x.mean([*range(2, x.dim())], keepdim=True)

    def classes(self, x: Any, out: int) -> Any:
        return self.linear(self.mean(x), out)
