"""Adapters: one way into AURA for each layout a data set comes in."""

from aura.datasets.folder import list_folder
from aura.datasets.layouts import LAYOUTS, Layout
from aura.datasets.listing import DataConfig, ListedVideo, Listing
from aura.datasets.source import list_videos
from aura.datasets.table import list_table

__all__ = [
    "LAYOUTS",
    "DataConfig",
    "Layout",
    "ListedVideo",
    "Listing",
    "list_folder",
    "list_table",
    "list_videos",
]
