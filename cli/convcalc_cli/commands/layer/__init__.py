"""`convcalc layer`: one layer and its designs."""
