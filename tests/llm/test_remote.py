"""A server that speaks OpenAI's protocol, played on loopback."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from coach.config import Settings
from coach.errors import ModelError
from coach.llm.models import open_chat

pytest.importorskip("langchain_openai")


class Server(ThreadingHTTPServer):
    """Answers every chat with `pieces`, or with `status` if that is not 200; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pieces, self.models, self.status = ["你好", " [1]"], ["tiny"], 200
        self.asked: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, body: str, kind: str = "application/json") -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        names = [{"id": name, "object": "model", "created": 0, "owned_by": "x"} for name in self.server.models]
        self._send(json.dumps({"object": "list", "data": names}))

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.server.status != 200:
            return self._send('{"error": {"message": "out of memory"}}')
        lines = [
            {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}
            for choice in [
                *({"index": 0, "delta": {"role": "assistant", "content": piece}} for piece in self.server.pieces),
                {"index": 0, "delta": {}, "finish_reason": "stop"},
            ]
        ]
        body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines)
        return self._send(body + "data: [DONE]\n\n", "text/event-stream")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def connect(url: str, tmp_path: Path) -> Any:
    return open_chat(Settings(models=tmp_path, llm=url, context=512, answer_tokens=40))


def test_streams_from_a_server(server: Server, tmp_path: Path) -> None:
    chat = connect(server.url, tmp_path)
    pieces = [chunk.content for chunk in chat.stream("q", citations=2, stop=["END"])]
    assert [piece for piece in pieces if piece] == ["你好", " [1]"]
    (asked,) = server.asked
    assert (asked["model"], asked["max_tokens"], asked["stop"]) == ("tiny", 40, ["END"])
    assert "citations" not in asked
    assert asked["messages"] == [{"content": "q", "role": "user"}]


def test_the_model_can_be_named(server: Server, tmp_path: Path) -> None:
    connect(server.url + "#qwen", tmp_path).invoke("q", max_tokens=5, temperature=0.0, seed=3)
    (asked,) = server.asked
    assert (asked["model"], asked["max_tokens"], asked["temperature"], asked["seed"]) == ("qwen", 5, 0.0, 3)


def test_a_thinking_block_is_left_out(server: Server, tmp_path: Path) -> None:
    server.pieces = ["<thi", "nk>hm [9]", "\n</thi", "nk>\n\n答", "案"]
    assert connect(server.url, tmp_path).invoke("q").content == "答案"


def test_tokens_are_estimated(server: Server, tmp_path: Path) -> None:
    chat = connect(server.url, tmp_path)
    assert chat.prompt_limit == 512 - 40
    assert chat.count_tokens([HumanMessage("四个汉字 four")]) == 4 + 2 + 8


def test_a_server_that_fails(server: Server, tmp_path: Path) -> None:
    chat = connect(server.url, tmp_path)
    server.status = 400
    with pytest.raises(ModelError, match=r"failed: .*out of memory"):
        chat.invoke("q")
    server.status = 200
    assert chat.invoke("q").content


def test_a_server_without_models(server: Server, tmp_path: Path) -> None:
    server.models = []
    with pytest.raises(ModelError, match="has no model"):
        connect(server.url, tmp_path)


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not answer"):
        connect("http://127.0.0.1:9/v1", tmp_path)
