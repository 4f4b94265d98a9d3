"""What the upstream offers to probes: an echo on port 7 (RFC 862) and a page on port 80."""

import asyncio
from contextlib import suppress

ECHO, HTTP = 7, 80
CHUNK = 65536
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say everything back."""
    with suppress(OSError):
        while octets := await reader.read(CHUNK):
            writer.write(octets)
            await writer.drain()
    writer.close()


async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer whatever is asked with one line."""
    with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_PAGE)
        await writer.drain()
    writer.close()


async def serve() -> None:
    await asyncio.start_server(echo, None, ECHO)
    await asyncio.start_server(page, None, HTTP)
    await asyncio.Event().wait()


def main() -> None:
    asyncio.run(serve())


if __name__ == "__main__":
    main()
