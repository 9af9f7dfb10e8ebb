"""The command line of convcalc: it reads flags and files, calls the engine, and draws."""
