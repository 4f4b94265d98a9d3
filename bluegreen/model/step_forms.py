"""How each step may be written in a playbook: where, and with which parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

COMMON_KEYS = ("step", "on", "id", "deadline", "undo_deadline")

_PAIR = ("pair",)
_ONE = ("blue", "green")
_EACH = ("blue", "green", "both")


@dataclass(frozen=True, slots=True)
class StepForm:
    """What a playbook may say of a step."""

    on: tuple[str, ...]
    changes: bool = True  # it leaves something different on a router
    takes: tuple[str, ...] = ()  # parameters beyond the common keys
    needs: tuple[str, ...] = ()  # those of them that have no default


FORMS: Mapping[str, StepForm] = {
    "preflight": StepForm(_PAIR, changes=False),
    "lock": StepForm(_EACH, changes=False),
    "baseline": StepForm(_PAIR, changes=False),
    "stage": StepForm(_EACH),
    "agree": StepForm(_PAIR, changes=False),
    "drain": StepForm(_ONE, takes=("allow",)),
    "converge": StepForm(_ONE, changes=False),
    "follow": StepForm(_ONE),
    "cost-out": StepForm(_ONE),
    "persist": StepForm(_ONE),
    "environment": StepForm(_ONE),
    "install": StepForm(_ONE),
    "reboot": StepForm(_ONE),
    "finish": StepForm(_ONE),
    "prove": StepForm(_ONE, changes=False),
    "cost-in": StepForm(_ONE),
    "standby": StepForm(_ONE),
    "restore": StepForm(_PAIR),
    "release": StepForm(_PAIR),
    "unpersist": StepForm(_EACH),
    "hold": StepForm(_EACH),
    "postflight": StepForm(_PAIR, changes=False),
    "unlock": StepForm(_EACH, changes=False),
    "provisionable": StepForm(_PAIR, changes=False),
    "files": StepForm(_EACH),
    "kernel": StepForm(_EACH),
    "vhids": StepForm(_EACH),
    "tunnels": StepForm(_EACH),
    "daemons": StepForm(_EACH),
    "provisioned": StepForm(_PAIR, changes=False),
    "soak": StepForm((*_PAIR, *_ONE), changes=False, takes=("for",), needs=("for",)),
    "pause": StepForm((*_PAIR, *_ONE), changes=False, takes=("message",)),
    "check": StepForm(_EACH, changes=False, takes=("command", "expect"), needs=("command",)),
}

OTHER_FORM = StepForm((*_PAIR, *_EACH))
"""A step that only the caller knows: anywhere, without parameters, taken for a change."""


def form_of(step: str) -> StepForm:
    return FORMS.get(step, OTHER_FORM)
