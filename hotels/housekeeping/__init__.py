"""The daily round: which room needs which clean, how soon, and by whom (domain rule 1).

`whereabouts` says who is in which room, `kinds` what clean follows from it, `reconcile` what to do
with the tasks that are there, `assignment` who does them; none of them queries. `books` reads.
Whoever checks a guest out makes the room dirty: vacant and clean means that nothing is to do.
"""
