"""What everything else uses: files that are whole or absent, several processes, names loaded on first use, read-only data."""
