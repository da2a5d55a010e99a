"""The services, one module per job: a function decorated with `@job` and its result."""
