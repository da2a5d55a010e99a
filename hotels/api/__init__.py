"""REST API of the hotels: signing in, tokens and memberships."""
