"""Networks, training, evaluation and artifacts. Imports neither `engine` nor `presets`."""
