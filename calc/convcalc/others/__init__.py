"""What other tools would print for a network.

A tool is a module that declares `TOOL`, a `tool.Tool`; `registry` lists these modules. Its rules
are made of those in `rules`, and name the causes in `causes`.
"""
