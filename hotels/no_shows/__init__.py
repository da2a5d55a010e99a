"""Guests who do not come: who is judged, by which rule, what is written, how it is taken back."""
