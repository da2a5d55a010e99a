"""Task queues beside ours, each as its manual says: one task a hotel, with the same statements.

A module of a peer is what its workers load. Its `send` stores the tasks of hotels, and works in the
block of `opened`; see `tests.bench.peer.send`.
"""
