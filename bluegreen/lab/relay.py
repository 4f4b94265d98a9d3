"""The management line: ports of this machine's loopback, led to the machines of a lab.

`python -m bluegreen.lab.relay FD=ADDRESS:PORT...` runs in the hub's namespace,
and listens on sockets that it inherits from outside of it. So nothing of a lab
stands on this machine's own interfaces, and yet each session crosses the
router's own link: where that is cut, the session is.
"""

import asyncio
import socket
import sys
from contextlib import suppress

CHUNK = 65536
CONNECT_S = 10.0


async def serve(words: list[str]) -> None:
    """Relay for ever."""
    for word in words:
        number, _, target = word.partition("=")
        host, _, port = target.rpartition(":")
        relay = _Relay(host, int(port))
        await asyncio.start_server(relay.accept, sock=socket.socket(fileno=int(number)))
    await asyncio.Event().wait()


class _Relay:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection there; where nobody answers, it is closed without a word."""
        with suppress(OSError):
            connecting = asyncio.open_connection(self._host, self._port)
            theirs, to_them = await asyncio.wait_for(connecting, CONNECT_S)
            await asyncio.gather(_pump(reader, to_them), _pump(theirs, writer))
            to_them.close()
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one direction until it ends, and end it on the other side too."""
    try:
        while octets := await reader.read(CHUNK):
            writer.write(octets)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


def main() -> None:
    asyncio.run(serve(sys.argv[1:]))


if __name__ == "__main__":
    main()
