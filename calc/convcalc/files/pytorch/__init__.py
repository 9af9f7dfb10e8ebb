"""PyTorch modules: what they compute is recorded while they run without data."""
