"""From the operations of other programs to rows of the network language, for every reader."""
