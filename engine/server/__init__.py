"""The running engine: sessions, jobs, handlers of requests, MIDI input."""
