"""Flags: their values, their declarations, and what they stand for."""
