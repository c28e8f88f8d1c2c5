"""Stages that misbehave on request; in a module of their own so that workers can import them."""

import math
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from aura.engine import Item, StageOutput
from aura.errors import AccessError, MediaError


class ToyConfig(BaseModel, frozen=True):
    factor: int = 2


@dataclass(frozen=True)
class ToyStage:
    """Reads an order from each item's file and obeys it."""

    config: ToyConfig = field(default_factory=ToyConfig)
    log: Path | None = None
    name: str = "toy"
    version: int = 1

    @property
    def settings(self) -> dict[str, int]:
        return self.config.model_dump()

    @property
    def columns(self) -> dict[str, type]:
        return {"video_id": str, "value": float, "n": int}

    def process(self, item: Item, folder: Path) -> StageOutput:
        if self.log is not None:
            with self.log.open("a") as log:
                log.write(f"{item.video_id}\n")
        order = item.path.read_text()
        if order == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if order == "hang":
            time.sleep(60)
        if order == "refuse":
            raise MediaError("this one cannot be read")
        if order == "locked":
            raise AccessError("this one may not be read today")
        if order == "nan":
            return StageOutput(rows=({"video_id": item.video_id, "value": math.nan, "n": 0},))
        if order == "bug":
            raise KeyError("surprise")
        if order.startswith("sleep"):
            time.sleep(float(order.split()[1]))
        (folder / f"{item.video_id}.txt").write_text(order * self.config.factor)
        row = {"video_id": item.video_id, "value": 0.1 * self.config.factor, "n": len(order)}
        return StageOutput(rows=(row,), files=(f"{item.video_id}.txt",))
