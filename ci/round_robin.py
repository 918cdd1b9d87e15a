"""One address before several: gives each connection to the next receiver in turn, as a plain load balancer would.

    python3 ci/round_robin.py 127.0.0.1:3001 127.0.0.1:3002 …

Prints `forwarding on ADDRESS` when it is ready. A receiver that takes no connection is passed over. It forwards bytes and
understands none, so whatever the sender breaks reaches a receiver as it was sent.
"""

import asyncio
import itertools
import sys


async def pump(reader, writer):
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
    except OSError:
        # A reset on one side becomes one on the other.
        writer.transport.abort()


async def connect(turns, count):
    for _ in range(count):
        host, port = next(turns)
        try:
            return await asyncio.open_connection(host, port)
        except OSError:
            continue
    return None


async def main():
    receivers = [address.rsplit(":", 1) for address in sys.argv[1:]]
    turns = itertools.cycle(receivers)

    async def serve(reader, writer):
        connection = await connect(turns, len(receivers))
        if connection is None:
            writer.transport.abort()
            return
        behind_reader, behind_writer = connection
        await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))
        for end in (writer, behind_writer):
            end.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()
    print(f"forwarding on {host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
