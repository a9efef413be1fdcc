"""The training loop, which knows no device, and what it uses."""
