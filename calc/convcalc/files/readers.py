"""The file formats that networks are read from, and which of them a file has.

To add one, write a module with a function `read(stream, name, settings)` that returns a
`documents.Document`, and add a `Reader` to `READERS`. Everything else takes the network from the
document, in the words of the network language.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from convcalc.files.addresses import address_of
from convcalc.records import NamedTuple

if TYPE_CHECKING:  # a reader's module is imported when a file of its format is read
    from convcalc.files.documents import Document

LARGEST_FILE = 64 * 2**20
"""Bytes that are kept of a file that cannot be read twice, such as a pipe."""

HEAD = 2**16
"""Bytes from the start of a file in which `Reader.looks_like` is searched."""


class Read(Protocol):
    """The function `read` of a reader's module."""

    def __call__(self, stream: BinaryIO, name: str, settings: Mapping[str, Any]) -> Document:
        """The document in a file.

        Faults of the file are the document's; they raise nothing.

        Args:
            stream: the file, at its start; it can seek, so a reader may skip what it does not need.
            name: the file's name as the user gave it, or the target.
            settings: values of `Reader.settings` that the user gave.

        Raises:
            OSError: the file cannot be read to its end.
            SpecError: a setting has an impossible value.
        """


class Reader(NamedTuple):
    """A file format. All that is needed to choose it stands here, without importing its module.

    >>> reader_of("net.yml", BytesIO(b"input: [3, 8, 8]")).format
    'yaml'
    """

    format: str
    """A word for the format, such as onnx."""
    noun: str
    """What a file of the format is called in a sentence, such as "ONNX file"."""
    endings: tuple[str, ...]
    """File name endings, in lower case."""
    module: str
    """The module with the function `read`."""
    looks_like: bytes = b""
    """A regular expression that is found in the first `HEAD` bytes of such a file. It decides
    between formats with the same ending, and recognizes files without a known ending. In folders,
    files without it are skipped unread."""
    target: str = ""
    """A regular expression for names that are not files but that this reader can read."""
    settings: Mapping[str, str] = {}
    """Settings that the reader takes, each with a description. One that is called size, batch or
    dtype takes the override of that name, and `inputs` a list of the names and shapes of inputs in
    the order they are given, with an empty name where there is none. Others are set like variables,
    to any plain value. The name `*` stands for every variable."""
    in_folders: bool = True
    """Whether files of the format are looked for in folders."""

    @property
    def read(self) -> Read:
        """The function that reads a file."""
        found: Read = import_module(self.module).read
        return found


YAML = Reader("yaml", "YAML file", (".yaml", ".yml"), "convcalc.files.yaml_reader")

KERAS = Reader(
    "keras",
    "Keras file",
    (".keras", ".json"),
    "convcalc.files.keras.reader",
    looks_like=rb"\A(?:PK\x03\x04(?s:.)*config\.json|\x89HDF\r\n"
    rb'|\s*\{(?s:.)*"(?:class_name|modelTopology)")',
    settings={"size": "Spatial size of the inputs.", "inputs": "Shapes of the inputs."},
)

JSON = Reader(  # which is YAML
    YAML.format,
    "network file",
    (".json",),
    YAML.module,
    looks_like=rb'\A\s*\{(?s:.)*"layers"\s*:',
    in_folders=False,
)

ONNX = Reader(
    "onnx",
    "ONNX file",
    (".onnx",),
    "convcalc.files.onnx.reader",
    looks_like=rb"\A\x08[\x01-\x7f](?:\x12|\x3a|\x42|\x1a|\x22|\x28|\x30|\x72)",
    settings={
        "size": "Spatial size of the inputs.",
        "inputs": "Shapes of the inputs.",
    },
)

PYTORCH = Reader(
    "pytorch",
    "PyTorch target",
    (),
    "convcalc.files.pytorch.reader",
    target=r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*",
    settings={
        "inputs": "Shapes of the inputs, in the order of the forward pass.",
        "size": "Spatial size of the inputs, in place of the one in their shapes.",
        "*": "Keyword arguments of the callable.",
    },
    in_folders=False,
)

DARKNET = Reader(
    "darknet",
    "Darknet file",
    (".cfg",),
    "convcalc.files.darknet.reader",
    looks_like=rb"(?m)^[ \t]*(?:\xef\xbb\xbf)?\[[ \t]*net(?:work)?[ \t]*\]",
    settings={"size": "Spatial size of the input.", "inputs": "Shape of the input."},
)

CAFFE = Reader(
    "caffe",
    "Caffe file",
    (".prototxt",),
    "convcalc.files.caffe.reader",
    looks_like=rb"(?m)^[ \t]*layers?[ \t]*:?\s*[{<]\s*(?:#[^\n]*\s*)*"
    rb"(?:name|type|bottom|top)[ \t]*:",
    settings={"size": "Spatial size of the inputs.", "inputs": "Shapes of the inputs."},
)

