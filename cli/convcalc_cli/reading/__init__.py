"""Finding and reading network files and snapshots."""
