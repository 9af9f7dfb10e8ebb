"""`convcalc help`: the topics of the documentation."""
