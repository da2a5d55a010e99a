"""Console pages about jobs: home, timeline, trends, starting a job and its executions."""
