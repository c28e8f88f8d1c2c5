"""Kaggle's dataset API and its storage on a loopback port, as Kaggle's own client calls them.

Recorded of kagglesdk 0.1.37: every call is a POST with a JSON body to
``/api/v1/datasets.DatasetApiService/<method>``. ``ListDatasetFiles`` answers pages with a
``nextPageToken``. ``users.AccountService/GenerateAccessToken`` makes a token of what
``kaggle auth login`` left. ``DownloadDataset`` answers 302 to a signed address of a storage host,
which serves GET with ETag, ``x-goog-hash`` and ranges and wants no credentials. Errors are JSON
with ``code`` and ``message``, or that inside ``error``.

The client has one test address, ``http://localhost:7777`` (``KAGGLE_API_ENVIRONMENT=TEST``). To be
free of that port the server plays the proxy through which it is reached: requests for any host
arrive here.
"""

import base64
import hashlib
import io
import json
import threading
import zipfile
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

USERNAME, KEY, TOKEN = "ada", "0123456789abcdef", "KGAT_token"
REFRESH_TOKEN = "refresh"
ARCHIVE = "archive"
SIGNATURE = "X-Goog-Signature=5ec7e7"


@dataclass(frozen=True)
class Status:
    """Answers with an error instead."""

    code: int
    message: str = "no"
    headers: tuple[tuple[str, str], ...] = ()
    nested: bool = False


@dataclass(frozen=True)
class Cut:
    """Sends the head of the body and drops the connection."""

    after_bytes: int


@dataclass(frozen=True)
class Silence:
    """Sends the head of the body and then nothing, until the server is closed."""

    after_bytes: int


@dataclass(frozen=True)
class Instead:
    """Sends other bytes under the same headers but for the length."""

    body: bytes


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: Message
    body: dict

    @property
    def what(self) -> str:
        """The call, or the name of the file that is fetched."""
        if self.path.startswith("/storage/"):
            return unquote(self.path.removeprefix("/storage/"))
        return self.path.rpartition("/")[2]


@dataclass
class KaggleServer:
    """A data set and the faults that the next requests for its parts meet.

    ``faults`` is keyed by a call (``ListDatasetFiles``, ``DownloadDataset``) or by the name of a
    file in storage; each request takes the first of its list.
    """

    files: dict[str, bytes]
    ranges: bool = True
    anonymous: bool = False
    packed: bool = False
    listed_bytes: int | None = None
    version: str = "1"
    faults: dict[str, deque] = field(default_factory=lambda: defaultdict(deque))
    seen: list[Seen] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

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

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        """What leads the client here."""
        proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy"), self.address)
        return {
            "KAGGLE_API_ENVIRONMENT": "TEST",
            **proxies,
            **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
        }

    def fail(self, what: str, *faults) -> None:
        self.faults[what].extend(faults)

    def requests_for(self, what: str) -> list[Seen]:
        return [request for request in self.seen if request.what == what]

    def content(self, name: str) -> bytes:
        if name != ARCHIVE:
            body = self.files[name]
            return _zipped({name.rpartition("/")[2]: body}) if self.packed else body
        return _zipped(self.files)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body)
    return buffer.getvalue()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of clients that hang up."""


def _handler(server: KaggleServer):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            request = self._note(json.loads(self.rfile.read(length)))
            if not self._fault(request) and self._known(request):
                getattr(self, f"_{request.what}")(request.body)

        def do_GET(self):
            request = self._note({})
            name = request.what.removesuffix(".zip") if server.packed else request.what
            if not self._fault(request, name):
                self._send(name)

        def _note(self, body) -> Seen:
            request = Seen(self.command, urlsplit(self.path).path, self.headers, body)
            server.seen.append(request)
            return request

        def _fault(self, request, name=None) -> bool:
            waiting = server.faults[request.what]
            if not waiting or not isinstance(waiting[0], Status):
                return False
            fault = waiting.popleft()
            record = {"code": fault.code, "message": fault.message}
            self._json({"error": record} if fault.nested else record, fault.code, fault.headers)
            return True

        def _known(self, request) -> bool:
            basic = base64.b64encode(f"{USERNAME}:{KEY}".encode()).decode()
            given = self.headers.get("Authorization")
            if given in (f"Basic {basic}", f"Bearer {TOKEN}"):
                return True
            if given is None and (server.anonymous or request.what == "GenerateAccessToken"):
                return True
            self._json({"code": 401, "message": "Unauthenticated"}, 401)
            return False

        def _ListDatasetFiles(self, body):
            names, size = sorted(server.files), body["pageSize"]
            start = int(body.get("pageToken") or 0)
            page = names[start : start + size]
            record = {
                "datasetFiles": [
                    {"name": n, "totalBytes": server.listed_bytes or len(server.files[n])}
                    for n in page
                ],
                "nextPageToken": str(start + size) if start + size < len(names) else "",
            }
            self._json(record)

        def _GenerateAccessToken(self, body):
            if body["refreshToken"] == REFRESH_TOKEN:
                self._json({"token": TOKEN, "expiresIn": 3600})
            else:
                self._json({"code": 401, "message": "Unauthenticated"}, 401)

        def _DownloadDataset(self, body):
            name = body.get("fileName") or ARCHIVE
            if name != ARCHIVE and name not in server.files:
                self._json({"code": 404, "message": "Not found"}, 404)
                return
            suffix = ".zip" if server.packed and name != ARCHIVE else ""
            self.send_response(302)
            place = f"{server.address}/storage/{quote(name)}{suffix}"
            self.send_header("Location", f"{place}?{SIGNATURE}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send(self, name):
            assert parse_qs(urlsplit(self.path).query), "the storage is asked without a signature"
            body = server.content(name)
            etag = f'"{server.version}-{hashlib.sha256(body).hexdigest()[:16]}"'
            start = self._start(etag)
            if start is not None and start >= len(body):
                self._json({}, 416)
                return
            waiting = server.faults[name]
            fault = waiting.popleft() if waiting else None
            stated = base64.b64encode(hashlib.md5(body).digest()).decode()
            if isinstance(fault, Instead):
                body = fault.body
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(body) - (start or 0)))
            self.send_header("x-goog-hash", "crc32c=AAAAAA==")
            self.send_header("x-goog-hash", f"md5={stated}")
            if server.ranges:
                self.send_header("ETag", etag)
                self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            self._write(body[start or 0 :], fault)

        def _start(self, etag) -> int | None:
            wanted = self.headers.get("Range")
            if not server.ranges or not wanted or self.headers.get("If-Range") != etag:
                return None
            return int(wanted.removeprefix("bytes=").removesuffix("-"))

        def _write(self, body, fault):
            if isinstance(fault, Cut | Silence):
                self.wfile.write(body[: fault.after_bytes])
                self.wfile.flush()
                if isinstance(fault, Silence):
                    server.closing.wait()
                self.close_connection = True
            else:
                self.wfile.write(body)

        def _json(self, record, code=200, headers=()):
            body = json.dumps(record).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
