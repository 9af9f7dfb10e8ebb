"""The operations of a network: a class for each, and the word for it in network files.

To add one, write its class and its word in the module it belongs to.
"""
