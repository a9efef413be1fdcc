"""Plans carried out on the CPU."""
