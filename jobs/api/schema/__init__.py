"""OpenAPI descriptions, one module for each group of routes."""
