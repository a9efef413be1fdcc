"""What the documentation needs of Sphinx beyond its own: live players, the course, names in docstrings, two languages."""
