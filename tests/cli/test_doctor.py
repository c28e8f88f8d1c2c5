import json
import platform


def test_the_machine_is_described(aura):
    ended = aura("doctor")
    assert ended.code == 0
    for topic in ("machine", "libraries", "codecs", "gpu", "extras"):
        assert f"{topic}\n" in ended.out
    assert platform.python_version() in ended.out


def test_json_tells_what_the_text_tells(aura):
    facts = json.loads(aura("doctor", "--json").out)
    assert facts["machine"]["python"] == platform.python_version()
    assert facts["codecs"]["decode h264"] == "yes"
    assert set(facts) == {"machine", "libraries", "codecs", "gpu", "extras"}


def test_a_missing_codec_is_shown_and_is_1(monkeypatch, aura):
    monkeypatch.setattr("aura.media.has_encoder", lambda name: name != "libx264")
    ended = aura("doctor", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["codecs"]["encode libx264"] == "missing"
