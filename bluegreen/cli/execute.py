"""Put a runner together from a request and a world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bluegreen import __version__
from bluegreen.cli.request import Request
from bluegreen.engine.journal import Journal
from bluegreen.engine.plan import Plan
from bluegreen.engine.record import Listener, Recorder
from bluegreen.engine.runner import Orders, Runner, Tools
from bluegreen.freebsd.batch import Beyond
from bluegreen.freebsd.paths import Paths
from bluegreen.model.codec import read_facts, write_facts
from bluegreen.model.events import RunFinished, RunResumed, RunStarted
from bluegreen.model.pair import Pair
from bluegreen.observation import FreeBsd
from bluegreen.policy.recording import forgotten
from bluegreen.steps import nothing_to_install
from bluegreen.world import World


@dataclass(frozen=True, slots=True)
class Run:
    """A runner with what it writes to."""

    plan: Plan
    recorder: Recorder
    runner: Runner


def dialect_of(pair: Pair, *, counters: bool = False) -> FreeBsd:
    """Return what is asked of a pair; with ``counters`` also of each interface's packets."""
    paths = {router.name: Paths(router.state_dir) for router in pair.routers}
    daemon = pair.ospf.daemon if pair.ospf else None
    ipsec = pair.ipsec
    return FreeBsd(
        paths,
        daemon,
        Beyond(
            site=pair.design is not None,
            ipsec=ipsec is not None and ipsec.watched,
            ipsec_daemon=ipsec.daemon if ipsec else None,
            counters=counters,
        ),
    )


def prepare(
    request: Request,
    world: World,
    journal: Journal,
    listeners: Sequence[Listener] = (),
    orders: Orders = Orders(),
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Return a run that has not begun, or stands where its journal says."""
    plan = request.plan
    recorder = Recorder(request.run, journal, world.clock, tuple(listeners))
    recorder.replay(journal.events(request.run))
    return Run(plan, recorder, Runner(plan, world, recorder, tools_of(request, stop), orders))


def tools_of(request: Request, stop: Callable[[], bool] = lambda: False) -> Tools:
    """Return what the runner is lent."""
    return Tools(
        dialect=dialect_of(request.pair),
        holder=request.holder(),
        moot=nothing_to_install,
        store=write_facts,
        recall=lambda text: read_facts(text, "the journal"),
        stop=stop,
        forgotten=lambda pair: forgotten(pair, request.setting()),
        floating=request.pair.ipfo,
        breaks=request.breaks,
        places=request.places,
    )


def begin(run: Run, request: Request, plan_hash: str | None = None) -> None:
    """Write the first event of a run, or that it goes on."""
    if run.recorder.state.started is None:
        run.recorder.put(started(run, request, plan_hash))
        return
    run.recorder.put(
        RunResumed(
            at=run.recorder.now(),
            run=request.run,
            version=__version__,
            owner=request.owner,
            host=request.host,
        )
    )


def started(run: Run, request: Request, plan_hash: str | None = None) -> RunStarted:
    """Return the event that pins what must be the same at every resume."""
    return RunStarted(
        at=run.recorder.now(),
        run=request.run,
        version=__version__,
        command=request.command,
        pair=request.pair.key,
        routers=request.pair.names,
        blue=request.blue,
        green=request.green,
        playbook=request.playbook.name,
        playbook_file=request.playbook_file,
        inventory_file=request.inventory_file,
        pair_digest=request.pair_digest,
        playbook_digest=request.playbook_digest,
        plan_hash=plan_hash,
        steps=tuple(planned.id for planned in run.plan.steps),
        target=request.target,
        owner=request.owner,
        host=request.host,
        options=request.options,
    )


def take_back(run: Run) -> RunFinished:
    """Take everything back; where that is under way already, go on with it."""
    state = run.recorder.state
    if state.undoing is not None and state.whole:
        return run.runner.run()
    return run.runner.roll_back("asked for")
