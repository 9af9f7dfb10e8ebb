"""`convcalc sweep`: figures over parameters that vary."""
