"""What people are shown of a campaign's store: its state, and the short list of findings. No engine is loaded here."""
