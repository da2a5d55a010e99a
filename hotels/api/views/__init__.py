"""Views of the API: thin, over the functions of `hotels`."""
