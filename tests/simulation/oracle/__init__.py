"""The oracle: what the books of a hotel must be, in plain Python.

It is written from the domain rules and imports nothing of the project. It is slow and simple: lists
and loops instead of queries. Where the rules are silent, a comment says "silent", and the oracle
follows the project.
"""
