"""The facts of a network: shapes, counts, memory and where they come from."""
