"""Search a library by sound."""
