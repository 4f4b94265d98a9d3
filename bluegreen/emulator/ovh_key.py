"""Who asks OVH's API: an application and a consumer key, their rules, and signatures."""

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bluegreen.emulator.ovh_http import HttpError, Request

SIGNED_WITHIN_S = 30  # how far the time in a signature may be off
EVERYTHING = tuple((method, "/*") for method in ("GET", "POST", "PUT", "DELETE"))


@dataclass(slots=True)
class Key:
    """An application and a consumer key, and what they may do."""

    application: str = "lab-application"
    secret: str = "lab-secret"  # noqa: S105 - opens nothing
    consumer: str = "lab-consumer"
    status: str = "validated"  # pendingValidation, expired, refused
    expires: str | None = None
    rules: tuple[tuple[str, str], ...] = EVERYTHING
    validation_url: str = "https://eu.api.ovh.com/auth/?credentialToken=lab"

    def request(self, request: Request) -> object:
        """Ask for a new consumer key: it waits for somebody to validate it."""
        if request.headers.get("x-ovh-application") != self.application:
            raise HttpError(403, "Invalid application key", "INVALID_KEY")
        try:
            rules = json.loads(request.body)["accessRules"]
            self.rules = tuple((str(rule["method"]), str(rule["path"])) for rule in rules)
        except (ValueError, KeyError, TypeError):
            raise HttpError(400, "Missing parameter(s): accessRules") from None
        self.status = "pendingValidation"
        return {
            "validationUrl": self.validation_url,
            "consumerKey": self.consumer,
            "state": self.status,
        }

    def authorize(self, request: Request, path: str) -> None:
        """Refuse what this key may not do now; which code stands for what is not documented."""
        if self.status == "expired":
            raise HttpError(403, "This credential does not exist", "NOT_CREDENTIAL")
        if self.status != "validated":
            raise HttpError(403, "This credential is not valid", "INVALID_CREDENTIAL")
        if not any(m == request.method and fnmatchcase(path, p) for m, p in self.rules):
            raise HttpError(403, "This call has not been granted", "NOT_GRANTED_CALL")

    def check_signature(self, request: Request, epoch_s: float) -> None:
        said = request.headers
        if said.get("x-ovh-application") != self.application:
            raise HttpError(403, "Invalid application key", "INVALID_KEY")
        if said.get("x-ovh-consumer") != self.consumer:
            raise HttpError(403, "This credential does not exist", "NOT_CREDENTIAL")
        stamp = said.get("x-ovh-timestamp", "")
        if not stamp.isdecimal() or abs(int(stamp) - epoch_s) > SIGNED_WITHIN_S:
            raise HttpError(400, "Query out of time", "QUERY_TIME_OUT")
        parts = (self.secret, self.consumer, request.method, request.url, request.body, stamp)
        digest = hashlib.sha1("+".join(parts).encode(), usedforsecurity=False).hexdigest()
        if said.get("x-ovh-signature") != f"$1${digest}":
            raise HttpError(400, "Invalid signature", "INVALID_SIGNATURE")

    def shown(self) -> object:
        """Return it as GET /auth/currentCredential does."""
        return {
            "credentialId": 1,
            "applicationId": 1,
            "status": self.status,
            "expiration": self.expires,
            "rules": [{"method": method, "path": path} for method, path in self.rules],
            "ovhSupport": False,
        }
