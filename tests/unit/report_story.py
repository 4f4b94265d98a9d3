"""Hand-made runs: an upgrade of both routers, a rollback, a refusal."""

from datetime import UTC, datetime, timedelta

from bluegreen.model.events import (
    Answered,
    CommandSent,
    Event,
    LockTaken,
    Observed,
    Outcome,
    RollbackStarted,
    RunFinished,
    RunStarted,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    UndoDone,
    VipOutage,
)
from bluegreen.report.screen import StepRow

RUN = "20261122-0300-k3f9"
BLUE, GREEN = "router-001", "router-002"
BLUE_SERVES, GREEN_SERVES = f"{BLUE} serves vhid 2, 3", f"{GREEN} serves vhid 2, 3"
START = datetime(2026, 11, 22, 3, 0, 0, tzinfo=UTC)
ADVSKEW = "ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12"
FLUSH = "sysctl net.inet.carp.demotion=0"
LOCK = (
    "tee /var/log/bluegreen/lock.k3f9 <<< "
    "'run=20261122-0300-k3f9\nowner=deploy\nhost=bastion\nsince=2026-11-22T03:00:00Z\n'"
)
BEAT = "tee /var/log/bluegreen/heartbeat <<< '2026-11-22T03:01:00+00:00\n'"
OUTAGE = VipOutage(vip="198.51.100.230", sent=7512, lost=1, longest_gap_ms=18.4)

STEPS = (
    *("preflight@pair", f"lock@{BLUE}", f"lock@{GREEN}", "baseline@pair"),
    *(f"stage@{BLUE}", f"stage@{GREEN}", "agree@pair"),
    *(f"drain@{BLUE}", f"converge@{GREEN}"),
    *(f"{name}@{BLUE}" for name in ("persist", "environment", "install", "reboot", "prove")),
    *(f"drain@{GREEN}", f"converge@{BLUE}"),
    *(f"{name}@{GREEN}" for name in ("persist", "environment", "install", "reboot", "prove")),
    *("restore@pair", "postflight@pair", f"unlock@{BLUE}", f"unlock@{GREEN}"),
)
GOALS = {
    "preflight": "both routers are fit for what is planned",
    "drain": "{} serves nothing, its peer serves every VIP",
    "install": "{} has the new system on disk; it still runs the old one",
    "reboot": "{} runs a new boot of the environment that was upgraded",
}


def goal(step: str) -> str:
    name, _, router = step.partition("@")
    return GOALS.get(name, "{} is as `" + name + "` wants it").format(router)


def rows() -> tuple[StepRow, ...]:
    return tuple(
        StepRow(step, step.partition("@")[2], goal(step), deadline_s=1800.0, undo_deadline_s=600.0)
        for step in STEPS
    )


