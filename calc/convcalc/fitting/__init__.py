"""From a budget back to a design: the best designs of a network, and what gives a size."""
