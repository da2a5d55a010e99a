"""The workers of the queue."""
