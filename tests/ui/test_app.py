"""`python app.py`: flags, and one clear line when it can't serve."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def app(*flags):
    command = [sys.executable, str(ROOT / "app.py"), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)


def test_a_port_in_use_is_one_line_and_exit_code_2(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = app("--home", str(tmp_path), "--port", str(port))
    assert run.returncode == 2
    assert f"127.0.0.1:{port}" in run.stderr and "--port" in run.stderr
    assert "Traceback" not in run.stderr and len(run.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("flags", [("--port", "70000"), ("--port", "x"), ("--language", "fr")])
def test_a_wrong_flag_is_told(tmp_path, flags):
    run = app("--home", str(tmp_path), *flags)
    assert run.returncode == 2 and flags[1] in run.stderr and "Traceback" not in run.stderr


def test_the_page_module_loads_nothing_heavy():
    heavy = ("torch", "chromadb", "llama_cpp", "sentence_transformers", "transformers", "jieba")
    code = f"import sys, coach.ui.page, coach.service; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert run.stdout.strip() == "[]", run.stdout + run.stderr
