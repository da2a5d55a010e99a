"""The REST API: closed by default, narrowed to the hotels of whoever asks (docs/adr/0010)."""
