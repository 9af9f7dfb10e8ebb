"""`convcalc fit`: the best designs of a network within budgets."""
