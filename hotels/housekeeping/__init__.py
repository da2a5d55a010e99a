"""The housekeeping round and the work on its tasks (domain rule 1).

`snapshot` and `cleaning_history` read the database. From what they read, `occupancy` places the
guests, `cleaning_rules` decides which clean each room needs, `reconcile` adapts the tasks and
`assignment` distributes them; none of these four runs a query. `manual_assignment` and `finishing`
are what staff do with a task. A room becomes dirty at check-out and after a night (`dirty_rooms`),
so a vacant clean room needs nothing.
"""
