"""Parts of the network that know what levels and predictions are."""
