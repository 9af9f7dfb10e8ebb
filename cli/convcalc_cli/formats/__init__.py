"""What the data formats of all commands share, and the choice of a format."""
