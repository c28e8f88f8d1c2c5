"""A site of videos on a loopback port, some of them gone, shut, slow, cut or no videos at all.

The first part of a path says what happens: ``/alive/a.mp4`` is a video, ``/404/a.mp4`` is not.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class VideoServer:
    """Serves one video under many names; ``asked`` are the paths in order, with times."""

    video: bytes
    moods: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, float]] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    cuts: Counter = field(default_factory=Counter)

    def __enter__(self):
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{path}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, each once, in order."""
        return list(dict.fromkeys(path for path, _ in self.asked))


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of clients that hang up."""


def _handler(server: VideoServer):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def do_GET(self):
            path = self.path.lstrip("/")
            server.asked.append((path, time.monotonic()))
            kind = server.moods.get(path) or path.partition("/")[0]
            if kind.isdecimal():
                self._say(int(kind), b"no", "text/plain")
            elif kind == "page":
                self._say(200, b"<html><head><title>hi</title></head></html>", "text/html")
            elif kind == "silent":
                server.closing.wait()
                self.close_connection = True
            else:
                self._video(kind)

        do_HEAD = do_GET

        def _say(self, code, body, content_type):
            self.send_response(code)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _video(self, kind):
            body, start = server.video, 0
            wanted = self.headers.get("Range")
            if wanted:
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
                server.ranges.append(wanted)
            size = 10**12 if kind == "huge" else len(body)
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(size - start))
            self.end_headers()
            try:
                self._body(kind, body[start:])
            except OSError:  # whoever asked has heard enough
                self.close_connection = True

        def _body(self, kind, body):
            if kind == "cut" and server.cuts[self.path] < 2:
                server.cuts[self.path] += 1
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif kind == "drip":
                for place in range(0, len(body), 4096):
                    self.wfile.write(body[place : place + 4096])
                    if server.closing.wait(0.05):
                        return
            elif kind == "huge":
                self.wfile.write(body)
                self.close_connection = True
            else:
                self.wfile.write(body)

    return Handler
