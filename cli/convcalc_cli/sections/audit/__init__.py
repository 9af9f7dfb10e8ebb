"""The rows of a network and its totals."""
