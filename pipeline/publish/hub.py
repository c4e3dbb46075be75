"""Ask the Hugging Face hub about one data set: with the user's token, patiently, and every refusal in one line.

The library huggingface_hub speaks to the hub. It tries again by itself where it uploads, lists and downloads, but not
where it creates, commits and tags; `Hub.ask` does it for these. The token comes from the environment (`HF_TOKEN`) or
from the hub's own login, and stands in no text that this module gives.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import responses
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pipeline.errors import PushConflict, PushError

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

T = TypeVar("T")

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the times that something is asked, where the hub does not say how long to wait."""
LONGEST_PAUSE = 900.0  # the hub counts requests in windows of five minutes: what asks for more is no rate limit
ANSWER_SECONDS = 300.0  # the library waits without end; a commit of thousands of files takes a minute or two
_PASSING = {408, 429, 500, 502, 503, 504}
_LIMIT = re.compile(r"\br\s*=\s*0\b.*?\bt\s*=\s*(\d+)")  # RateLimit: "api";r=0;t=55
_NETWORK = {"httpx2.TransportError", "httpx.TransportError", "requests.ConnectionError", "requests.Timeout"}
"""Errors of the HTTP clients that versions of the library use, for a connection that fails, hangs or is cut."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A data set's place on a hub, and how to ask about it; `tell` is told of long waits."""

    repo: str
    endpoint: str
    api: "HfApi" = field(repr=False)
    tell: Callable[[str], None]

    @property
    def host(self) -> str:
        """The hub's name, without what an address may hold besides."""
        return urlsplit(self.endpoint).hostname or self.endpoint

    @property
    def address(self) -> str:
        """Where a reader finds the data set."""
        return f"{self.endpoint}/datasets/{self.repo}"

    def ask(self, call: Callable[[], T], again: bool = True) -> T:
        """What `call`, a use of the library, gives; `again`: repeated while the hub is busy, fails or is out of reach.

        Raises `PushConflict` where the hub has moved on, and `PushError` for all else, in one line, without the token.
        """
        from huggingface_hub import get_session

        for pause in (*(PAUSES if again else ()), None):
            try:
                get_session().timeout = ANSWER_SECONDS
                return call()
            except Exception as error:  # the library lets the errors of its HTTP clients through, and changes clients
                refusal = self._refusal(error)
                if refusal is None:
                    raise
                wait = max(pause or 0.0, _wanted_pause(error))
                if pause is None or not _is_passing(error) or wait > LONGEST_PAUSE:
                    raise refusal from None  # the library's error may quote the request
                if wait > pause:
                    self.tell(f"{self.host} asks to wait {wait:.0f} s")
                time.sleep(wait)
        raise AssertionError("unreachable: the last round returns or raises")

    def fetch(self, path: str, revision: str) -> bytes:
        """The content of a small file of the data set."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

        url = hf_hub_url(self.repo, path, repo_type="dataset", revision=revision, endpoint=self.endpoint)

        def get() -> bytes:
            response = http_backoff("GET", url, headers=build_hf_headers(token=self.api.token), follow_redirects=True)
            hf_raise_for_status(response)
            return response.content

        return self.ask(get, again=False)

    def check_card(self, text: str) -> None:
        """Have the hub check a card's YAML, which it would do at the end; raises `PushError` with what is wrong."""
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

        def post() -> None:
            headers = build_hf_headers(token=self.api.token)
            card = {"content": text, "repoType": "dataset"}
            hf_raise_for_status(http_backoff("POST", f"{self.endpoint}/api/validate-yaml", headers=headers, json=card))

        self.ask(post, again=False)

    def _refusal(self, error: Exception) -> PushError | None:
        """What to say of an error; None if it is none that a user or the hub could cause."""
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        if isinstance(error, PushError):
            return error
        for link in _chain(error):
            if isinstance(link, HfHubHTTPError):
                return self._of_status(link)
            if _is_network(link):
                return PushError(
                    f"{self.host}: cannot be reached ({self._words(link)}); what was sent is kept there: "
                    "run the same again to go on"
                )
            if isinstance(link, OfflineModeIsEnabled):
                return PushError(f"{self.host}: offline mode is on; unset HF_HUB_OFFLINE to push")
        if isinstance(error, OSError | ValueError | RuntimeError):  # malformed answers, refused files, hf_xet's errors
            causes = ": ".join(dict.fromkeys(self._words(link) for link in _chain(error)))
            return PushError(f"{self.repo}: {causes[:300]}; run the same again to go on")
        return None

    def _of_status(self, error: "HfHubHTTPError") -> PushError:
        status, host = error.response.status_code, urlsplit(str(error.response.url)).hostname
        words = self._words(error.server_message or responses.get(status, "no reason given"))
        namespace = self.repo.partition("/")[0]
        if status in (402, 413, 507) or (status == 403 and "storage" in words.lower()):
            return PushError(f"{self.repo}: {self.host} has no room for it: {words}")
        if status == 403 and host != self.host:
            return PushError(f"{host}: refuses the upload ({words}); run the same again, for a new address to send to")
        if status in (409, 412):
            return PushConflict(
                f"{self.repo}: changed on {self.host} meanwhile ({words}); look at what is new, try again"
            )
        if status == 429:
            return PushError(f"{self.host}: too many requests ({words}); run the same again later to go on")
        if status >= 500:
            return PushError(f"{self.host}: fails ({status}: {words}); run the same again later to go on")
        known = {
            400: f"{self.repo}: {self.host} cannot take it: {words}",
            401: f"{self.host}: does not accept the token ({words}); log in again, or set HF_TOKEN to a valid one",
            403: f"{self.repo}: no right to push ({words}); use a token that may write to {namespace}'s data sets",
            404: f"{self.repo}: not found ({words}): no such user or organisation as {namespace}, or not for you",
        }
        return PushError(known.get(status, f"{self.repo}: {self.host} refuses ({status}: {words})"))

    def _words(self, error: object) -> str:
        """An error of the library as one line that is not too long, without the token."""
        text = " ".join(str(error).split()) or type(error).__name__
        return text.replace(str(self.api.token), "<token>")[:300].rstrip(".")


