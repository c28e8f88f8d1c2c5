import pytest

from aura.acquire.availability import AVAILABILITY, Availability, State, state_of

# What platforms and yt-dlp say, as yt-dlp 2026.10.26 passes it on.
SAID = [
    ("[youtube] a: Video unavailable", State.DEAD),
    ("[youtube] a: Video unavailable. This video is no longer available because the YouTube "
     "account associated with this video has been terminated.", State.DEAD),
    ("[youtube] a: This video has been removed by the uploader", State.DEAD),
    ("[youtube] a: This video has been removed for violating YouTube's policy on hate speech.",
     State.DEAD),
    ("[youtube] a: Video unavailable. This video is no longer available due to a copyright claim "
     "by X", State.DEAD),
    ("[youtube] a: This video does not exist", State.DEAD),
    ("[youtube] a: This video is unavailable", State.DEAD),
    ("[youtube:truncated_id] a: Incomplete YouTube ID a. URL looks truncated.", State.DEAD),
    ("[youtube] a: Private video. Sign in if you've been granted access to this video",
     State.PRIVATE),
    ("[youtube] a: This video is private. If the owner of this video has granted you access, "
     "please sign in.", State.PRIVATE),
    ("[youtube] a: Sign in to confirm your age. This video may be inappropriate for some users.",
     State.LOGIN_REQUIRED),
    ("[youtube] a: Join this channel to get access to members-only content like this video",
     State.LOGIN_REQUIRED),
    ("[youtube] a: This video requires payment to watch", State.LOGIN_REQUIRED),
    ("[youtube] a: Sign in to confirm you\u2019re not a bot.", State.RATE_LIMITED),
    ("[youtube] a: Video unavailable. This content isn't available, try again later. The current "
     "session has been rate-limited by YouTube for up to an hour.", State.RATE_LIMITED),
    ("[youtube] a: The uploader has not made this video available in your country",
     State.GEO_BLOCKED),
    ("[youtube] a: Video unavailable. This video contains content from X, who has blocked it in "
     "your country on copyright grounds", State.GEO_BLOCKED),
    ("[youtube] a: This video is DRM protected", State.NO_VIDEO),
    ("[facebook] 1: This video is only available for registered users", State.LOGIN_REQUIRED),
    ('[facebook] 1: The video is not available, Facebook said: "This content isn\'t available"',
     State.DEAD),
    ("[facebook] 1: This video is not available from your location due to geo restriction",
     State.GEO_BLOCKED),
    ("[facebook] 1: Cannot parse data", State.ERROR),
    ("[facebook] 1: No video formats found!", State.NO_VIDEO),
    ("[twitter] 1: No video could be found in this tweet", State.NO_VIDEO),
    ("[twitter] 1: Requested tweet is unavailable", State.DEAD),
    ("[twitter] 1: Suspended", State.DEAD),
    ("[twitter] 1: Twitter API says: This Post is from a suspended account", State.DEAD),
    ("[twitter] 1: NSFW tweet requires authentication", State.LOGIN_REQUIRED),
    ("[twitter] 1: You are not authorized to view this protected tweet", State.PRIVATE),
    ("[generic] Unable to download webpage: HTTP Error 404: Not Found", State.DEAD),
    ("[generic] Unable to download webpage: HTTP Error 410: Gone", State.DEAD),
    ("[generic] Unable to download webpage: HTTP Error 403: Forbidden", State.ERROR),
    ("[generic] Unable to download webpage: HTTP Error 429: Too Many Requests",
     State.RATE_LIMITED),
    ("[generic] Unable to download webpage: HTTP Error 503: Service Unavailable",
     State.NO_ANSWER),
    ("[youtube] a: Unable to download API page: <urlopen error [Errno -3] Temporary failure in "
     "name resolution>", State.NO_ANSWER),
    ("[youtube] a: Unable to download webpage: The read operation timed out", State.NO_ANSWER),
    ("Unsupported URL: https://example.org/", State.NO_VIDEO),
    ("something nobody has seen before", State.ERROR),
]  # fmt: skip


@pytest.mark.parametrize(("message", "state"), SAID)
def test_what_platforms_say_is_understood(message, state):
    assert state_of(message) is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (404, State.DEAD),
        (410, State.DEAD),
        (451, State.GEO_BLOCKED),
        (429, State.RATE_LIMITED),
        (403, State.ERROR),
        (503, State.NO_ANSWER),
    ],
)
def test_the_status_counts_whatever_the_words(status, state):
    assert state_of("Unable to download webpage", status=status) is state


def test_what_yt_dlp_calls_a_restriction_is_one():
    assert state_of("in other words", geo_restricted=True) is State.GEO_BLOCKED


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_the_table_survives_storage(tmp_path, suffix):
    row = Availability(
        key="youtube:-_a,b",
        platform="youtube",
        video_id="-_a,b",
        url='https://x/?a="1"',
        label="fake",
        state="dead",
        message="gone,\nfor good",
        asked_at="2026-01-01T00:00:00+00:00",
        n_asked=2,
    )
    path = tmp_path / f"availability{suffix}"
    AVAILABILITY.write(AVAILABILITY.from_rows([row]), path)
    assert AVAILABILITY.rows(AVAILABILITY.read(path)) == [row]
