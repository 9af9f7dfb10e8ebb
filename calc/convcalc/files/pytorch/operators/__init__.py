"""Rows for the calls of ATen, a module for each family."""
