"""The program's surroundings: streams, screen, files that are written, exit codes."""
