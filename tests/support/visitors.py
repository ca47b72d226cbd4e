"""Somebody who uses the page over real HTTP, without a browser: events through Gradio's queue, uploads, the page."""

import json
import uuid

import httpx


class Visitor:
    """One window. `events` gives the number of an event by the name of its handler."""

    def __init__(self, address: str, seconds: float = 300.0) -> None:
        self.http = httpx.Client(base_url=address, timeout=seconds)
        self.session = uuid.uuid4().hex
        self.config = self.http.get("/config").json()
        self.events = {one["api_name"]: one["id"] for one in self.config["dependencies"] if one["api_name"]}

    def join(self, number: int, data: object, event: object = None) -> httpx.Response:
        """Put an event into the queue."""
        body = {"fn_index": number, "data": data, "event_data": event, "session_hash": self.session}
        return self.http.post("/gradio_api/queue/join", json=body)

    def call(self, number: int, data: object, event: object = None) -> tuple[bool, str]:
        """Run an event to its end: whether it went well, and all that it sent."""
        joined = self.join(number, data, event)
        if joined.status_code != 200:
            return False, joined.text
        told: list[str] = []
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                told.append(line)
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if message.get("msg") == "process_completed":
                    return bool(message["success"]), "\n".join(told)
                if message.get("msg") in ("close_stream", "unexpected_error"):
                    break
        return False, "\n".join(told)

    def upload(self, name: str, text: str) -> dict[str, object]:
        """Upload a file, and return it as an event takes it."""
        (path,) = self.http.post("/gradio_api/upload", files={"files": (name, text.encode())}).json()
        return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
