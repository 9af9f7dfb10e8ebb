"""Files that hold networks: a reader for each kind, and the places in them."""
