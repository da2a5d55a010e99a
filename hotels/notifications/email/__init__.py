"""E-mail: kinds of messages, their templates, rendering, sending, and addresses not to write to."""
