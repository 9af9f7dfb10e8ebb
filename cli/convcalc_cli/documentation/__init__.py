"""The texts of convcalc help: topics, and the operations of the network language."""
