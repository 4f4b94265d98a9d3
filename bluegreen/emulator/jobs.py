"""How a job ends: its log, its exit status, its process id file."""

from bluegreen.emulator.files import PathError
from bluegreen.emulator.processes import Job
from bluegreen.emulator.system import System
from bluegreen.model.command import Output


def finish(system: System, job: Job, said: Output) -> None:
    """Write log and status, which may have lost their directory, and end the process."""
    files = system.storage.files
    texts = ((job.log, said.stdout + said.stderr), (job.status, f"{said.code}\n"))
    for path, text in texts:
        try:
            if path is not None:
                files.write(path, text)
        except PathError as error:
            system.network.log.append(f"daemon: {error}")
    if job.pidfile is not None and files.find(job.pidfile) is not None:
        files.remove(job.pidfile)
    system.processes.end(job)
