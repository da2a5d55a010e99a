"""Front-desk operations on booking rooms: check-in, check-out and cancellation.

Each operation has two forms: one booking room, which raises ActionRefused, and many booking rooms
of one hotel in a fixed number of queries, which returns a BatchResult. Both lock the booking rooms
and read them again, so the caller may pass rows read earlier.
"""
