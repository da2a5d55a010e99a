"""The pages of the night: how the jobs went, running one now, what it did."""
