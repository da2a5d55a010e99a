"""Loading the books of a hotel from a file of the "Hotel booking demand" format.

The format is that of Antonio, de Almeida and Nunes, "Hotel booking demand datasets", Data in Brief
22 (2019). It has no booking id: the line number is the key, and lines that are equal are bookings
of a group, each a booking of its own.
"""
