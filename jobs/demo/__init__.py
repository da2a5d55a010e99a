"""The demo: a fortnight of history made by the real jobs, and a tick while the site is served."""