_LIST = rb"['\"]?[ \t]*:(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:-[ \t\r\n]|\[)"
ULTRALYTICS = Reader(
    "ultralytics",
    "model file",
    YAML.endings,
    "convcalc.files.ultralytics.reader",
    looks_like=rb"(?m)^['\"]?backbone" + _LIST,
    settings={
        "scale": "The scale of the model, such as n.",
        "nc": "The number of classes.",
        "modules": "A file that declares modules.",
        "size": "The sizes of the image.",
        "inputs": "The shape of the image.",
        "*": "Any other key at the top of the file.",
    },
)

READERS: tuple[Reader, ...] = (ULTRALYTICS, YAML, KERAS, JSON, ONNX, DARKNET, CAFFE, PYTORCH)
"""The formats. Of several that fit a file the first one reads it."""


class SourceFile:
    """A file, or something like one, that can be opened again to be read with other settings.

    Args:
        name: its name, or a target.
        opener: opens it at its start.
        is_target: whether it is not a file, but something that a reader finds by its name.
        path: the file itself, if that is called otherwise.
        scale: the scale that the name stands for.

    >>> SourceFile.of(b"input: [3]", "net.yaml").open().read(5)
    b'input'
    """

    def __init__(
        self,
        name: str,
        opener: Callable[[], BinaryIO],
        *,
        is_target: bool = False,
        path: str = "",
        scale: str = "",
    ) -> None:
        self.name = name
        self.path = path or name
        self.scale = scale
        self.is_target = is_target
        self._opener = opener

    @classmethod
    def named(cls, name: str) -> SourceFile:
        """The file that a name stands for, or the target if there is no such file.

        A name may have a scale behind it, as `net.yaml@n`: see `convcalc.files.addresses`.
        """
        if target_reader(name) and not Path(name).exists():
            return cls(name, BytesIO, is_target=True)
        path, scale = address_of(name)
        return cls(name, lambda: _opened(path), path=path, scale=scale)

    @classmethod
    def of(cls, data: bytes, name: str, *, path: str = "", scale: str = "") -> SourceFile:
        """Bytes in memory as a file."""
        return cls(name, lambda: BytesIO(data), path=path, scale=scale)

    @property
    def reader(self) -> Reader | None:
        """The reader of a target; a file's is found by `reader_of`."""
        return target_reader(self.name) if self.is_target else None

    def open(self) -> BinaryIO:
        """A stream at the file's start that can seek.

        Raises:
            OSError: the file cannot be opened.
        """
        stream = self._opener()
        if stream.seekable():
            return stream
        with stream:  # a pipe gives its bytes once
            data = stream.read(LARGEST_FILE + 1)
        self._opener = lambda: BytesIO(data)
        return BytesIO(data)


def _opened(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except ValueError as error:  # each version of Python has its own words for a null byte
        reason = "there is a null byte in its name" if "\0" in name else str(error)
        raise OSError(errno.EINVAL, reason) from error


def reader_of(name: str, stream: BinaryIO) -> Reader:
    """The reader for a file: by its ending, by its content, else YAML's.

    Args:
        name: the file's name.
        stream: the file, at its start, where it is left.

    >>> reader_of("-", BytesIO(b"input: [3, 8, 8]")).format
    'yaml'
    """
    by_ending = [reader for reader in READERS if name.lower().endswith(reader.endings)]
    if by_ending and not by_ending[0].looks_like:
        return by_ending[0]
    head = stream.read(HEAD)
    stream.seek(0)
    for reader in by_ending or READERS:
        if reader.looks_like and re.search(reader.looks_like, head):
            return reader
    plain = [reader for reader in by_ending if not reader.looks_like]
    return (plain or by_ending or [YAML])[0]


def fitting_reader(file: SourceFile) -> Reader | None:
    """The reader for a file with a known ending; none if the file begins like none of its formats.

    Nothing but the file's beginning is read, and that only where formats need it.

    Raises:
        OSError: the file cannot be read.

    >>> fitting_reader(SourceFile.of(b"all text may be YAML", "net.yaml")).format
    'yaml'
    """
    by_ending = [reader for reader in READERS if file.path.lower().endswith(reader.endings)]
    if len(by_ending) == 1 and not by_ending[0].looks_like:
        return by_ending[0]
    with file.open() as stream:
        reader = reader_of(file.path, stream)
        fits = not reader.looks_like or re.search(reader.looks_like, stream.read(HEAD))
        return reader if fits and reader in by_ending else None


def target_reader(name: str) -> Reader | None:
    """The reader of a name that is not a file's, if there is one.

    >>> target_reader("net.yaml") is None
    True
    """
    fits = (reader for reader in READERS if reader.target and re.fullmatch(reader.target, name))
    return next(fits, None)


def folder_formats() -> list[str]:
    """The formats that are looked for in folders.

    >>> "yaml" in folder_formats()
    True
    """
    return list(dict.fromkeys([reader.format for reader in READERS if reader.in_folders]))


def folder_endings(formats: Collection[str] = ()) -> tuple[str, ...]:
    """Endings of the files that are looked for in folders.

    Args:
        formats: those that are looked for, of `folder_formats`; all of them if it is empty.

    >>> folder_endings(["yaml"])
    ('.yaml', '.yml')
    """
    wanted = formats or folder_formats()
    readers = [reader for reader in READERS if reader.in_folders and reader.format in wanted]
    return tuple([end for reader in readers for end in reader.endings])
