"""`python3 build.py demo`: all of Starling, seen and listened to."""
