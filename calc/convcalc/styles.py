"""The styles of layers: how they are written in PyTorch, where that is not as in `torch.nn`."""

FUNCTIONAL = "functional"
"""A function of `torch.nn.functional`, such as `F.relu(x)`; of operators `torch.add(x, y)`."""

METHOD = "method"
"""A method, such as `x.relu()`, or a function of `torch`, such as `torch.relu(x)`."""

MEAN = "mean"
"""A global average pool that is `x.mean([2, 3])`."""

SUBCLASS = "subclass"
"""A class that is derived from a layer of `torch.nn`."""

LINEAR = "linear"
"""A convolution with kernel 1 that is an `nn.Linear` on values with the channels last."""

OTHER = "other"
"""Another class of `torch.nn`, or a setting that layers do not have here, such as
`nn.SyncBatchNorm` or the mode `nearest-exact`."""
