"""The settings of downloads: how data sets are fetched from Kaggle and from video platforms."""

from typing import Literal

from pydantic import BaseModel, Field

DFD_HANDLE = "sanikatiwarekar/deep-fake-detection-dfd-entire-original-dataset"
"""The copy of DeepFakeDetection that most users have."""


class KaggleConfig(BaseModel, extra="forbid", frozen=True):
    """What is fetched from Kaggle, and with how much patience."""

    dataset: str = Field(
        default=DFD_HANDLE,
        pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$",
        description="The data set on Kaggle, written owner/name.",
    )
    version: int | None = Field(
        default=None, ge=1, description="Its version; by default the newest one."
    )
    transfer: Literal["auto", "archive", "files"] = Field(
        default="auto",
        description="Fetch one archive and unpack it, or file by file. By default the archive, "
        "and files for a part of the data set or where the disk cannot hold both.",
    )
    anonymous: bool = Field(
        default=False, description="Ask without credentials; some data sets can be had so."
    )
    keep_archive: bool = Field(
        default=False, description="Keep the archive after it has been unpacked."
    )
    page_size: int = Field(
        default=200, ge=1, le=200, description="Files a page of the list; the server allows 200."
    )
    timeout_s: float = Field(
        default=60.0, gt=0, description="How long a connection may stay silent."
    )
    attempts: int = Field(
        default=8, ge=1, description="Attempts in a row without a new byte before giving up."
    )
    first_wait_s: float = Field(
        default=2.0, ge=0, description="Wait before the second attempt; it doubles from then on."
    )
    max_wait_s: float = Field(
        default=300.0,
        ge=0,
        description="Longest wait between attempts. A server that asks for more ends the download.",
    )
    reserve_bytes: int = Field(
        default=1 << 30, ge=0, description="Space on the disk that downloads leave free."
    )


class CorpusDownloadConfig(BaseModel, extra="forbid", frozen=True):
    """What is fetched from video platforms, and how politely."""

    labels: tuple[str, ...] = Field(
        default=("real", "fake"),
        description="Label words of the rows that are asked for; [] asks for all.",
    )
    format: str | None = Field(
        default=None,
        description="A format choice in the words of yt-dlp; by default the best pictures up to "
        "max_height_px, in one file as delivered where ffmpeg is absent.",
    )
    max_height_px: int = Field(
        default=1080, ge=1, description="Tallest picture that is chosen where there is a choice."
    )
    extractors: tuple[str, ...] = Field(
        default=("youtube", "facebook", "facebook:.*", "twitter"),
        description="The sites of yt-dlp that may be asked, as patterns; links elsewhere are not "
        "followed.",
    )
    cookies: str | None = Field(
        default=None,
        description="A file of cookies (Netscape format) for videos that need a login. It is read "
        "and never written.",
    )
    pause_s: float = Field(
        default=3.0, ge=0, description="Pause between two videos of one platform."
    )
    pause_jitter: float = Field(
        default=0.5, ge=0, le=1, description="By how much of itself a pause varies at random."
    )
    request_pause_s: float = Field(
        default=0.5, ge=0, description="Pause between the requests that one video needs."
    )
    max_rate_bps: int | None = Field(
        default=5_000_000, ge=1, description="Bytes a second at most; null for no limit."
    )
    max_bytes: int = Field(default=2 << 30, ge=1, description="Largest video that is fetched.")
    max_video_s: float = Field(
        default=1800.0, gt=0, description="Longest time that fetching one video may take."
    )
    timeout_s: float = Field(
        default=20.0, gt=0, description="How long a connection may stay silent."
    )
    retries: int = Field(
        default=3, ge=0, description="Further attempts when a transfer breaks within one video."
    )
    give_up_after: int = Field(
        default=5,
        ge=1,
        description="Answers in a row that mean 'too many requests' before a platform is left "
        "alone for this run.",
    )
    retry_dead: bool = Field(
        default=False,
        description="Ask again for videos that were dead, private, blocked or too large.",
    )
    reserve_bytes: int = Field(
        default=1 << 30, ge=0, description="Space on the disk that downloads leave free."
    )


class DownloadConfig(BaseModel, extra="forbid", frozen=True):
    """How data sets are downloaded."""

    kaggle: KaggleConfig = Field(default=KaggleConfig(), description="Data sets on Kaggle.")
    corpus: CorpusDownloadConfig = Field(
        default=CorpusDownloadConfig(), description="Videos by their addresses."
    )
