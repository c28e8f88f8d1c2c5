"""Makes the stress modules and the generated videos importable, here and in worker processes."""

import os
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_FOLDERS = [str(_HERE), str(_HERE.parent / "media")]
sys.path[:0] = _FOLDERS
os.environ["PYTHONPATH"] = os.pathsep.join(
    [*_FOLDERS, *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ.setdefault("SVT_LOG", "-1")  # the AV1 encoder of the test videos is to keep quiet
