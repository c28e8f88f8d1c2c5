"""The whole road: labelled videos in, a judged detector and its report out."""

from aura.pipeline.graph import STEPS, steps_for
from aura.pipeline.run import RunResult, StepSummary, run_pipeline

__all__ = ["STEPS", "RunResult", "StepSummary", "run_pipeline", "steps_for"]
