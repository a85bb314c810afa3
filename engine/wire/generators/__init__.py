"""Texts derived from the tables of the wire: the typed requests, the pages and the C++ header."""
