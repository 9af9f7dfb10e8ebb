"""The reference: every operation run on real arrays, to prove what the formulas say.

The only importer of NumPy, which is an extra. Nothing here asks the formulas for an answer: sizes,
weight shapes, work and memory are what the arrays turn out to have. Beside each kernel stands the
textbook definition of its operation in plain loops.
"""
