"""Measurements. Each module prints its own; ``python -m bench`` runs all of them."""
