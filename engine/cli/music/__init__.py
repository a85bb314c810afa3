"""Music for the chip of the NES: `starling compose` and `starling latents`."""
