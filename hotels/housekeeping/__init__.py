"""The housekeeping round and the work on its tasks (domain rule 1).

`snapshot` and `cleaning_history` read the database by the statements of `queries`. From what they
read, `occupancy` places the guests, `cleaning_rules` decides which clean each room needs, `review`
finds the rooms whose tasks must change, `reconcile` adapts these, `assignment` distributes them and
`task_changes` writes them. `manual_assignment` and `finishing` are what staff do with a task. A
room becomes dirty at check-out and after a night (`dirty_rooms`), so a vacant clean room needs
nothing.
"""
