"""Home page of the console."""
