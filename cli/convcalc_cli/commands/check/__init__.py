"""`convcalc check`: networks against limits, expectations and snapshots."""
