"""The jobs: one module each, a function marked with `@job`."""
