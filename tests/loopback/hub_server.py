"""A hub on the loopback interface that answers what huggingface_hub asks of it, and fails on demand.

All is held in memory. Paths, status codes, headers and bodies are those that the library reads; `Fault`s say which
requests fail and how. Run as a program, it serves until it is stopped.
"""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hub_routes import ROUTES
from hub_store import Hub, Refused, may_write


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for 40 ms
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.serve()

    def do_HEAD(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_PUT(self) -> None:
        self.serve()

    def serve(self) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        fault = self.hub.fault(self.command, path)
        if fault and fault.what == "stop":
            fault.reached.set()
            fault.released.wait(30)
        body = self.read_body(fault.after if fault and fault.what == "cut" else None)
        self.hub.seen.append((self.command, path, len(body)))
        if fault and fault.what == "cut":
            return self.reset()
        if fault and isinstance(fault.what, int):
            return self.answer(fault.what, fault.headers, {"error": fault.message})
        status, headers, content = self.result(path, parse_qs(address.query, keep_blank_values=True), body)
        if fault and fault.what == "mute":
            return self.reset()
        return self.answer(status, headers, content)

    def result(self, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, dict[str, str], Any]:
        try:
            with self.hub.lock:
                found = self.routed(path, query, body)
        except Refused as refused:
            return refused.status, refused.headers, refused.body
        content, extra = found if isinstance(found, tuple) else (found, {})
        if content is None:
            return 302, extra, b""
        return 206 if "Content-Range" in extra else 200, extra, content

    def routed(self, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        user = self.hub.users.get(token)
        if token and user is None:
            raise Refused(401, "Invalid credentials in Authorization header")
        for pattern, writes, function in ROUTES:
            if match := pattern.fullmatch(f"{self.command} {path}"):
                if writes:
                    self.hub.repo(match["repo"], user)
                if writes and not (may_write(user, match["repo"]) and user and user["role"] != "read"):
                    raise Refused(403, "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request")
                return function(
                    hub=self.hub, user=user, query=query, body=body, headers=self.headers, **match.groupdict()
                )
        raise Refused(404, f"Sorry, we can't find {path}")

    def read_body(self, most: int | None) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
                if most is not None and len(body) > most:
                    return body
            self.rfile.readline()
            return body
        length = int(self.headers.get("Content-Length", "0"))
        return self.rfile.read(length if most is None else min(length, most))

    def answer(self, status: int, headers: dict[str, str], content: Any) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json; charset=utf-8"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value.encode("ascii", "replace").decode())
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that was killed, or a connection that was reset


@contextmanager
def serving(hub: Hub, port: int = 0) -> Iterator[Hub]:
    """Serve a hub; its `endpoint` says where."""
    server = Server(("127.0.0.1", port), type("Handler", (Handler,), {"hub": hub}))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        for fault in hub.faults:
            fault.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    by_hand = Hub()
    by_hand.add_user("user", "hf_loopback")
    with serving(by_hand, 8765), suppress(KeyboardInterrupt):
        print(f"HF_ENDPOINT={by_hand.endpoint} HF_TOKEN=hf_loopback HF_HUB_DISABLE_XET=1", flush=True)
        threading.Event().wait()
