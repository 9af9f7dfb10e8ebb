"""ONNX files, read from the wire format: weights are skipped, and nothing else is needed."""
