"""What `check --fix` and `--fix-expect` change in network files before they are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from convcalc.files.loading import ReadFile
from convcalc.files.readers import LARGEST_FILE, YAML, SourceFile
from convcalc.records import NamedTuple
from convcalc.wording import counted
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.sources import STANDARD_INPUT, Source, Sources, source_of
from convcalc_cli.text import name_text


class Fixes(NamedTuple):
    """Files as they are once they are fixed."""

    sources: Sources
    texts: Mapping[str, bytes] = {}
    """What is to be written into which file."""
    messages: Sequence[str] = ()

    @property
    def renewed(self) -> dict[str, Callable[[], bytes]]:
        """What `Outcome` takes for these files."""
        return {file: partial(bytes, data) for file, data in self.texts.items()}


def fixed_sources(sources: Sources, *, expected: bool) -> Fixes:
    """The files with what is certain to be meant in them; those of other formats as they are.

    Args:
        sources: the files.
        expected: whether figures that files expect become those of their networks.

    Raises:
        FlagError: with other sizes or variables, the figures are not those of the file.
    """
    from convcalc.files.fixes import fixed  # most checks fix nothing

    if expected:
        _require_as_written(sources.found)
    files: list[Source] = []
    texts: dict[str, bytes] = {}
    messages: list[str] = []
    for each in sources.found:
        read = each.read
        made = fixed(_data(read), expected=expected) if read and _is_writable(each) else None
        if read is None or made is None or not made.edits:
            files.append(each)
            continue
        files.append(source_of(SourceFile.of(made.data, each.file), read.overrides))
        texts[each.file] = made.data
        lines = [f"{edit.place.line}: {edit.old} -> {edit.new}" for edit in made.edits]
        messages.append(f"{name_text(each.file)}: {counted(len(lines), 'edit')}")
        messages += [f"  line {line}" for line in lines]
    return Fixes(sources._replace(found=files), texts, messages)


def _require_as_written(sources: Iterable[Source]) -> None:
    """Refuses to write figures that are not those of the files.

    Raises:
        FlagError: something is set in place of what a file says.
    """
    for each in sources:
        if each.read is not None and not each.read.as_written:
            raise FlagError("--fix-expect goes without --set, --size and --input")


def _is_writable(source: Source) -> bool:
    """Whether it is a network file with a name."""
    is_own = source.read is not None and source.read.reader is YAML
    return is_own and source.file != STANDARD_INPUT


def _data(read: ReadFile) -> bytes:
    with read.file.open() as stream:
        return stream.read(LARGEST_FILE)
