"""Offline bounces: a song and what plays it, to stems and their mix."""
