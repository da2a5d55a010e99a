"""Webhooks: events of hotels, signed and sent to the endpoints that users set up."""
