"""Messages to people and programs: the outbox, and the channels that send what is in it."""
