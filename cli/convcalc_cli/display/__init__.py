"""Values of the engine in notebooks and where they are printed: the tables of the commands."""
