"""`convcalc diff`: what changed from one network to another."""
