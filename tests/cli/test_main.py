import os
import signal
import subprocess
import sys
import time

import pytest
import typer

from aura import __version__
from aura.cli.main import app
from aura.errors import DataError

_GROUPS = {
    *((), ("data",), ("shards",)),
    *(("data", name) for name in ("setup", "teardown", "download")),
}
HEAVY = ("av", "cv2", "matplotlib", "numpy", "polars", "rich", "sklearn", "torch")


def all_commands() -> list[tuple[str, ...]]:
    """Return every command, groups included, as it is typed."""

    def below(command, words: tuple[str, ...]):
        yield words
        for name, child in getattr(command, "commands", {}).items():
            yield from below(child, (*words, name))

    return list(below(typer.main.get_command(app), ()))


def test_every_promised_command_exists():
    promised = ["demo", "doctor", "run", "models", "predict", "augment", "features", "scale"]
    promised += ["data scan", "data audit", "data split"]
    assert {tuple(words.split()) for words in promised} <= set(all_commands())


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_every_command_explains_itself(words, aura):
    ended = aura(*words, "--help")
    assert ended.code == 0
    assert ended.err == ""
    assert f"Example: aura {' '.join(words)}" in ended.out
    if words not in _GROUPS:
        assert "--quiet" in ended.out
        assert "--verbose" in ended.out


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)])
def test_help_loads_no_heavy_library(arguments):
    script = (
        "import sys; from aura.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "aura" in loaded
    assert not loaded & set(HEAVY)


def test_version(aura):
    ended = aura("--version")
    assert (ended.code, ended.out) == (0, f"aura {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["fly"], "fly"),
        (["data", "fly"], "fly"),
        (["models", "--colour"], "--colour"),
        (["run", "--out", "somewhere"], "--data"),
        (["predict", "clip.mp4"], "--model"),
        (["predict", "--model", "runs/demo"], "VIDEO"),
        (["run", "--data", "x", "--out", "y", "--workers", "0"], "--workers"),
    ],
)
def test_a_wrong_command_line_is_2_and_names_what_is_wrong(arguments, part, aura):
    ended = aura(*arguments)
    assert ended.code == 2
    assert part in ended.err
    assert ended.out == ""


def test_an_error_is_one_line_and_its_traceback_only_on_request(monkeypatch, capsys):
    from aura.cli import main

    command = ["aura", "data", "audit", "nowhere.parquet"]
    for arguments, has_traceback in ((command, False), ([*command, "--debug"], True)):
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert ended.value.code == 1
        assert printed.out == ""
        assert printed.err.splitlines()[-1].startswith("error: nowhere.parquet: cannot be read")
        assert ("Traceback" in printed.err) == has_traceback
        assert has_traceback or len(printed.err.splitlines()) == 1


def test_our_own_bug_is_reported_as_one(monkeypatch, aura):
    def broken(*_):
        raise KeyError("oops")

    monkeypatch.setattr("aura.models.list_models", broken)
    ended = aura("models")
    assert ended.code == 1
    assert "internal error: KeyError: 'oops'" in ended.err
    assert "--debug" in ended.err


def test_an_error_of_the_data_is_1(monkeypatch, aura):
    def broken(*_):
        raise DataError("this cannot be used")

    monkeypatch.setattr("aura.models.list_models", broken)
    ended = aura("models")
    assert (ended.code, ended.err) == (1, "error: this cannot be used\n")


def test_ctrl_c_in_a_command_ends_it_with_a_message(monkeypatch, aura):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("aura.models.list_models", interrupted)
    ended = aura("models")
    assert ended.code == 130
    assert "interrupted; a run or stage goes on" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to a POSIX process group")
def test_ctrl_c_ends_a_run_and_the_same_command_finishes_it(road, tmp_path, aura):
    run = tmp_path / "run"
    arguments = ["run", "--data", str(road.table), "--out", str(run), "--stages", "augment"]
    arguments += [*road.settings, "engine.workers=1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "aura", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Where this test runs in the background of a shell, Ctrl-C would be ignored by birth.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    journal = run / "augmented_videos" / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    # A shell shows 130 for both: exiting with it, and ending by the signal.
    assert process.returncode in (130, -signal.SIGINT)
    assert err.splitlines()[-1].startswith("error: interrupted; a run or stage goes on")
    assert "Traceback" not in err
    assert out == ""
    ended = aura(*arguments)
    assert ended.code == 0
    assert "done now: augment" in ended.out  # the scan was complete and is kept
    assert not (run / "augmented_videos" / ".partial").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes are allowed on Linux")
def test_names_no_terminal_can_show_are_printed_as_escapes(tmp_path):
    name = os.fsdecode(b"caf\xe9.mp4")
    done = subprocess.run(
        [sys.executable, "-m", "aura", "data", "audit", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 1
    assert "caf\\udce9.mp4" in done.stderr
    assert "internal error" not in done.stderr
