"""Night page: start, end and concurrency of the executions of one night."""
