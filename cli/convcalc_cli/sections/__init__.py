"""Parts of pages that show values of the engine, for commands and for notebooks."""
