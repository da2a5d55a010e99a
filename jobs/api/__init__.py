"""REST API of jobs: closed by default, restricted to the hotels of the caller (docs/adr/0010)."""
