"""What OVH's API answers when it does not do as asked, sorted by what the operator does next."""

from collections.abc import Mapping

from bluegreen.errors import OutcomeUnknownError, RefusedError, UnreachableError, UsageError
from bluegreen.ipfo.calls import OVH, Call

RETRY_S = 30.0  # where a 429 does not say how long
TOO_MANY, SERVER_ERROR, NOT_FOUND = 429, 500, 404
TIME_CODES = ("INVALID_SIGNATURE", "QUERY_TIME_OUT")  # a signature of another time


class ApiRefusedError(RefusedError):
    """OVH understood, and does not do it."""

    advice = "Look at the address in OVH's manager, and see `bluegreen ipfo show`."


class MissingError(ApiRefusedError):
    """404: there is no such thing, or not for this account."""

    advice = "Compare `service` and `address` of `ipfo:` with OVH's manager."


class BadSignatureError(ApiRefusedError):
    """The time of day or a key is not what OVH thinks it is; nothing was done."""

    advice = "See to this machine's clock (ntpd), then to OVH_APPLICATION_SECRET."


class CredentialError(ApiRefusedError):
    """The credential is unknown, expired, not validated, or may not do this."""

    advice = "`bluegreen ipfo grant` requests a key that may do what is needed, and no more."


class NoCredentialError(UsageError):
    """There is nothing to sign with."""

    advice = (
        "Set OVH_ENDPOINT, OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY, write "
        "ovh.conf, or name a file or a command in `ipfo: credentials:`."
    )


class BusyError(UnreachableError):
    """Nothing was done, and it may be asked again later."""

    advice = "Wait; it is asked again by itself."

    def __init__(
        self, what: str, router: str = OVH, advice: str | None = None, again_s: float = RETRY_S
    ) -> None:
        super().__init__(what, router, advice)
        self.again_s = again_s


_CREDENTIAL: Mapping[str, tuple[str, str]] = {
    "NOT_CREDENTIAL": (
        "OVH knows no such consumer key: it has expired or was revoked",
        "`bluegreen ipfo grant` requests a new one.",
    ),
    "INVALID_CREDENTIAL": (
        "the consumer key is not valid: it was never validated, or has expired",
        "Open the validation URL that `bluegreen ipfo grant` printed, or request a new key.",
    ),
    "INVALID_KEY": (
        "OVH knows no such application key",
        "See to OVH_APPLICATION_KEY, and that it belongs to this OVH_ENDPOINT.",
    ),
    "NOT_GRANTED_CALL": (
        "the consumer key may not do this",
        "Its rules lack it: `bluegreen ipfo grant` requests a key with all that is needed.",
    ),
    "FORBIDDEN": (
        "OVH forbids it to this account",
        "Use an account that is administrator or technical contact of the server and the address.",
    ),
}


def refusal(call: Call, status: int, reply: object, headers: Mapping[str, str]) -> Exception:
    """Return the error that a reply other than 2xx stands for."""
    fields = reply if isinstance(reply, dict) else {}
    code, message = str(fields.get("errorCode") or ""), str(fields.get("message") or "no message")
    query = headers.get("X-OVH-QUERYID") or headers.get("x-ovh-queryid")
    said = f"{call}: {status}: {message}{f' ({query})' if query else ''}"
    if status == TOO_MANY:
        return BusyError(said, again_s=_seconds(headers))
    if status >= SERVER_ERROR:
        return silence(call, said)
    if status in (401, 403):
        why, advice = _CREDENTIAL.get(code, _CREDENTIAL["FORBIDDEN"])
        return CredentialError(f"{why}; {said}", OVH, advice)
    if code in TIME_CODES:
        return BadSignatureError(f"OVH does not accept the signature; {said}", OVH)
    if status == NOT_FOUND:
        return MissingError(said, OVH)
    return ApiRefusedError(said, OVH)


def silence(call: Call, said: str) -> Exception:
    """Return the error of a request that nobody answered: a change may have been made."""
    if call.reads:
        return UnreachableError(said, OVH, "See that this machine reaches OVH's API.")
    return OutcomeUnknownError(said, OVH)


def _seconds(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After") or headers.get("retry-after") or ""
    return min(600.0, max(1.0, float(text))) if text.isdecimal() else RETRY_S
