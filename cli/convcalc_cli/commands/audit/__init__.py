"""`convcalc audit`: networks, layer by layer."""
