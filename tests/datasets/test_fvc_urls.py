import pytest

from aura.datasets.fvc_urls import parse_url


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=Y7MJl-bn_QA",
        "http://youtube.com/watch?feature=share&v=Y7MJl-bn_QA&t=10s#top",
        "https://m.youtube.com/watch?v=Y7MJl-bn_QA",
        "https://youtu.be/Y7MJl-bn_QA?t=3",
        "https://www.youtube.com/embed/Y7MJl-bn_QA",
        "https://www.youtube-nocookie.com/embed/Y7MJl-bn_QA",
        "https://www.youtube.com/v/Y7MJl-bn_QA",
        "https://youtube.com/shorts/Y7MJl-bn_QA/",
        "youtu.be/Y7MJl-bn_QA",
        "  https://youtu.be/Y7MJl-bn_QA  ",
    ],
)
def test_all_addresses_of_a_youtube_video_are_one(url):
    assert parse_url(url).key == "youtube:Y7MJl-bn_QA"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/NablusToday/videos/709022615787486/",
        "https://www.facebook.com/170520334564/videos/709022615787486",
        "https://www.facebook.com/page/videos/vb.170520334564/709022615787486/?type=2",
        "https://www.facebook.com/page/videos/a-title/709022615787486/",
        "https://m.facebook.com/video.php?v=709022615787486",
        "https://www.facebook.com/watch/?v=709022615787486",
        "https://www.facebook.com/permalink.php?story_fbid=709022615787486&id=1705",
        "https://www.facebook.com/groups/17052033/permalink/709022615787486/",
        "https://de-de.facebook.com/page/videos/709022615787486/",
    ],
)
def test_a_facebook_video_is_its_number_not_that_of_the_page(url):
    assert parse_url(url).key == "facebook:709022615787486"


@pytest.mark.parametrize("host", ["twitter.com", "www.twitter.com", "mobile.twitter.com", "x.com"])
def test_a_tweet_is_its_number(host):
    assert parse_url(f"https://{host}/lolbri__/status/965366113?s=20").key == "twitter:965366113"


def test_the_case_of_a_youtube_id_matters():
    one, other = (parse_url(f"https://youtu.be/{name}") for name in ("Y7MJlmbnLQA", "y7MJlmbnLQA"))
    assert one != other


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "https://[broken/watch?v=Y7MJlmbnLQA",
        "https://www.youtube.com/user/somebody",
        "https://www.youtube.com/watch?v=short",
        "https://notyoutube.com/watch?v=Y7MJlmbnLQA",
        "https://evil.com/?u=https://youtu.be/Y7MJlmbnLQA",
        "https://www.facebook.com/somebody",
        "https://twitter.com/somebody/status/",
        "https://vimeo.com/123456789",
    ],
)
def test_what_names_no_video_is_not_taken_for_one(url):
    assert parse_url(url) is None
