"""What networks are checked against: rules, limits, growth and snapshots."""
