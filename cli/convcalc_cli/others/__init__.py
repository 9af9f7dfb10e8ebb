"""`--as` and `--which`: what other tools would print."""
