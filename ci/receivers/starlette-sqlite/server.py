"""A receiver for Hamsa's webhooks: authenticate, check, store, answer; the work follows.

WEBHOOK_SECRET is the whole Authorization value, `Bearer …`. PORT 0 picks a free port. DATA_DIR keeps the inbox.
"""

import asyncio
import contextlib
import hmac
import logging
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Route

from events import key_of, parse
from handlers import HANDLERS
from inbox import Inbox

LARGEST_BODY = 4 * 1024 * 1024  # a long call's transcript exceeds the 100 kB that some frameworks stop at

secret = os.environ.get('WEBHOOK_SECRET', '').strip().encode()
if not secret:
    sys.exit('WEBHOOK_SECRET is not set: without it everyone would get in')

log = logging.getLogger('receiver')
inbox = Inbox(os.environ.get('DATA_DIR', 'data'))
database = ThreadPoolExecutor(max_workers=1)  # everything the inbox does, in turn
waiting = []  # (key, body, future) of events that wait for the next commit
arrived = asyncio.Event()
accepted = asyncio.Event()


async def webhook(request):
    # From the headers alone: nobody without the token gets a byte of the body parsed.
    if not authorized(request):
        return answer(401, error='unauthorized')
    try:
        async with asyncio.timeout(30):
            body = await read(request)
    except TimeoutError:
        return answer(408, error='the body did not arrive')
    except ClientDisconnect:
        return answer(400, error='the body is incomplete')
    if body is None:
        return answer(413, error='the body is too large')
    try:
        key = key_of(parse(body))
    except (ValueError, RecursionError) as error:
        return answer(400, error='not an event', details=str(error)[:200])
    try:
        new = await store(key, body)
    except Exception:
        log.exception('an event could not be stored')
        # Not 200: nothing was kept, so the sender shall come again.
        return answer(503, error='try again')
    warning = {} if key[1] in HANDLERS else {'warning': 'unknown event type'}
    return answer(200, received=True, **({} if new else {'duplicate': True}), **warning)


def authorized(request):
    values = [value for name, value in request.headers.raw if name == b'authorization']
    return len(values) == 1 and hmac.compare_digest(values[0], secret)


async def read(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


async def store(key, body):
    future = asyncio.get_running_loop().create_future()
    waiting.append((key, body, future))
    arrived.set()
    return await future


async def commit_arrivals():
    """One commit for all that arrived during the last one: a disk syncs a few hundred times per second."""
    while True:
        await arrived.wait()
        arrived.clear()
        batch, waiting[:] = waiting[:], []
        try:
            result = await in_database(inbox.accept, [(key, body) for key, body, _ in batch])
        except Exception as error:  # whatever it is, those who wait are told
            result = [error] * len(batch)
        for (_, _, future), new in zip(batch, result):
            if future.done():  # its request was cancelled
                continue
            if isinstance(new, Exception):
                future.set_exception(new)
            else:
                future.set_result(new)
        accepted.set()


async def work():
    """Handles events after their answer, and at the start what an earlier process left."""
    while True:
        accepted.clear()
        try:
            pause = await in_database(inbox.work)
        except Exception:
            log.exception('the work could not be written')
            pause = 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await accepted.wait()


def in_database(function, *arguments):
    return asyncio.get_running_loop().run_in_executor(database, function, *arguments)


async def effects(request):
    if not authorized(request):
        return answer(401, error='unauthorized')
    return answer(200, effects=await in_database(inbox.effects, request.query_params.get('prefix', '')))


def answer(status, **members):
    return JSONResponse(members, status)


@contextlib.asynccontextmanager
async def lifespan(_app):
    tasks = [asyncio.create_task(commit_arrivals()), asyncio.create_task(work())]
    print(f'listening on http://127.0.0.1:{listener.getsockname()[1]}/webhook', flush=True)
    yield
    for task in tasks:
        task.cancel()
    database.shutdown()


routes = [Route('/webhook', webhook, methods=['POST']), Route('/effects', effects, methods=['GET'])]
app = Starlette(routes=routes, lifespan=lifespan)

if __name__ == '__main__':
    # TCP by name, for otherwise asyncio does not switch Nagle's algorithm off, and every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart takes its port at once
    listener.bind(('127.0.0.1', int(os.environ.get('PORT', '0'))))
    listener.listen(1024)
    settings = uvicorn.Config(
        app, access_log=False, log_level='warning', server_header=False, timeout_graceful_shutdown=5, backlog=1024
    )
    uvicorn.Server(settings).run(sockets=[listener])
