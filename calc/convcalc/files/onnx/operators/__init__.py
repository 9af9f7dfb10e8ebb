"""Rows for the operators of ONNX, a module for each family."""
