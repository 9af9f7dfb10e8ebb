"""What --verify adds to any report."""
