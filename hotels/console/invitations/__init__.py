"""Inviting people to a hotel, and the page on which they answer."""
