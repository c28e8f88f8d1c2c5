"""The whole configuration: a typed tree of the settings that live beside what they configure.

Later sources win: defaults, a YAML file, the environment (``AURA_SECTION__KEY=value``), the
command line (``section.key=value``). A key that exists nowhere is refused by name.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, Field, ValidationError

from aura.acquire import ArchiveConfig
from aura.acquire.download_config import DownloadConfig
from aura.audit import AuditConfig
from aura.augment import AugmentConfig
from aura.datasets import DataConfig
from aura.duplicates import DuplicateConfig
from aura.engine import EngineConfig
from aura.errors import ConfigError
from aura.evaluation.config import EvaluationConfig
from aura.features import FeatureConfig
from aura.fingerprint import fingerprint
from aura.inference.config import DetectorConfig
from aura.media import MediaLimits
from aura.splits import SplitConfig
from aura.stages import ClipConfig, FrameConfig, ScaleConfig
from aura.training import TrainingConfig

_WITHOUT_RESULT = {"archives", "audit", "download", "engine", "frames"}
"""Sections that nothing in a run depends on."""

_ENV_PREFIX = "AURA_"
_ENV_SEPARATOR = "__"


class Config(BaseModel, extra="forbid", frozen=True):
    """Everything a run depends on, section by section."""

    data: DataConfig = Field(default=DataConfig(), description="How the data set is read.")
    archives: ArchiveConfig = Field(
        default=ArchiveConfig(),
        description="What archives may at most unpack to; no result depends on it.",
    )
    download: DownloadConfig = Field(
        default=DownloadConfig(), description="How data sets are fetched; no result depends on it."
    )
    media: MediaLimits = Field(default=MediaLimits(), description="What a video may at most be.")
    duplicates: DuplicateConfig = Field(
        default=DuplicateConfig(), description="Near-duplicates found from the pixels."
    )
    split: SplitConfig = Field(default=SplitConfig(), description="Folds and test split.")
    augment: AugmentConfig = Field(default=AugmentConfig(), description="Augmented versions.")
    features: FeatureConfig = Field(default=FeatureConfig(), description="Handcrafted features.")
    scale: ScaleConfig = Field(default=ScaleConfig(), description="Scaled videos.")
    clips: ClipConfig = Field(default=ClipConfig(), description="Clips the networks see.")
    frames: FrameConfig = Field(default=FrameConfig(), description="Frames as JPEG files.")
    training: TrainingConfig = Field(
        default=TrainingConfig(), description="Models and their training."
    )
    evaluation: EvaluationConfig = Field(
        default=EvaluationConfig(), description="Figures and report."
    )
    audit: AuditConfig = Field(
        default=AuditConfig(),
        description="What aura data audit looks at and shows; no result of a run depends on it.",
    )
    detector: DetectorConfig = Field(default=DetectorConfig(), description="Verdicts.")
    engine: EngineConfig = Field(
        default_factory=EngineConfig, description="Workers and limits; no result depends on them."
    )

    def hash(self) -> str:
        """Return what changes whenever a setting that results depend on does."""
        return fingerprint(self.model_dump(mode="json", exclude=_WITHOUT_RESULT))

    def to_yaml(self, *, without: set[str] | None = None) -> str:
        """Return the effective configuration as YAML that `load_config` reads.

        Args:
            without: Sections to leave out.
        """
        tree = self.model_dump(mode="json", exclude=without)
        return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def load_config(
    file: Path | None = None,
    overrides: Iterable[str] = (),
    *,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Return the configuration that a file, the environment and overrides add up to.

    Args:
        file: A YAML file of sections.
        overrides: ``section.key=value`` each; values are read as YAML.
        environ: The environment to look through; nothing is read from elsewhere.

    Raises:
        ConfigError: A key is unknown, a value has the wrong type or range, or the file is not a
            readable YAML mapping.
    """
    tree: dict[str, Any] = {}
    if file is not None:
        _merge(tree, _from_file(file))
    for name, value in sorted((environ or {}).items()):
        if name.startswith(_ENV_PREFIX) and _ENV_SEPARATOR in name:
            path = name.removeprefix(_ENV_PREFIX).lower().split(_ENV_SEPARATOR)
            _set(tree, path, _value(value, where=name))
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"{override!r}: a setting is written section.key=value")
        _set(tree, key.split("."), _value(value, where=key))
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error


def _from_file(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: is not YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: expected sections with keys, found {type(content).__name__}")
    return cast("dict[str, Any]", content)


def _value(text: str, *, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: the value {text!r} is not YAML: {error}") from error


def _merge(tree: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _merge(tree[key], cast("dict[str, Any]", value))
        else:
            tree[key] = value


def _set(tree: dict[str, Any], path: list[str], value: Any) -> None:
    branch: dict[str, Any] = value
    for key in reversed(path):
        branch = {key: branch}
    _merge(tree, branch)


def _explain(error: ValidationError) -> str:
    return "; ".join(_fault(fault) for fault in error.errors())


def _fault(fault: Any) -> str:
    place = [str(part) for part in fault["loc"]]
    name = ".".join(place)
    if fault["type"] != "extra_forbidden":
        return f"{name}: {fault['msg']}, got {fault['input']!r}"
    known = _keys_beside(place)
    near = difflib.get_close_matches(place[-1], known, n=1, cutoff=0.5)
    hint = (
        f"did you mean {'.'.join([*place[:-1], near[0]])}?"
        if near
        else f"known here: {', '.join(known)}"
    )
    return f"there is no setting {name}; {hint}"


def _keys_beside(place: list[str]) -> list[str]:
    """Return the keys that would have been valid where the last one of ``place`` stands."""
    model: type[BaseModel] = Config
    for part in place[:-1]:
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
