"""The reader of Keras models: their JSON in every dialect, and `.keras` files."""
