"""What other tools print for a network, and what they count that convcalc does not."""
