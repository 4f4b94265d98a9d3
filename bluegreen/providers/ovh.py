"""OVH's API over HTTPS, through OVH's own client, which signs and keeps its clock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from ipaddress import ip_address
from typing import Protocol, cast
from urllib.parse import urlsplit

from bluegreen.errors import UnreachableError, UsageError
from bluegreen.ipfo.calls import OVH, TIMEOUT_S, Call
from bluegreen.ipfo.door import OvhDoor
from bluegreen.ipfo.errors import (
    BadSignatureError,
    CredentialError,
    NoCredentialError,
    refusal,
    silence,
)
from bluegreen.ipfo.replies import Rule
from bluegreen.model.command import Output
from bluegreen.model.pair import FloatingAddress
from bluegreen.providers.keys import Keys, keys_from
from bluegreen.world import Binding

NO_AUTH = "/auth/credential"


class Client(Protocol):
    """As far as ovh.Client is used."""

    @property
    def time_delta(self) -> int:
        """Ask OVH for its time, once."""
        ...

    def call(self, method: str, path: str, data: object, need_auth: bool) -> object: ...


def ovh_door(wanted: FloatingAddress, now_s: Callable[[], float]) -> OvhDoor:
    """Return the door to the account that holds an address; nothing is asked before its first use.

    Raises:
        NoCredentialError: there is nothing to sign with.
    """
    return OvhDoor(signed_api(wanted), wanted, now_s)


def signed_api(wanted: FloatingAddress) -> "SignedApi":
    """Return the account's API itself, for who looks at more than one address.

    Raises:
        NoCredentialError: there is nothing to sign with.
    """
    return SignedApi(keys_from(wanted.keys))


class ClosedDoor:
    """A provider that there are no keys for: whoever asks hears why."""

    name = OVH

    def __init__(self, why: UsageError) -> None:
        self._why = why

    def binding(self, *_: object, **__: object) -> Binding:
        raise self._why

    def run(self, *_: object) -> tuple[Output, ...]:
        raise self._why


class SignedApi:
    """Each call once: what may be repeated, and when, is for those who ask."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._client = _client(keys)

    def call(self, call: Call) -> object:
        """Return the reply; a signature of a wrong time was refused, and is made anew once."""
        try:
            return self._signed(call)
        except BadSignatureError:
            self._client = _client(self._keys)  # asks OVH for its time again
            return self._signed(call)

    def request_key(self, rules: tuple[Rule, ...]) -> Mapping[str, object]:
        """Ask for a consumer key that may do this much; somebody must validate it."""
        asked = {"accessRules": [{"method": r.method, "path": r.path} for r in rules]}
        reply = self._send(Call("POST", NO_AUTH), asked, need_auth=False)
        if not isinstance(reply, dict):
            raise UsageError(f"OVH answered {type(reply).__name__} to the request for a key", OVH)
        return reply

    @property
    def has_rules(self) -> bool:
        return self._found("client_id") is None

    def keys(self, consumer_key: str) -> Keys:
        """Return what is signed with, with another consumer key."""
        return Keys(
            self._found("endpoint"),
            self._found("application_key"),
            self._found("application_secret"),
            consumer_key,
        )

    def _found(self, name: str) -> str | None:
        """Return one of the keys, as the client finds it."""
        own = cast("str | None", getattr(self._keys, name))
        if own is not None:
            return own
        config = import_module("ovh.config").ConfigurationManager()
        section = "default" if name == "endpoint" else self._found("endpoint")
        return cast("str | None", config.get(section, name))

    def _signed(self, call: Call) -> object:
        if not call.reads and self.has_rules:
            with _told(Call("GET", "/auth/time")):  # what fails here was no change
                _ = self._client.time_delta
        return self._send(call, call.data, need_auth=True)

    def _send(self, call: Call, data: object, *, need_auth: bool) -> object:
        with _told(call):
            return self._client.call(call.method, call.path, data, need_auth)


@contextmanager
def _told(call: Call) -> Iterator[None]:
    """Turn what OVH's client raises into what the operator does next."""
    library = import_module("ovh.exceptions")
    try:
        yield
    except library.HTTPError as error:
        raise _unanswered(call, error) from None
    except library.OAuth2FailureError as error:
        raise CredentialError(f"OVH gives no token: {error}", OVH) from None
    except library.InvalidResponse:
        raise silence(call, f"{call}: what came back is no JSON") from None
    except library.APIError as error:
        if error.response is None:  # said by the library: it has nothing to sign with
            raise NoCredentialError("no consumer key is known", "credentials") from None
        raise _refused(call, error.response) from None


class _Response(Protocol):
    status_code: int
    headers: Mapping[str, str]

    def json(self) -> object: ...


def _refused(call: Call, response: _Response) -> Exception:
    return refusal(call, response.status_code, response.json(), response.headers)


def _unanswered(call: Call, error: BaseException) -> Exception:
    """Tell a connection that never was from an answer that never came."""
    requests = import_module("requests.exceptions")
    cause = error.args[1] if len(error.args) > 1 else error
    said = f"{call}: no answer from OVH: {type(cause).__name__}"
    never = isinstance(cause, requests.ConnectTimeout) or "NewConnectionError" in repr(cause)
    if never or isinstance(cause, requests.InvalidURL):
        return UnreachableError(said, OVH, "See that this machine reaches OVH's API.")
    return silence(call, said)


def _client(keys: Keys) -> Client:
    library = import_module("ovh.client")
    problems = import_module("ovh.exceptions")
    config = import_module("ovh.config")
    endpoint = keys.endpoint or config.ConfigurationManager().get("default", "endpoint")
    if not endpoint:
        raise NoCredentialError("no endpoint is known: ovh-eu, ovh-ca or ovh-us", "credentials")
    if "://" in endpoint:
        library.ENDPOINTS[_checked(endpoint)] = endpoint
    try:
        return cast(
            "Client",
            library.Client(
                endpoint=endpoint,
                application_key=keys.application_key,
                application_secret=keys.application_secret,
                consumer_key=keys.consumer_key,
                client_id=keys.client_id,
                client_secret=keys.client_secret,
                timeout=TIMEOUT_S,
            ),
        )
    except problems.InvalidRegion:
        known = ", ".join(sorted(library.ENDPOINTS))
        raise NoCredentialError(f"`{endpoint}` is no endpoint; {known}", "credentials") from None
    except problems.InvalidConfiguration as error:
        raise NoCredentialError(str(error), "credentials") from None


def _checked(endpoint: str) -> str:
    """Refuse an address that would send what is signed in the clear over a network."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if parts.scheme != "https" and not here:
        raise NoCredentialError(f"`{endpoint}` is not https", "credentials")
    return endpoint
