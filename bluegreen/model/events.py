"""What the journal holds: everything that happened in a run, in order."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

PAIR = "pair"


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime  # the world's clock
    run: str
    step: str | None = None  # name@router, unique in a plan
    router: str | None = None


class VipGap(BaseModel):
    """One silence of a VIP, and what it is put down to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    began: AwareDatetime
    ms: float
    lasts: bool | None = None  # nobody has answered since
    during: str | None = None  # the step under way; None: between two steps
    layer: str | None = None  # what was not there yet, or "path beyond the pair"


class VipOutage(BaseModel):
    """What a probe counted of one VIP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vip: str
    sent: int
    lost: int
    longest_gap_ms: float
    kind: str | None = None  # icmp, tcp, flow, http
    via: str | None = None  # the host that probed; None: this machine
    broke: int | None = None  # how often a flow's connection died
    unseen_ms: float | None = None  # how long nobody knew
    answers: bool | None = None  # False: it was silent when this was written
    gaps: tuple[VipGap, ...] | None = None  # the longest ones


class RunStarted(_Event):
    """Pins what must be the same at every resume."""

    event: Literal["run_started"] = "run_started"
    version: str
    command: str  # upgrade, failover, restore
    pair: str
    routers: tuple[str, str]
    blue: str
    green: str
    playbook: str
    playbook_file: str | None = None
    inventory_file: str | None = None
    pair_digest: str
    playbook_digest: str
    plan_hash: str | None = None
    steps: tuple[str, ...] = ()
    target: str | None = None
    owner: str = ""
    host: str = ""
    options: tuple[str, ...] = ()  # stay-switched, pause-after=...


class RunResumed(_Event):
    event: Literal["run_resumed"] = "run_resumed"
    version: str
    owner: str = ""
    host: str = ""
    command: str = "resume"


class RunRecovered(_Event):
    """What the routers alone had to tell of a run: the journal that it began with is lost."""

    event: Literal["run_recovered"] = "run_recovered"
    version: str
    owner: str = ""
    host: str = ""
    turn: int = 1  # the how-manieth machine works on this run
    nonce: str = ""  # with that, what its locks are told from those of the one before by
    number: int = 0  # of the last order that was noted
    at_step: str | None = None  # whose order that was
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    acted: tuple[str, ...] = ()
    undoing: tuple[str, ...] | None = None
    undone: tuple[str, ...] = ()
    whole: bool = False
    reason: str = ""
    facts: str | None = None  # the baseline, as JSON
    found: tuple[str, ...] = ()  # what lay where, for people


class LockTaken(_Event):
    event: Literal["lock_taken"] = "lock_taken"
    owner: str = ""
    broken: str | None = None  # whose lock it was, where --break-lock took it from another run


class StepStarted(_Event):
    event: Literal["step_started"] = "step_started"
    goal: str = ""
    undo: bool = False


class CommandSent(_Event):
    """Written before the command is sent; without an answer it is in doubt."""

    event: Literal["command"] = "command"
    number: int
    effect: str
    commands: tuple[str, ...]
    guard: str | None = None
    undo: bool = False


class Answered(_Event):
    event: Literal["answered"] = "answered"
    number: int
    codes: tuple[int, ...] = ()
    said: str = ""  # stderr of what failed, its end; what a provider says of a request
    in_doubt: bool = False  # it was sent, and the answer is lost


class Observed(_Event):
    event: Literal["observed"] = "observed"
    what: str  # baseline, layer, roles, job, waiting, outage
    detail: str = ""
    layer: str | None = None
    after_s: float | None = None  # since the step was started
    serving: str | None = None
    facts: str | None = None  # the baseline, as JSON
    outages: tuple[VipOutage, ...] | None = None  # since the last event that had any


class StepDone(_Event):
    event: Literal["step_done"] = "step_done"
    took_s: float = 0.0
    already: bool = False  # nothing had to be sent


class StepSkipped(_Event):
    event: Literal["step_skipped"] = "step_skipped"
    reason: str = ""


class StepFailed(_Event):
    event: Literal["step_failed"] = "step_failed"
    reason: str
    undo: bool = False


class RollbackStarted(_Event):
    event: Literal["rollback_started"] = "rollback_started"
    reason: str
    steps: tuple[str, ...] = ()  # to be undone, in that order
    whole: bool = False  # everything, not only the failing leg


class UndoDone(_Event):
    event: Literal["undo_done"] = "undo_done"
    took_s: float = 0.0
    already: bool = False


Outcome = Literal["done", "rolled_back", "refused", "needs_human", "interrupted"]


class RunFinished(_Event):
    event: Literal["run_finished"] = "run_finished"
    outcome: Outcome
    exit_code: int
    reason: str = ""
    serving: str = ""
    routers: tuple[str, ...] = ()  # the state of each router now, for people
    next_move: str = ""
    outages: tuple[VipOutage, ...] = ()
    kept: tuple[str, ...] = ()  # what was left on purpose


Event = Annotated[
    RunStarted
    | RunResumed
    | RunRecovered
    | LockTaken
    | StepStarted
    | CommandSent
    | Answered
    | Observed
    | StepDone
    | StepSkipped
    | StepFailed
    | RollbackStarted
    | UndoDone
    | RunFinished,
    Field(discriminator="event"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
