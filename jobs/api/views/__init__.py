"""Views: they read what is asked, call what does it, and tell what came of it."""
