"""Import of a hotel's bookings from a CSV file of the "Hotel booking demand" format.

Source of the format: Antonio, de Almeida and Nunes, "Hotel booking demand datasets", Data in Brief
22 (2019). It has no booking id, so the line number is the key. Equal lines are separate bookings of
a group.
"""