def open_hub(repo: str, endpoint: str = "", tell: Callable[[str], None] = lambda line: None) -> Hub:
    """The place of a data set, `user/name`, on the hub at `endpoint` (that of the environment); nothing is asked yet.

    Raises `PushError` for a name that no data set can have, offline mode, and if there is no token.
    """
    from huggingface_hub import HfApi, constants

    if not _is_name(repo):
        raise PushError(
            f"{repo!r}: no name of a data set: write user/name, in letters, digits and single - _ . between"
        )
    endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
    host = urlsplit(endpoint).hostname
    if urlsplit(endpoint).scheme not in ("http", "https") or not host:
        raise PushError("HF_ENDPOINT is no address of a hub; unset it, or write it as https://...")
    if constants.HF_HUB_OFFLINE:
        raise PushError(f"{host}: offline mode is on; unset HF_HUB_OFFLINE to push")
    return Hub(repo, endpoint, HfApi(endpoint=endpoint, token=_token(host), library_name="zhaiyi"), tell)


def _is_name(repo: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError:
        return False
    return "/" in repo  # without a user, the library means the one whose token it is


def _token(host: str) -> str:
    from huggingface_hub import get_token

    try:
        token = get_token()
    except Exception as error:  # a login of CI systems without a stored token, which asks the hub for one
        raise PushError(f"{host}: gives no token ({type(error).__name__}); set HF_TOKEN, or log in") from None
    if not token:
        raise PushError(f"{host}: no token to push with; run `hf auth login`, or set HF_TOKEN")
    if not re.fullmatch(r"[!-~]+", token):  # the HTTP client's error would quote it
        raise PushError("the token holds characters that no token has; log in again, or set HF_TOKEN anew")
    return token


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, outermost first."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _is_network(error: BaseException) -> bool:
    names = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}
    return bool(names & _NETWORK)


def _is_passing(error: Exception) -> bool:
    """Whether the same request may well succeed a little later."""
    for link in _chain(error):
        status = getattr(getattr(link, "response", None), "status_code", None)
        if status is not None:
            return status in _PASSING
        if _is_network(link):
            return True
    return False


def _wanted_pause(error: Exception) -> float:
    responses = (getattr(link, "response", None) for link in _chain(error))
    headers: Mapping[str, str] = next((response.headers for response in responses if response is not None), {})
    return pause_of({key.lower(): value for key, value in headers.items()}, time.time())


def pause_of(headers: Mapping[str, str], now: float) -> float:
    """Seconds that headers, their names in lower case, ask to wait, one more for rounding; 0 if they do not say.

    >>> pause_of({"retry-after": "7"}, now=0.0), pause_of({"ratelimit": '"api";r=0;t=55'}, now=0.0)
    (8.0, 56.0)
    >>> pause_of({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, now=30.0), pause_of({}, now=0.0)
    (31.0, 0.0)
    """
    if match := _LIMIT.search(headers.get("ratelimit", "")):
        return float(match[1]) + 1
    wanted = headers.get("retry-after", "").strip()
    if wanted.isdigit():
        return float(wanted) + 1
    try:
        return max(0.0, parsedate_to_datetime(wanted).timestamp() - now) + 1
    except ValueError:
        return 0.0
