"""Messages to chats, pagers and SMS gateways, by the library Apprise."""
