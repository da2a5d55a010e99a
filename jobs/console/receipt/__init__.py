"""Receipt: the page of one execution."""
