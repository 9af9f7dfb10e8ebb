"""The designs of a convolution, and layers and networks rewritten in them."""
