"""Plans carried out on a GPU, whole steps at a time. Imported only when a model is trained there."""
