"""The templates that the project brings along, one file for each kind and language."""
