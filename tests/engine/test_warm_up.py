import json
import subprocess
import sys

import pytest

SCRIPT = """
import json
from pathlib import Path
from aura.engine import EngineConfig, Item, LocalExecutor, Task
from aura.engine.warm_up import warm_up

if __name__ == "__main__":
    warm_up("colorsys")
    with LocalExecutor(EngineConfig(workers=1)) as executor:
        from toy import Loaded
        task = Task(Item("a", Path("a"), "key"), Path("{folder}"))
        print(json.dumps([dict(o.output.rows[0]) for o in executor.run(Loaded(), [task])]))
"""
STAGE = """
import sys
from dataclasses import dataclass
from aura.engine import StageOutput

@dataclass(frozen=True)
class Loaded:
    name: str = "loaded"
    version: int = 1
    settings = {}
    columns = {"video_id": str, "is_loaded": bool}

    def process(self, item, folder):
        row = {"video_id": item.video_id, "is_loaded": "colorsys" in sys.modules}
        return StageOutput(rows=(row,))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="workers are not forked there")
@pytest.mark.parametrize("warm", [True, False])
def test_workers_find_the_modules_loaded(warm, tmp_path):
    (tmp_path / "toy.py").write_text(STAGE)
    script = SCRIPT.replace("{folder}", str(tmp_path / "task"))
    if not warm:
        script = script.replace('warm_up("colorsys")', "pass")
    (tmp_path / "run.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"video_id": "a", "is_loaded": warm}]
