"""What runs: convcalc, and for reports of faults all that it runs on."""

from __future__ import annotations

from convcalc import __version__

LIBRARIES = ("typer", "rich", "pyyaml", "numpy", "matplotlib")


def version_text(*, verbose: bool = False) -> str:
    """The version; verbose, with those of Python, the system and the libraries."""
    own = f"convcalc {__version__}"
    if not verbose:
        return own
    import platform
    from importlib.metadata import PackageNotFoundError, version

    lines = [own, f"{platform.python_implementation()} {platform.python_version()}"]
    lines.append(platform.platform())
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name} is not installed")
    return "\n".join(lines)
