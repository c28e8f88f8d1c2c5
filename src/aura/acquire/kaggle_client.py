"""The border to Kaggle: which files a data set has, and their bytes.

Kaggle's two clients, ``kaggle`` and ``kagglehub``, are front ends of one protocol layer, its own
``kagglesdk``; this talks through that layer. The front ends would not do: ``import kaggle``
makes folders, logs in over the network and reads the command line of whoever imports it;
``kagglehub`` lists no files, unpacks only whole archives, appends to a part without asking whether
it is still a part of the same thing, and keeps log files in the home folder. The layer itself has
two gaps that are closed here: it waits without limit for a silent server, and it does not resume.

Its own settings hold: ``KAGGLE_API_ENVIRONMENT``, and the proxies of the environment. Nothing is
sent but the requests below.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from kagglesdk.datasets.services.dataset_api_service import DatasetApiClient
from kagglesdk.datasets.types.dataset_api_service import (
    ApiDownloadDatasetRequest,
    ApiListDatasetFilesRequest,
)
from kagglesdk.kaggle_client import KaggleClient
from kagglesdk.kaggle_creds import KaggleCredentials as OAuthCredentials
from kagglesdk.kaggle_http_client import KaggleHttpClient
from requests.adapters import HTTPAdapter

from aura.acquire.dfd_plan import RemoteFile
from aura.acquire.download_config import KaggleConfig
from aura.acquire.kaggle_credentials import KaggleCredentials
from aura.acquire.patience import BusyError
from aura.acquire.transfer import FileError
from aura.errors import DownloadError, UsageError

_CHUNK_BYTES = 1 << 16
"""A piece of a body; what has arrived of one when a connection is cut is lost."""

_USER_AGENT = "aura-forensics"
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another time may not be given."""