class Story:
    """Writes events one after the other on a clock that it moves itself."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._now = START
        self._step: str | None = None
        self._number = 0

    @property
    def _router(self) -> str | None:
        return self._step.partition("@")[2] if self._step else None

    def later(self, seconds: float) -> "Story":
        self._now += timedelta(seconds=seconds)
        return self

    def begins(self) -> "Story":
        return self._put(
            RunStarted(
                at=self._now,
                run=RUN,
                version="0.1.0",
                command="upgrade",
                pair=f"{BLUE},{GREEN}",
                routers=(BLUE, GREEN),
                blue=BLUE,
                green=GREEN,
                playbook="active-first",
                pair_digest="p",
                playbook_digest="q",
                steps=STEPS,
                target="14.2-RELEASE-p2",
                owner="deploy",
                host="bastion",
            )
        )

    def starts(self, step: str, undo: bool = False) -> "Story":
        self._step = step
        text = f"undo: {goal(step)}" if undo else goal(step)
        started = StepStarted(
            at=self._now, run=RUN, step=step, router=self._router, goal=text, undo=undo
        )
        return self._put(started)

    def sends(self, *commands: str, effect: str = "carp", guard: str | None = None) -> "Story":
        self._number += 1
        return self._put(
            CommandSent(
                at=self._now,
                run=RUN,
                step=self._step,
                router=self._router,
                number=self._number,
                effect=effect,
                commands=commands,
                guard=guard,
            )
        )

    def hears(self, *codes: int, said: str = "", in_doubt: bool = False) -> "Story":
        return self._put(
            Answered(
                at=self._now,
                run=RUN,
                step=self._step,
                router=self._router,
                number=self._number,
                codes=codes,
                said=said,
                in_doubt=in_doubt,
            )
        )

    def sees(
        self,
        what: str,
        detail: str = "",
        layer: str | None = None,
        after_s: float | None = None,
        serving: str | None = None,
    ) -> "Story":
        return self._put(
            Observed(
                at=self._now,
                run=RUN,
                step=self._step,
                router=self._router,
                what=what,
                detail=detail,
                layer=layer,
                after_s=after_s,
                serving=serving,
            )
        )

    def locked(self) -> "Story":
        return self._put(LockTaken(at=self._now, run=RUN, step=self._step, router=self._router))

    def done(self, took_s: float, already: bool = False) -> "Story":
        step, router = self._step, self._router
        return self._put(
            StepDone(
                at=self._now, run=RUN, step=step, router=router, took_s=took_s, already=already
            )
        )

    def skipped(self, step: str, reason: str) -> "Story":
        self._step = step
        return self._put(
            StepSkipped(at=self._now, run=RUN, step=step, router=self._router, reason=reason)
        )

    def fails(self, reason: str, undo: bool = False) -> "Story":
        return self._put(
            StepFailed(
                at=self._now,
                run=RUN,
                step=self._step,
                router=self._router,
                reason=reason,
                undo=undo,
            )
        )

    def turns_back(self, reason: str, *steps: str) -> "Story":
        return self._put(RollbackStarted(at=self._now, run=RUN, reason=reason, steps=steps))

    def undone(self, took_s: float, already: bool = False) -> "Story":
        step, router = self._step, self._router
        return self._put(
            UndoDone(
                at=self._now, run=RUN, step=step, router=router, took_s=took_s, already=already
            )
        )

    def ends(
        self, outcome: Outcome, code: int, reason: str = "", serving: str = BLUE_SERVES
    ) -> "Story":
        return self._put(
            RunFinished(
                at=self._now,
                run=RUN,
                outcome=outcome,
                exit_code=code,
                reason=reason,
                serving=serving,
                routers=(f"{BLUE}: vhid 2@vmx1 MASTER advskew 0; kernel 14.2-RELEASE-p2",),
                outages=(OUTAGE,),
                kept=(f"{BLUE}: boot environment bluegreen-k3f9",),
            )
        )

    def _put(self, event: Event) -> "Story":
        self.events.append(event)
        return self


def opening() -> Story:
    """Up to the baseline: nothing but locks has been written."""
    story = Story().begins().starts("preflight@pair").later(1).done(0.8)
    for router in (BLUE, GREEN):
        story.starts(f"lock@{router}").sends(LOCK, effect="config").hears(0).locked().done(0.1)
    return story.starts("baseline@pair").sees("baseline", serving=BLUE_SERVES).done(0.2)


def switched(story: Story, away: str, to: str) -> Story:
    story.later(5).starts(f"drain@{away}")
    story.sends(BEAT, ADVSKEW, FLUSH, guard=f"2 MASTER, lock of run {RUN}").hears(0, 0, 0)
    story.later(0.3).sees("layer", layer="carp", after_s=0.04)
    story.sees("roles", serving=f"{to} serves vhid 2, 3").done(0.3)
    story.starts(f"converge@{to}").sees("layer", layer="tunnels", after_s=0.12)
    return story.later(2).sees("layer", layer="ospf", after_s=1.9).done(2.0)


def upgrading(story: Story, router: str) -> Story:
    story.starts(f"persist@{router}").later(0.2).done(0.2)
    story.starts(f"environment@{router}").later(1.3).done(1.3)
    story.starts(f"install@{router}")
    story.sends("mkdir /var/log/bluegreen/jobs/install", "daemon -f sh", effect="disruptive")
    story.hears(0, 0).later(30).sees("job", "Installing updates...\nkernel.txz")
    return story.later(70)


def upgraded(story: Story, router: str) -> Story:
    upgrading(story, router).done(100.0)
    story.starts(f"reboot@{router}").sends("shutdown -r now", effect="disruptive")
    story.hears(in_doubt=True, said="connection lost").later(95).done(95.2)
    return story.starts(f"prove@{router}").later(4).done(4.0)


def an_upgrade() -> tuple[Event, ...]:
    story = opening()
    for router in (BLUE, GREEN):
        story.starts(f"stage@{router}").later(60).done(60.0)
    story.starts("agree@pair").done(0.0, already=True)
    upgraded(switched(story, BLUE, GREEN), BLUE)
    upgraded(switched(story, GREEN, BLUE), GREEN)
    for step in ("restore@pair", "postflight@pair", f"unlock@{BLUE}", f"unlock@{GREEN}"):
        story.starts(step).later(0.5).done(0.5)
    return tuple(story.ends("done", 0).events)


def a_rollback() -> tuple[Event, ...]:
    story = switched(opening(), BLUE, GREEN)
    upgrading(story, BLUE).hears(75, said="not 2 vhids BACKUP")
    story.fails("freebsd-update ended with failed (exit 1): No space left on device")
    install, drain = f"install@{BLUE}", f"drain@{BLUE}"
    story.turns_back(f"{install}: No space left on device", install, drain)
    story.starts(install, undo=True).later(90).undone(90.4)
    story.starts(drain, undo=True).later(1).undone(0.0, already=True)
    return tuple(story.ends("rolled_back", 1, f"{install}: No space left on device").events)


def a_refusal() -> tuple[Event, ...]:
    story = Story().begins().starts("preflight@pair").later(1)
    reason = "takeover: router-002: net.inet.carp.preempt is 0"
    return tuple(story.fails(reason).ends("refused", 3, f"preflight@pair: {reason}").events)
