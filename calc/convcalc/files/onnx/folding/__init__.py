"""Operators on numbers that do not depend on the input: sizes that a graph computes for itself."""
