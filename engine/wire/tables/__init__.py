"""The rows of the tables that the wire is made from: verbs by subject, host parameters."""
