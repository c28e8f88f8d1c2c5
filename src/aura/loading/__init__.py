"""PyTorch data sets over what AURA stores; needs the extra ``train``."""

from aura.loading.frame_folder import FrameFolder, ImageForm
from aura.loading.frame_samples import Split

__all__ = ["FrameFolder", "ImageForm", "Split"]
