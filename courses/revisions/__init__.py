"""Two revisions of a programme side by side: what is the same thing in both, and what differs (docs/adr/0013)."""
