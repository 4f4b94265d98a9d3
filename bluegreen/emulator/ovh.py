"""OVH's API as far as floating addresses need it: requests in, replies out, no socket, no clock."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote

from bluegreen.emulator.ovh_account import OPEN, Account, Job, Vmac
from bluegreen.emulator.ovh_http import HttpError, Mishap, Reply, Request, query_id
from bluegreen.emulator.ovh_key import Key

Words = list[str]
Fields = Mapping[str, str]
Handler = Callable[[Words, Fields], object]


class OvhApi:
    """One endpoint. Every reply has the shape of the schema; ids and times are its own."""

    def __init__(self, account: Account, key: Key | None = None, signed: bool = True) -> None:
        self.account = account
        self.key = key or Key()
        self.mishaps: list[Mishap] = []
        self.requests: list[tuple[float, str, str]] = []  # s, method, path
        self._signed = signed  # False: the time and the signature are somebody else's affair
        self._now_s = 0.0
        self._epoch_s = 0.0
        self._routes = self._table()

    def answer(self, request: Request, now_s: float, epoch_s: float) -> Reply:
        """Return the reply to a request at an instant of both clocks."""
        self._now_s, self._epoch_s = now_s, epoch_s
        self.account.advance(now_s)
        self.requests.append((now_s, request.method, request.path))
        mishap = self._mishap(request)
        if mishap and not mishap.effective:
            return mishap.reply()
        try:
            reply = Reply(200, self._do(request), query_id(len(self.requests)))
        except HttpError as error:
            reply = error.reply
        if mishap and reply.status == 200:
            return mishap.reply()
        return reply

    def _mishap(self, request: Request) -> Mishap | None:
        for index, mishap in enumerate(self.mishaps):
            if mishap.meets(request):
                rest = [replace(mishap, left=mishap.left - 1)] if mishap.left > 1 else []
                self.mishaps[index : index + 1] = rest
                return mishap
        return None

    def _do(self, request: Request) -> object:
        path, _, query = request.path.partition("?")
        if path == "/auth/time":
            return int(self._epoch_s)
        if path == "/auth/credential" and request.method == "POST":
            return self.key.request(request)
        if self._signed:
            self.key.check_signature(request, self._epoch_s)
        self.key.authorize(request, path)
        for method, pattern, handler in self._routes:
            if method == request.method and (found := pattern.fullmatch(path)):
                words = [unquote(word) for word in found.groups()]
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                return handler(words, {**asked, **_fields(request)})
        raise HttpError(404, f"Got an invalid (or empty) URL: {path}")

    # -- what is asked ---------------------------------------------------------------------------

    def _table(self) -> list[tuple[str, re.Pattern[str], Handler]]:
        server, mac = "/dedicated/server/([^/]+)", "/virtualMac/([^/]+)"
        ip = "/ip/([^/]+)"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/auth/currentCredential", lambda _, __: self.key.shown()),
            ("GET", ip, self._ip),
            ("GET", f"{ip}/task", self._ip_tasks),
            ("GET", f"{ip}/task/(\\d+)", self._ip_task),
            ("POST", f"{ip}/move", self._move),
            ("GET", f"{server}/ipCanBeMovedTo", self._movable),
            ("GET", f"{server}/virtualMac", self._macs),
            ("POST", f"{server}/virtualMac", self._create),
            ("GET", server + mac, self._mac),
            ("GET", f"{server}{mac}/virtualAddress", self._addresses),
            ("POST", f"{server}{mac}/virtualAddress", self._add),
            ("GET", f"{server}{mac}/virtualAddress/([^/]+)", self._address),
            ("DELETE", f"{server}{mac}/virtualAddress/([^/]+)", self._remove),
            ("GET", f"{server}/task", self._server_tasks),
            ("GET", f"{server}/task/(\\d+)", self._server_task),
            ("POST", f"{server}/task/(\\d+)/cancel", self._cancel),
        ]
        return [(method, re.compile(pattern), handler) for method, pattern, handler in table]

    def _ip(self, words: Words, _: Fields) -> object:
        routed = self.account.routed[self._known(words[0])]
        return {
            "ip": words[0],
            "type": "failover",
            "isAdditionalIp": True,
            "routedTo": {"serviceName": routed} if routed else None,
        }

    def _move(self, words: Words, fields: Fields) -> object:
        address, to = self._known(words[0]), fields.get("to", "")
        if to not in self.account.servers:
            raise HttpError(404, f"The requested object (to = {to}) does not exist")
        self._taken_by(to, words[0])
        self._only_one((address,))
        return self._task(self.account.move(address, to, self._now_s))

    def _movable(self, words: Words, fields: Fields) -> object:
        self._vmacs(words[0])
        self._known(fields.get("ip", ""))
        self._taken_by(words[0], fields.get("ip", ""))
        return None

    def _macs(self, words: Words, _: Fields) -> object:
        return sorted(self._vmacs(words[0]))

    def _mac(self, words: Words, _: Fields) -> object:
        return {"macAddress": words[1], "type": self._vmac(*words).kind}

    def _addresses(self, words: Words, _: Fields) -> object:
        return sorted(self._vmac(*words).addresses)

    def _address(self, words: Words, _: Fields) -> object:
        name = self._bound(*words)
        return {"ipAddress": words[2], "virtualMachineName": name}

    def _create(self, words: Words, fields: Fields) -> object:
        (service,) = words
        address, name = self._wanted(fields)
        self._vmacs(service)
        if fields.get("type") not in ("ovh", "vmware"):
            raise HttpError(400, f"type: {fields.get('type')} is no dedicated.server.VmacTypeEnum")
        self._free(service, address)
        self._only_one((service, address))
        kind = fields["type"]
        return self._task(self.account.create_mac(service, address, kind, name, self._now_s))

    def _add(self, words: Words, fields: Fields) -> object:
        service, mac = words
        address, name = self._wanted(fields)
        self._vmac(service, mac)
        self._free(service, address)
        self._only_one((service, address))
        return self._task(self.account.add_address(service, mac, address, name, self._now_s))

    def _remove(self, words: Words, _: Fields) -> object:
        service, mac, address = words
        self._bound(service, mac, address)
        self._only_one((service, address))
        return self._task(self.account.remove_address(service, mac, address, self._now_s))

    def _server_tasks(self, words: Words, fields: Fields) -> object:
        self._vmacs(words[0])
        return self._numbers(words[0], fields)

    def _ip_tasks(self, words: Words, fields: Fields) -> object:
        return self._numbers(self._known(words[0]), fields)

    def _server_task(self, words: Words, _: Fields) -> object:
        return self._task(self._job(*words))

    def _ip_task(self, words: Words, _: Fields) -> object:
        return self._task(self._job(self._known(words[0]), words[1]))

    def _cancel(self, words: Words, _: Fields) -> object:
        job = self._job(*words)
        if job.status(self._now_s) not in ("init", "todo"):
            raise HttpError(409, f"task {job.number} can not be cancelled any more")
        job.cancelled = True
        return None

    # -- what must hold --------------------------------------------------------------------------

    def _known(self, block: str) -> str:
        address, _, bits = block.partition("/")
        if bits not in ("32", "128") or address not in self.account.routed:
            raise HttpError(404, f"The requested object (ip = {block}) does not exist")
        return address

    def _vmacs(self, service: str) -> Mapping[str, Vmac]:
        if service not in self.account.servers:
            raise HttpError(404, "This service does not exist")
        return self.account.servers[service]

    def _vmac(self, service: str, mac: str) -> Vmac:
        if mac not in self._vmacs(service):
            raise HttpError(404, f"The requested object (macAddress = {mac}) does not exist")
        return self.account.servers[service][mac]

    def _bound(self, service: str, mac: str, address: str) -> str:
        if address not in self._vmac(service, mac).addresses:
            raise HttpError(404, f"The requested object (ipAddress = {address}) does not exist")
        return self.account.servers[service][mac].addresses[address]

    def _wanted(self, fields: Fields) -> tuple[str, str]:
        for name in ("ipAddress", "virtualMachineName"):
            if not fields.get(name):
                raise HttpError(400, f"Missing parameter(s): {name}")
        return fields["ipAddress"], fields["virtualMachineName"]

    def _free(self, service: str, address: str) -> None:
        if self.account.routed.get(address, service) != service:
            raise HttpError(400, f"{address} is not routed to {service}")
        if self.account.holder(address):
            raise HttpError(409, f"{address} already has a virtual mac")

    def _taken_by(self, service: str, block: str) -> None:
        if service in self.account.refuses:
            raise HttpError(400, f"{block} can not be moved to {service}")

    def _only_one(self, places: tuple[str, ...]) -> None:
        job = self.account.busy(places, self._now_s)
        if job:
            raise HttpError(409, f"A task is already in progress ({job.number})")

    def _numbers(self, place: str, fields: Fields) -> list[int]:
        status, function = fields.get("status", ""), fields.get("function", "")
        return [
            job.number
            for job in self.account.jobs
            if job.place == place
            and status in ("", job.status(self._now_s))
            and function in ("", job.function)
        ]

    def _job(self, place: str, number: str) -> Job:
        found = (j for j in self.account.jobs if j.place == place and j.number == int(number))
        job = next(found, None)
        if job is None:
            raise HttpError(404, f"The requested object (taskId = {number}) does not exist")
        return job

    def _task(self, job: Job) -> object:
        status = job.status(self._now_s)
        began_s = self._epoch_s - self._now_s + job.began_s
        over = status not in OPEN
        return {
            "taskId": job.number,
            "function": job.function,
            "status": status,
            "comment": job.comment,
            "startDate": _date(began_s),
            "lastUpdate": _date(self._epoch_s),
            "doneDate": _date(began_s + job.pace.whole_s) if over else None,
        }


def _fields(request: Request) -> Fields:
    """Return the parameters in a body; what is no object of JSON is none of OVH's."""
    try:
        fields = json.loads(request.body) if request.body else {}
    except ValueError:
        raise HttpError(400, "Invalid JSON received") from None
    if not isinstance(fields, dict):
        raise HttpError(400, "Invalid JSON received")
    return {str(name): str(value) for name, value in fields.items()}


def _date(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds")
