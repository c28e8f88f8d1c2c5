"""From a file to a verdict that can be checked."""

from aura.inference.detector import Detector, DetectorFacts, Skill
from aura.inference.verdict import Decision, TimelinePoint, Verdict

__all__ = ["Decision", "Detector", "DetectorFacts", "Skill", "TimelinePoint", "Verdict"]
