"""What every door over HTTP shares: problems, throttles, middleware, health."""
