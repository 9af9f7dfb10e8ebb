"""The network language: from a mapping to a network."""
