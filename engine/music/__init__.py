"""Music for the sound chip of the NES: from a request to notes, their files and their sound."""