class KaggleSource:
    """One data set on Kaggle, as a `aura.acquire.transfer.Source`.

    Args:
        config: Which data set, and how long to wait.
        credentials: Who asks.
    """

    def __init__(self, config: KaggleConfig, credentials: KaggleCredentials) -> None:
        self._config = config
        self._origin = credentials.origin
        self._http = _PatientClient(credentials, timeout_s=config.timeout_s)
        self._api = DatasetApiClient(self._http)

    def __enter__(self) -> "KaggleSource":
        # The session begins with the first request, where errors of a login are understood.
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.__exit__(kind, error, trace)

    def list_page(self, token: str) -> tuple[list[RemoteFile], str]:
        """Return one page of the files and the token of the next page; the last one's is empty.

        Raises:
            BusyError: The server may answer another time.
            DownloadError: It refuses.
        """
        request = ApiListDatasetFilesRequest()
        self._name_dataset(request)
        request.page_size = self._config.page_size
        if token:
            request.page_token = token
        with self._translated("the list of files"):
            answer = self._api.list_dataset_files(request)
        if answer.error_message:
            raise DownloadError(f"{self._config.dataset}: Kaggle says: {answer.error_message}")
        files = [RemoteFile(f.name, f.total_bytes) for f in answer.dataset_files or () if f]
        return files, answer.next_page_token

    def open(self, name: str | None) -> requests.Response:
        """Return the answer that carries a file, or for None the archive of all; body unread."""
        request = ApiDownloadDatasetRequest()
        self._name_dataset(request)
        if name is not None:
            request.file_name = name
        what = name or "the archive"
        with self._translated(what):
            response: Any = self._api.download_dataset(request)
        kind = response.headers.get("Content-Type", "")
        # Files come from where Kaggle redirects to; what it answers itself is no file.
        if not response.history or kind.startswith("text/html"):
            response.close()
            raise DownloadError(
                f"{self._config.dataset}, {what}: Kaggle sent a page ({kind or 'of no kind'}) "
                f"instead of the file; open {self._page} in a browser to see what it wants"
            )
        return response

    def open_rest(self, url: str, *, start: int, validator: str) -> requests.Response:
        """Return the answer to a request for the bytes of ``url`` from ``start`` on.

        ``validator`` has the server send everything should the content have changed.
        """
        headers = {"Range": f"bytes={start}-", "If-Range": validator}
        with self._translated(f"the rest of {PurePosixPath(urlsplit(url).path).name}"):
            response = self._http.plain_session().get(url, headers=headers, stream=True)
            if response.status_code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                response.raise_for_status()
        return response

    def read(self, response: requests.Response, into: Callable[[bytes], Any]) -> None:
        """Pass the body of an answer to ``into``, piece by piece."""
        with self._translated("the transfer"):
            for chunk in response.iter_content(_CHUNK_BYTES):
                into(chunk)

    def _name_dataset(
        self, request: ApiListDatasetFilesRequest | ApiDownloadDatasetRequest
    ) -> None:
        request.owner_slug, _, request.dataset_slug = self._config.dataset.partition("/")
        if self._config.version is not None:
            request.dataset_version_number = self._config.version

    @property
    def _page(self) -> str:
        return f"https://www.kaggle.com/datasets/{self._config.dataset}"

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Turn the errors of requests into ours."""
        where = f"{self._config.dataset}, {what}"
        try:
            yield
        except requests.HTTPError as error:
            self._refuse(error, error.response, where=where)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            raise BusyError(f"{where}: {_cause(error)}") from error
        except requests.RequestException as error:
            raise DownloadError(f"{where}: the answer cannot be read: {error}") from error

    def _refuse(self, error: Exception, response: Any, *, where: str) -> NoReturn:
        status = response.status_code
        said = f"Kaggle answers {status}: {_said(response)}"
        if status in _PASSING:
            raise BusyError(f"{where}: {said}", wait_s=_wait_s(response)) from error
        if status == HTTPStatus.UNAUTHORIZED:
            raise UsageError(
                f"{where}: {said}. The credentials from {self._origin} are not accepted; create "
                "new ones at https://www.kaggle.com/settings"
            ) from error
        if status == HTTPStatus.FORBIDDEN:
            raise DownloadError(
                f"{where}: {said}; sign in, open {self._page} and accept its terms. If it is "
                f"private, ask its owner. The credentials came from {self._origin}"
            ) from error
        if status == HTTPStatus.NOT_FOUND:
            raise FileError(
                f"{where}: {said}; no such data set, version or file: see download.kaggle.dataset "
                "and download.kaggle.version. Some files can be had only with the whole: "
                "download.kaggle.transfer=archive"
            ) from error
        raise DownloadError(f"{where}: {said}; see {self._page}") from error


class _PatientClient(KaggleHttpClient):
    """Kaggle's HTTP client with credentials of ours and a limit to every wait."""

    def __init__(self, credentials: KaggleCredentials, *, timeout_s: float) -> None:
        secrets: dict[str, Any] = {
            "username": credentials.username,
            "password": credentials.key,
            "api_token": credentials.token,
        }
        super().__init__(**secrets, user_agent=_USER_AGENT)
        self._credentials = credentials
        self._timeout_s = timeout_s

    def _init_session(self) -> Any:
        if self._session is None:
            super()._init_session()
            _limit(self._session, self._timeout_s)
        return self._session

    def _try_fill_auth(self) -> None:
        session: Any = self._session
        # The original looks for credentials by itself; which ones are used is decided already.
        if self._credentials.oauth_file is not None and self._api_token is None:
            self._api_token = _login_token(self._credentials.oauth_file, self._timeout_s)
        if self._api_token is not None:
            session.auth = KaggleHttpClient.BearerAuth(self._api_token)
        elif self._username and self._password:
            session.auth = (self._username, self._password)
        else:
            # An explicit "nobody": requests would otherwise look into the user's ~/.netrc.
            session.auth = _no_auth
        self._signed_in = session.auth is not _no_auth

    def plain_session(self) -> requests.Session:
        """Return a session that sends no credentials: signed addresses need and want none."""
        session = requests.Session()
        session.headers["User-Agent"] = _USER_AGENT
        session.auth = _no_auth
        return _limit(session, self._timeout_s)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _login_token(file: Path, timeout_s: float) -> str | None:
    """Return an access token from what ``kaggle auth login`` left; it may ask for a fresh one."""
    with KaggleClient() as client:
        _limit(client.http_client()._session, timeout_s)  # there is no other way in
        login = OAuthCredentials.load(client, str(file))
        return login and login.get_access_token()


def _limit(session: Any, timeout_s: float) -> requests.Session:
    """Bound every wait of a session, and have bodies sent as they are."""
    # A compressed transfer has another length than the file, which no range could refer to.
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        session.mount(scheme, _LimitedAdapter(timeout_s))
    return session


class _LimitedAdapter(HTTPAdapter):
    """Sends requests that nobody gave a time limit with one."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout_s
        return super().send(request, *args, **kwargs)


def _wait_s(response: requests.Response) -> float | None:
    """Return how long an answer asks to wait, in seconds or until a date."""
    stated = response.headers.get("Retry-After", "").strip()
    if stated.isdecimal():
        return float(stated)
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _said(response: requests.Response) -> str:
    """Return the server's own sentence, without the address, which may be a signed one."""
    try:
        record = response.json()
    except (requests.RequestException, ValueError):
        record = None
    if isinstance(record, dict):
        nested = record.get("error")
        message = (nested if isinstance(nested, dict) else record).get("message")
        if isinstance(message, str) and message:
            return message
    return response.reason or "no reason given"


def _cause(error: requests.RequestException) -> str:
    kinds = {
        requests.ReadTimeout: "the server fell silent",
        requests.ConnectTimeout: "the server cannot be reached in time",
        requests.exceptions.ChunkedEncodingError: "the connection was cut",
    }
    return kinds.get(type(error), f"the connection failed ({type(error).__name__})")
