"""What the tests of bounded children run in them, good and bad."""

import errno
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


def echo(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    for source, target in zip(inputs, outputs, strict=True):
        target.write(source.read())
    return {**arguments, "pid": os.getpid()}


def surroundings(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "environment": dict(os.environ),
        "threads": threading.active_count(),
        "template": os.getppid(),
    }


def open_something(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    attempts: dict[str, Callable[[], Any]] = {
        "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "file": lambda: Path("/etc/passwd").read_bytes(),
        "pipe": os.pipe,
        "inherited": lambda: [os.fstat(number) for number in range(4, 300)],
    }
    try:
        attempts[arguments["what"]]()
    except OSError as error:
        return {"errno": error.errno}
    return {"errno": 0}


def take_memory(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {"size": len(bytearray(arguments["size_bytes"]))}


def spin(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    while True:
        pass


def hang(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    outputs[0].write(str(os.getpid()).encode())
    outputs[0].flush()
    threading.Event().wait()
    return {}


def die(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    os.kill(os.getpid(), arguments["signal"])
    return {}


def leave(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    os._exit(3)


def fail(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    raise ValueError("not today")


def fill(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    for _ in range(arguments["megabytes"]):
        outputs[0].write(bytes(1_048_576))
    return {}


def fail_to_write(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    raise OSError(getattr(errno, arguments["errno"]), "as scripted")


def hang_unless_told(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {"told": True} if inputs[0].read() == b"go" else hang(arguments, inputs, outputs)


def kill_template_once(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    if int(inputs[0].read()) == os.getppid():
        os.kill(os.getppid(), 9)
        threading.Event().wait()
    if arguments.get("then_die"):
        os.kill(os.getpid(), 9)
    return {"template": os.getppid()}


def answer_at_length(arguments: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {"text": "x" * 100_000}
