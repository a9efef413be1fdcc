"""From steps to scenes: plain data that says which cells, texts and links a picture consists of."""
