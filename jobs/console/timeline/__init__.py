"""Hotels by time: what became of each slot of each job."""
