"""Timeline: scheduled runs of each job and hotel with their status."""
