"""The mark that has devd's handler leave a router alone: it boots, and is not proven yet."""

from bluegreen.freebsd.sitecommands import drop_drained, follow_now, mark_drained
from bluegreen.model.command import Command
from bluegreen.model.facts import RouterFacts
from bluegreen.policy.setting import Setting


def is_drained(facts: RouterFacts, setting: Setting) -> bool:
    return setting.paths_of(facts.name).drained in facts.kept


def marking(facts: RouterFacts, setting: Setting) -> tuple[Command, ...]:
    """Return what marks a router, where devd is ours and it is not marked."""
    ours = setting.design is not None and setting.design.devd is not None
    if not ours or is_drained(facts, setting):
        return ()
    return (mark_drained(setting.paths_of(facts.name).drained, setting.run),)


def unmarking(facts: RouterFacts, setting: Setting) -> tuple[Command, ...]:
    """Return what takes the mark off, and has the handler look at the roles as they are now."""
    if not is_drained(facts, setting):
        return ()
    return (drop_drained(setting.paths_of(facts.name).drained), follow_now())
