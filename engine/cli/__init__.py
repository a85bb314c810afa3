"""The command `starling`: thin commands, each imported when it is used."""
