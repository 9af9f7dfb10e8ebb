"""`convcalc examples`: the networks that come with convcalc."""
