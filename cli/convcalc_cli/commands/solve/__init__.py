"""`convcalc solve`: windows that give a size, and values of variables that fit a budget."""
