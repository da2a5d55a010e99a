"""A random simulation of hotels with a plain oracle beside it.

`oracle` says what the books must be, in plain Python written from the domain rules: it imports
nothing of the project. `acts` are what guests and staff do, through the functions that pages, forms
and imports call. `player` lets days pass, `jobs` runs the five jobs, `compare` finds differences.
"""
