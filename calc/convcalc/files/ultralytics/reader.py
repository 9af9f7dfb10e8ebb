"""Reads model files of Ultralytics and YOLOv5: YAML with the lists `backbone` and `head`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path as FilePath
from typing import Any, BinaryIO

from convcalc.checks.findings import Rule
from convcalc.checks.rules import GUESSED_SCALE, HEAD_STRIDES
from convcalc.difference.source_rows import SourceRow
from convcalc.errors import SpecError
from convcalc.files.documents import ConvertedDocument, Document
from convcalc.files.head_inputs import HeadInputs
from convcalc.files.places import AnyPlace, SourceFault
from convcalc.files.ultralytics.activations import activation_of
from convcalc.files.ultralytics.declared import DeclarationError, declared_modules
from convcalc.files.ultralytics.document import DECLARED, OWN, ModelDocument
from convcalc.files.ultralytics.findings import heads_of
from convcalc.files.ultralytics.keys import is_model, missing_rows, misspelled_keys, unread_rows
from convcalc.files.ultralytics.model import Builder
from convcalc.files.ultralytics.modules import Library, Module
from convcalc.files.ultralytics.rows import (
    SECTIONS,
    Row,
    RowError,
    row_of,
    source_row,
    written_rows,
)
from convcalc.files.ultralytics.scaling import Scale, named_at, scale_of
from convcalc.files.yaml_document import YamlDocument
from convcalc.files.yaml_reader import read_text
from convcalc.language.inputs import with_settings
from convcalc.language.problems import value_written
from convcalc.layers import INPUT, Path
from convcalc.values import Shape
from convcalc.wording import did_you_mean

HEAD = re.compile(rb"(?m)^['\"]?head\b")
"""The start of the second list, in a text that is not YAML."""
SIZE, CLASSIFIER_SIZE = 640, 224
COLOURS = 3
MOST_ROWS = 10_000
MOST_CHANNELS = 10_000
LARGEST_MODULES = 2**20
FIGURES = ("budget", "expect")
WORDS = ("nc", "kpt_shape", "anchors", "reg_max", "end2end", "scale", "ch", "channels")
"""Keys of a file that words among the arguments of rows stand for."""

FILE_SETTINGS = ("scale", "modules", "size", "inputs")
STRUCTURE = (*SECTIONS, "scales", DECLARED, OWN)
"""Keys of a file that no setting replaces."""


def read(stream: BinaryIO, name: str, settings: Mapping[str, Any]) -> Document:
    """The document in a file; one that is not a model after all is read as YAML.

    Raises:
        SpecError: a setting has an impossible value.
    """
    data = stream.read()
    text = read_text(data)
    if text.fatal and HEAD.search(data):  # the backbone is why this reader was chosen
        source = {"format": "ultralytics"}
        return ConvertedDocument(None, {}, problems=text.problems, source=source, line=text.line)
    if text.fatal or not is_model(text.content):
        return text
    return _Reading(text, FilePath(name.split(":")[-1]).stem, settings).document()


class _Reading:
    """Reads one file."""

    def __init__(self, text: YamlDocument, stem: str, settings: Mapping[str, Any]) -> None:
        self.text = text
        self.stem = stem
        self.settings = settings
        self.top: dict[str, Any] = dict(text.content)
        self.faults: list[tuple[str, Path, bool]] = []
        self.notes: list[tuple[str, Path, bool, Rule | None]] = []
        self.undeclared: Collection[str] = ()
        """The modules of a declaration with a mistake."""
        self.modules: list[str] = []
        """Those that another file declares."""
        self.heads: dict[int, HeadInputs] = {}
        self.origins: dict[Path, Path] = {(): ()}
        self.source_rows: dict[str, SourceRow] = {}

    def document(self) -> Document:
        """The network that the file describes, or what is wrong with it."""
        self._set_top()
        self._check_keys()
        scale = self._part(("scales",), Scale(), self._scale)
        activation = self._part(("activation",), None, self._activation)
        builder = Builder(self.top, scale, self._library(), activation, self._channels())
        rows = self._rows(builder)
        is_whole = not (self.faults or self.text.problems)
        content = self._content(builder, rows) if rows else None
        self.heads = heads_of(rows, builder.head_strides)
        self.notes += [
            (self.heads[row.number].uneven, (*row.path, 0), False, HEAD_STRIDES)
            for row in rows
            if row.number in self.heads and self.heads[row.number].uneven
        ]
        self._note_defaults(scale, rows)
        return self._made(content if is_whole else None, builder, scale)

    def _set_top(self) -> None:
        """Puts the values that the user sets in place of the file's."""
        for name, value in self.settings.items():
            if name in FILE_SETTINGS:
                continue
            if name in STRUCTURE:
                raise SpecError(f"{name} cannot be set: it is read from the file alone")
            if name not in self.top and name not in WORDS:
                hint = did_you_mean(name, [*self.top, *WORDS])
                raise SpecError(f"unknown variable {name}{hint}")
            self.top[name] = value

    def _check_keys(self) -> None:
        for wrong in [*missing_rows(self.top), *misspelled_keys(self.top)]:
            self.faults.append((wrong.message, (wrong.key,), wrong.is_key))
        for unread in unread_rows(self.top):
            self.notes.append((unread.message, (unread.key,), unread.is_key, None))

    def _part(self, path: Path, default: Any, read_it: Callable[[], Any]) -> Any:
        try:
            return read_it()
        except SpecError as error:
            self.faults.append((str(error), path, False))
            return default

    def _scale(self) -> Scale:
        asked = self.settings.get("scale")
        return scale_of(self.top, self.stem, None if asked is None else str(asked))

    def _activation(self) -> Any:
        written = self.top.get("activation")
        return activation_of(written) if written else None

    def _channels(self) -> int:
        key = "channels" if "channels" in self.top else "ch"
        value = self.top.get(key) or COLOURS
        if type(value) is not int or not 0 < value <= MOST_CHANNELS:
            message = f"{key}={value_written(value)} is not a number of channels"
            self.faults.append((message, (key,), False))
            value = COLOURS
        return self._shape(value, SIZE)[0]

    def _shape(self, channels: int, size: int) -> Shape:
        """The shape of the image: as set, else square."""
        return with_settings({INPUT: (channels, size, size)}, self.settings)[INPUT]

    def _library(self) -> Library:
        classic = "anchors" in self.top
        stock = Library(classic=classic)
        found: dict[str, Module] = {}
        if "modules" in self.settings:
            found |= _modules_of(str(self.settings["modules"]), stock)
            self.modules = [*found]
        if DECLARED in self.top:
            try:
                known = Library(classic=classic, declared=found)
                found |= declared_modules(self.top[DECLARED], known)
            except DeclarationError as error:
                written = self.top[DECLARED]
                self.undeclared = written if isinstance(written, dict) else ()
                place = (DECLARED, error.name) if error.name else (DECLARED,)
                self.faults.append((str(error), place, False))
        return Library(classic=classic, declared=found)

    def _rows(self, builder: Builder) -> list[Row]:
        names = {word: self.top.get(word) for word in WORDS if word in self.top}
        names = {"nc": None, **names}
        every = [*written_rows(self.top)]
        if len(every) > MOST_ROWS:
            path, _ = every[MOST_ROWS]
            self.faults.append((f"there are more than {MOST_ROWS:,} rows", path, False))
            return []
        found: list[Row] = []
        for number, (path, written) in enumerate(every):
            row: Row | None = None
            try:
                row = row_of(number, path, written, names)
                builder.add(row)
                found.append(row)
                self.source_rows[row.name] = source_row(number, written)
            except RowError as error:
                if row is None or row.module not in self.undeclared:
                    self.faults.append((str(error), (*path, *error.part), False))
                builder.skip(row, number)
            self.origins["layers", number] = path
            self._place_arguments(number, path, builder)
        if not found and not self.faults:
            self.faults.append(("a model needs a row in backbone or head", (), False))
        return found

    def _place_arguments(self, number: int, path: Path, builder: Builder) -> None:
        """Remembers where the arguments of a block are written."""
        layer = builder.layers[number]
        module = builder.library.any(str(layer.get("block")))
        for at, name in enumerate(module.positions if module else ()):
            self.origins["layers", number, "with", name] = (*path, 3, at)

    def _content(self, builder: Builder, rows: list[Row]) -> dict[str, Any]:
        shape = self._shape(builder.image_channels, self._default_size(rows))
        content: dict[str, Any] = {
            "name": self._name(),
            "input": [*shape],
            "blocks": builder.blocks,
            "layers": builder.layers,
        }
        if builder.outputs:
            content["outputs"] = [rows[-1].name, *builder.outputs]
        own = self.top.get(OWN) or {}
        if isinstance(own, dict):
            for key in own:
                self.origins[key,] = (OWN, key)
            content |= {key: own[key] for key in FIGURES if key in own}
            self._check_own(own)
        else:
            self.faults.append((f"{OWN} is not a mapping with budget or expect", (OWN,), False))
        return content

    def _check_own(self, own: Mapping[str, Any]) -> None:
        for key in own:
            if key not in FIGURES:
                hint = did_you_mean(key, FIGURES) or f"; {OWN} has {' and '.join(FIGURES)}"
                message = f"unknown key {key}{hint}"
                self.faults.append((message, (OWN, key), True))

    def _scales(self) -> list[str]:
        scales = self.top.get("scales")
        return [str(letter) for letter in scales] if isinstance(scales, dict) else []

    def _name(self) -> str:
        letter = str(self.settings.get("scale", ""))
        return named_at(self.stem, letter) if letter else self.stem

    def _default_size(self, rows: list[Row]) -> int:
        return CLASSIFIER_SIZE if rows[-1].module == "Classify" else SIZE

    def _note_defaults(self, scale: Scale, rows: list[Row]) -> None:
        used: list[str] = []
        if scale.is_guess:
            letters = ", ".join(map(str, self.top["scales"]))
            used.append(f"scale {scale.letter}, the first of {letters}")
        if not self.settings.keys() & {"size", "inputs"} and rows:
            used.append(f"size {self._default_size(rows)}")
        if used:
            path: Path = ("scales",) if scale.is_guess else ()
            rule = GUESSED_SCALE if scale.is_guess else None
            self.notes.append((f"defaults used: {'; '.join(used)}", path, bool(path), rule))

    def _made(self, content: dict[str, Any] | None, builder: Builder, scale: Scale) -> Document:
        wanted = [each[1:3] for each in self.faults] + [each[1:3] for each in self.notes]
        places = self.text.places(wanted) if wanted else {}
        faults: list[SourceFault[AnyPlace]] = [*self.text.problems]
        faults += [_fault(*each, places) for each in self.faults]
        faults.sort(key=lambda fault: fault.place.order if fault.place else (0, 0))
        source: dict[str, Any] = {
            "format": "ultralytics",
            "dialect": "yolov5" if builder.is_classic else "ultralytics",
            "scale": scale.letter or None,
            "scales": self._scales(),
        }
        if self.heads:
            source["heads"] = [each.content() for each in self.heads.values()]
        document = ModelDocument(
            self.text,
            self.origins,
            content,
            faults,
            [_fault(*each[:3], places)._replace(rule=each[3]) for each in self.notes],
            source,
            self._line_of(scale),
            self.modules,
            builder.declared_channels,
        )
        document.source_rows = self.source_rows
        document.settings = {
            key: value for key, value in self.text.content.items() if key not in STRUCTURE
        }
        return document

    def _line_of(self, scale: Scale) -> int:
        """The line of the scale, whose comment may state the parameters; 0 where none is known."""
        own = self.settings.keys() <= {"scale", "size"}
        if not own or not isinstance(self.top.get("scales"), dict):
            return 0
        wanted = (("scales", scale.letter), True)
        return self.text.places([wanted])[wanted].line


def _fault(
    message: str, path: Path, is_key: bool, places: Mapping[tuple[Path, bool], AnyPlace]
) -> SourceFault[AnyPlace]:
    return SourceFault(message, places.get((path, is_key)) if path else None)


def _modules_of(file: str, stock: Library) -> dict[str, Module]:
    """The modules that a file declares.

    Raises:
        SpecError: it cannot be read, or declares something else.
    """
    try:
        with FilePath(file).open("rb") as stream:
            data = stream.read(LARGEST_MODULES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SpecError(f"{file} cannot be read: {reason}") from error
    if len(data) > LARGEST_MODULES:
        raise SpecError(f"{file} is larger than {LARGEST_MODULES // 2**20} MiB")
    text = read_text(data)
    if text.problems:
        raise SpecError(f"{file}: {text.problems[0].message}")
    content = text.content
    if isinstance(content, dict) and DECLARED in content:
        content = content[DECLARED]
    try:
        return declared_modules(content, stock)
    except DeclarationError as error:
        raise SpecError(f"{file}: {error}") from error
