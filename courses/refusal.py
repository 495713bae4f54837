class Refused(ValueError):
    """An action that the rules or the state of things do not allow. The sentence is for whoever asked."""
