"""What the boards show, read in a handful of queries each; the pages beside them are thin."""
