"""How soon `python app.py` answers with its page, beside an empty Gradio page started the same way.

    python bench/startup.py --runs 5

Both run in a fresh process; a run's time is from the start of the process to the first page with status 200. The two
take turns, so that a busy machine slows both. The coach's home is filled once before (with --home: used as it is).
"""

import argparse
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EMPTY = """
import sys
import gradio as gr
with gr.Blocks() as page:
    gr.Markdown("empty")
page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
"""
LONGEST = 120.0


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether the page comes back whole with status 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status == 200 and b"</html>" in response.read()
    except OSError:
        return False
    finally:
        connection.close()


def seconds_to_page(command: list[str], port: int) -> float:
    """Start a server, wait for its first page, stop it, and return the seconds that the page took."""
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    start = time.perf_counter()
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while not answers(port):
            if server.poll() is not None:
                raise SystemExit(f"{command[1]} ended: {server.stderr.read().decode() if server.stderr else ''}")
            if time.perf_counter() - start > LONGEST:
                raise SystemExit(f"{command[1]} gave no page within {LONGEST:.0f} s")
            time.sleep(0.02)
        return time.perf_counter() - start
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def main() -> None:
    """Measure, and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description="Time to the first page, beside an empty Gradio page.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--home", type=Path, help="home folder to serve (default: a new one, filled from the corpus)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home or Path(folder)
        if not arguments.home:
            subprocess.run([sys.executable, "ingest.py", "--home", str(home), "--quiet"], cwd=ROOT, check=True)
        ours, empty = [], []
        for _ in range(arguments.runs):
            port = free_port()
            empty.append(seconds_to_page([sys.executable, "-c", EMPTY, str(port)], port))
            port = free_port()
            ours.append(seconds_to_page([sys.executable, "app.py", "--home", str(home), "--port", str(port)], port))
    first, second = statistics.median(empty), statistics.median(ours)
    print(f"empty Gradio page  {first:.2f} s  ({', '.join(f'{value:.2f}' for value in empty)})")
    print(f"python app.py      {second:.2f} s  ({', '.join(f'{value:.2f}' for value in ours)})")
    print(f"ratio              {second / first:.2f}")


if __name__ == "__main__":
    main()
