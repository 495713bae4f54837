"""For those who write assignments: their own solutions tried on their checks, and work brought over from nbgrader."""
