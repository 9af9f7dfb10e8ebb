"""What layers of Keras become in the network language, by families."""
