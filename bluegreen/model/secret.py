r"""Secrets in words that are not ours: struck out before anybody keeps or shows them.

Nothing of ours ever holds a secret: keys stay in files and agents, passwords on the routers, where
they are struck out before anything is sent (freebsd/redact.py). What is left are texts that repeat
one: an error that echoes a line, a log, a URL that somebody wrote with a password in it.
"""

import re

_USERINFO = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#@]*@")
_NAMES = r"[\w-]*(?:secret|password|passwd|passphrase|psk|token|apikey|api_key)[\w-]*"
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"';,]+)"""
_SAID = re.compile(
    rf"""(?P<pass>(?<![\w.-])pass[ \t]+){_VALUE}"""
    rf"""|(?P<key>\bkey[ \t]+)"[^"]*"?"""
    rf"""|(?P<named>(?i:{_NAMES})[ \t]*[=:][ \t]*){_VALUE}"""
)
_HINTS = ("pass", "key", "secret", "psk", "token")  # one of them is in all that _SAID finds
_IN_QUERY = re.compile(
    r"[?&;](?:[^=&;]*(?:secret|passw|token|key|auth|credential|sig)[^=&;]*)=", re.IGNORECASE
)


class SecretFoundError(ValueError):
    """A value that holds a secret where one would be shown; its message does not repeat it."""


def without_userinfo(text: str) -> str:
    """Return a text whose URLs name no user and no password."""
    return _USERINFO.sub(r"\g<before>***@", text) if "://" in text else text


def struck(text: str) -> str:
    """Return what a router said, without the secrets that it repeats."""
    text, folded = without_userinfo(text), text.casefold()
    return _SAID.sub(_strike, text) if any(hint in folded for hint in _HINTS) else text


def _strike(match: re.Match[str]) -> str:
    return f"{match['pass'] or match['key'] or match['named']}***"


def refuse_secrets_of(url: str) -> str:
    """Return a URL that can be shown in every report.

    Raises:
        SecretFoundError: it names a user, a password or a token.
    """
    if _USERINFO.search(url) or "@" in url.partition("://")[2].partition("/")[0]:
        raise SecretFoundError(
            "a user or a password in a URL would be shown in every report; leave it out: "
            "a server that asks for one has answered"
        )
    if _IN_QUERY.search(url):
        raise SecretFoundError(
            "a key or token in a URL would be shown in every report; leave it out: "
            "a server that asks for one has answered"
        )
    return url
