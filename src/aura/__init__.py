"""AURA finds fake and manipulated videos and says how it knows."""

__version__ = "0.1.0"
