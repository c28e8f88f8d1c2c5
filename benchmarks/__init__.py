"""Measurements of speed and memory; their results lie in ``results/``, as JSON and as text."""
