"""What runs behind the wall: the fork server and its children. Nothing here is imported by the platform."""
