"""The arithmetic of one cell as plain Python, which every target compiles."""
