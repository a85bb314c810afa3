"""Recipes, the content-addressed sound store, and sounds made from them."""
