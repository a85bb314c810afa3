"""The learned systems that write music for the chip."""
