"""From a mapping, as a network file holds it, to a network: read strictly, all problems at once."""
