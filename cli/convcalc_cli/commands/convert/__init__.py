"""`convcalc convert`: models of other frameworks as network files."""
