"""`coach encoder pull` against a hub of its own on this machine: the needed files, once, and the hub's cache."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from coach.config import PROJECT
from coach.index.encoder import BUNDLED_FOLDER
from tests.support.tiny_transformers import save_encoder

NAME, COMMIT = "someone/e5-tiny", "0123456789abcdef0123456789abcdef01234567"


class Handler(BaseHTTPRequestHandler):
    """Answers as Hugging Face does for one repository; notes what is fetched."""

    folder: Path
    fetched: list[str]

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        resolve = f"/{NAME}/resolve/{COMMIT}/"
        if path.startswith(f"/api/models/{NAME}"):
            files = [file for file in self.folder.rglob("*") if file.is_file()]
            told = [{"rfilename": str(f.relative_to(self.folder)), "size": f.stat().st_size} for f in files]
            content = json.dumps({"id": NAME, "sha": COMMIT, "siblings": told}).encode()
        elif path.startswith(resolve) and (self.folder / path.removeprefix(resolve)).is_file():
            content = (self.folder / path.removeprefix(resolve)).read_bytes()
            if body:
                self.fetched.append(path.removeprefix(resolve))
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hash(content) & 0xFFFFFFFF:x}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    Handler.folder, Handler.fetched = save_encoder(tmp_path / "hub"), []
    (Handler.folder / "onnx").mkdir()
    (Handler.folder / "onnx" / "model.onnx").write_bytes(b"not needed")
    (Handler.folder / "pytorch_model.bin").write_bytes(b"not needed either")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_pull_and_use(hub: str, tmp_path: Path, corpus: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / BUNDLED_FOLDER).symlink_to(PROJECT / "models" / BUNDLED_FOLDER)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {
        "HF_ENDPOINT": hub,
        "HF_HOME": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "0",
        "COACH_MODELS": str(models),
        "COACH_CORPUS": str(corpus),
        "COACH_LLM": "none",
    }

    def coach(*arguments: str) -> "subprocess.CompletedProcess[str]":
        code = "import sys; from coach.cli import main; sys.exit(main(sys.argv[1:]))"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    pulled = coach("encoder", "pull", NAME)
    assert pulled.returncode == 0, pulled.stderr
    assert "downloading" in pulled.stdout and f"coach encoder use {NAME}" in pulled.stdout
    assert Handler.fetched[-1] == "model.safetensors"
    assert not {"onnx/model.onnx", "pytorch_model.bin"} & set(Handler.fetched)
    used = coach("encoder", "use", NAME)
    assert used.returncode == 0, used.stderr
    assert f"found with {NAME}" in used.stdout
    missing = coach("encoder", "pull", "someone/nothing")
    assert missing.returncode == 2 and "can't be downloaded" in missing.stderr
    assert len(missing.stderr.strip().splitlines()) == 1 and "Traceback" not in missing.stderr
