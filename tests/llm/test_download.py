"""Downloads from a hub on loopback: whatever goes wrong, the right bytes or a clear error."""

import errno
import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from coach.errors import HubError, ModelError
from coach.llm import part as part_module
from coach.llm.catalog import Model
from coach.llm.download import TRIES, Patience, Pull, Speed, download, retry_after
from coach.llm.hub import Source, connection, look_up, sources
from coach.llm.part import Part, hash_path, part_path
from tests.support.hub import Fault, Hub, serve

NOW = Patience(first=0.0)
DATA = random.Random(1).randbytes(100_000)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve() as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def get(model: Model, folder: Path, *places: Source, stop: Event | None = None) -> list[Pull]:
    return list(download(model, folder, places, stop or Event(), NOW))


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_file_comes_through_a_redirect_with_its_hash_beside_it(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    reports = get(model, folder, hub.source())
    assert [reports[0].state, reports[-1].state] == ["asking", "done"]
    assert reports[-1].done == reports[-1].total == len(DATA)
    assert (folder / "tiny.gguf").read_bytes() == DATA
    assert hash_path(folder / "tiny.gguf").read_text() == f"{hashlib.sha256(DATA).hexdigest()}  tiny.gguf\n"
    assert leftovers(folder) == ["tiny.gguf", "tiny.gguf.sha256"]
    assert [method for method, _, _ in hub.asked] == ["GET", "GET"], "a file with a known hash needs no look-up"


def test_random_cuts_give_the_right_bytes(hub: Hub, folder: Path) -> None:
    """Every download is cut again and again: before the answer, in the middle, at the last byte."""
    chance, failed = random.Random(7), 0
    for number in range(50):
        data = chance.randbytes(chance.choice((2, 1000, 65_536, 150_000)))
        model = hub.put(data, f"m{number}")
        hub.ranges, hub.chunked = number % 5 != 0, number % 5 == 1
        places = [(-1, 0, 1, *(1 + chance.randrange(len(data)) // 4 for _ in range(4))) for _ in range(12)]
        hub.faults[:] = [Fault(cut=chance.choice(place)) for place in places]
        while True:
            try:
                reports = get(model, folder, hub.source())
                break
            except HubError as error:
                failed += hub.ranges  # without ranges, a cut before the old place brings nothing
                assert "127.0.0.1" in str(error)
                assert not (folder / model.local).exists()
        assert reports[-1].state == "done"
        assert (folder / model.local).read_bytes() == data
    assert hub.cuts >= 300
    assert failed == 0, "giving up is for sources that bring nothing"


def test_a_crash_is_continued_where_it_stopped(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    steps = download(model, folder, [hub.source()], Event(), Patience(first=0.01))
    hub.faults[:] = [Fault(cut=30_000), Fault(cut=-1), Fault(cut=-1)]
    next(report for report in steps if report.done == 30_000)
    steps.close()  # what a killed process leaves is the same: the part
    (part,) = folder.glob("*.part")
    assert part.stat().st_size == 30_000
    hub.asked.clear()
    hub.faults.clear()
    reports = get(model, folder, hub.source())
    assert "checking" in {report.state for report in reports}
    assert hub.asked[-1][2] == "bytes=30000-"
    assert (folder / "tiny.gguf").read_bytes() == DATA


KILLED = """
import sys
from pathlib import Path
from threading import Event
from coach.llm.catalog import Model
from coach.llm.download import download
from coach.llm.hub import Source
size, sha256, base, folder = sys.argv[1:]
model = Model("tiny", "Tiny", "owner/tiny-GGUF", "tiny.gguf", int(size), sha256)
for report in download(model, Path(folder), [Source("mirror", base)], Event()):
    print(report.done, flush=True)
"""


def test_killing_the_process_loses_nothing(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.slow = 0.02
    for _ in range(3):
        command = [sys.executable, "-c", KILLED, str(model.size), model.sha256, hub.base, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            kept = [path.stat().st_size for path in folder.glob("*.part")]
            for line in process.stdout:
                if int(line) > sum(kept):
                    process.kill()
        assert not (folder / "tiny.gguf").exists()
    hub.slow = 0.0
    hub.asked.clear()
    assert get(model, folder, hub.source())[-1].state == "done"
    assert int(hub.asked[-1][2].removeprefix("bytes=").rstrip("-")) >= 3 * 4096
    assert (folder / "tiny.gguf").read_bytes() == DATA


@pytest.mark.parametrize("rest", [DATA[:500] + bytes(1000), DATA + b"more", bytes(len(DATA))])
def test_a_damaged_part_is_thrown_away(hub: Hub, folder: Path, rest: bytes) -> None:
    """After a power cut the end of a file may be zeros."""
    model = hub.put(DATA)
    folder.mkdir()
    part_path(folder, model.local, model.sha256).write_bytes(rest)
    assert get(model, folder, hub.source())[-1].state == "done"
    assert (folder / "tiny.gguf").read_bytes() == DATA


def test_a_source_that_ignores_ranges_loses_nothing(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.ranges = False
    hub.faults[:] = [Fault(cut=70_000), Fault(cut=20_000), Fault(cut=90_000)]
    reports = get(model, folder, hub.source())
    assert all(one.done <= two.done for one, two in pairwise(reports))
    assert (folder / "tiny.gguf").read_bytes() == DATA


def test_wrong_bytes_never_get_the_name(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.wrong = True
    with pytest.raises(HubError, match=r"sent wrong bytes.*SHA-256 of tiny\.gguf.*another source"):
        get(model, folder, hub.source())
    assert not (folder / "tiny.gguf").exists()


def test_the_next_source_goes_on_where_the_first_failed(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    with serve() as second:
        second.put(DATA)
        hub.faults[:] = [Fault(cut=40_000), *[Fault(status=403)] * 9]
        reports = get(model, folder, hub.source(), second.source(modelscope=True))
    assert reports[-1].source == second.source().host
    assert second.asked[-1][2] == "bytes=40000-"
    assert second.asked[0][1] == "/models/owner/tiny-GGUF/resolve/master/tiny.gguf"


def test_a_source_that_is_not_there_is_left_at_once(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    dead = Source("huggingface", "http://127.0.0.1:9")
    reports = get(model, folder, dead, hub.source())
    assert [report.state for report in reports].count("waiting") == 0
    assert reports[-1].state == "done"


@pytest.mark.parametrize(
    ("status", "message"),
    [(404, "does not have tiny.gguf"), (401, "without an account"), (403, "to everybody"), (418, "the error 418")],
)
def test_a_refusal_is_one_sentence(hub: Hub, folder: Path, status: int, message: str) -> None:
    model = hub.put(DATA)
    hub.faults[:] = [Fault(status=status)] * 9
    with pytest.raises(HubError, match=message):
        get(model, folder, hub.source())


def test_a_busy_source_is_asked_again_after_the_time_it_names(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.faults[:] = [Fault(status=429, headers={"Retry-After": "1"}), Fault(status=503), Fault(status=500)]
    reports = get(model, folder, hub.source())
    (waiting,) = [report for report in reports if report.state == "waiting"]
    assert waiting.seconds == 1.0
    assert "too often" in waiting.detail
    assert reports[-1].state == "done"


def test_a_source_that_is_busy_for_long_is_left(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.faults[:] = [Fault(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(HubError, match="too often"):
        get(model, folder, hub.source())


def test_a_source_that_sends_nothing_is_left(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.faults[:] = [Fault(cut=-1)] * 50
    with pytest.raises(HubError, match="can't be reached"):
        get(model, folder, hub.source())
    assert len(hub.faults) == 50 - TRIES


def test_a_login_page_is_no_model(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.faults[:] = [Fault(cut=5000), Fault(html=True)]
    with pytest.raises(HubError, match=r"something else than tiny\.gguf"):
        get(model, folder, hub.source())
    (part,) = folder.glob("*.part")
    assert part.read_bytes() == DATA[:5000]


def test_a_redirect_in_a_circle_ends(hub: Hub, folder: Path) -> None:
    hub.loop = True
    with pytest.raises(HubError, match="can't be reached"):
        get(hub.put(DATA), folder, hub.source())


def test_another_file_under_the_same_name_is_refused(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.files["owner/tiny-GGUF/tiny.gguf"] = DATA[:-1]
    with pytest.raises(HubError, match="something else than"):
        get(model, folder, hub.source())
    with connection() as client, pytest.raises(HubError, match="another file under the name"):
        look_up(client, hub.source(), model)


@pytest.mark.parametrize("modelscope", [False, True])
def test_an_unknown_hash_is_asked_of_the_hub_and_said(hub: Hub, folder: Path, modelscope: bool) -> None:
    model = hub.put(DATA, known=False)
    done = get(model, folder, hub.source(modelscope=modelscope))[-1]
    assert f"SHA-256 {hashlib.sha256(DATA).hexdigest()}, as 127.0.0.1" in done.detail
    assert (folder / "tiny.gguf").read_bytes() == DATA


@pytest.mark.parametrize("modelscope", [False, True])
def test_without_any_hash_nothing_is_downloaded(hub: Hub, folder: Path, modelscope: bool) -> None:
    hub.named = False
    with pytest.raises(HubError, match="no SHA-256"):
        get(hub.put(DATA, known=False), folder, hub.source(modelscope=modelscope))


@pytest.mark.parametrize("modelscope", [False, True])
def test_looking_up_a_file_that_is_not_there(hub: Hub, modelscope: bool) -> None:
    model = Model("none", "None", "owner/none", "none.gguf")
    with connection() as client, pytest.raises(HubError, match=r"does not have none\.gguf"):
        look_up(client, hub.source(modelscope=modelscope), model)


def test_a_hub_that_names_a_wrong_hash_is_found_out(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA, known=False)
    hub.lie = bytes(len(DATA))
    with pytest.raises(HubError, match="wrong bytes"):
        get(model, folder, hub.source())


def test_pausing_keeps_the_part(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.slow = 0.01
    stop, states = Event(), list[Pull]()
    for report in download(model, folder, [hub.source()], stop, NOW):
        states.append(report)
        if report.done:
            stop.set()
    assert states[-1].state == "paused"
    assert 0 < states[-1].done < len(DATA)
    hub.slow = 0.0
    assert get(model, folder, hub.source())[-1].state == "done"


def test_pausing_while_waiting_takes_effect_at_once(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.faults[:] = [Fault(status=429, headers={"Retry-After": "200"})]
    stop = Event()
    steps = download(model, folder, [hub.source()], stop, NOW)
    next(report for report in steps if report.state == "waiting")
    stop.set()
    assert [report.state for report in steps] == ["paused"]


class FullDisk:
    """A file on a disk with so much room; the last write is a short one."""

    def __init__(self, file: object, room: int) -> None:
        self._file, self._room = file, room

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._file.write(data[: self._room])  # type: ignore[attr-defined]
        self._room -= written
        return written


def test_a_disk_that_fills_up_keeps_what_is_there(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = hub.put(DATA)
    begin = Part.__init__

    def full(self: Part, *args: object) -> None:
        begin(self, *args)  # type: ignore[arg-type]
        self._file = FullDisk(self._file, 12_345)  # type: ignore[assignment]

    with monkeypatch.context() as patch:
        patch.setattr(Part, "__init__", full)
        with pytest.raises(ModelError, match=r"disk of .* is full.*Make room"):
            get(model, folder, hub.source(), hub.source())
    (part,) = folder.glob("*.part")
    assert part.read_bytes() == DATA[:12_345]
    assert get(model, folder, hub.source())[-1].state == "done"
    assert (folder / "tiny.gguf").read_bytes() == DATA


def test_a_disk_without_room_is_said_before(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_module, "MARGIN", 1 << 60)
    with pytest.raises(ModelError, match=r"on the disk of .* are free"):
        get(hub.put(DATA), folder, hub.source())
    assert not [path for _, path, _ in hub.asked if path.startswith("/cdn")]


def test_two_windows_do_not_write_one_file(hub: Hub, folder: Path) -> None:
    model = hub.put(DATA)
    hub.slow = 0.01
    first = download(model, folder, [hub.source()], Event(), NOW)
    next(report for report in first if report.done)
    with pytest.raises(ModelError, match="another window or terminal"):
        get(model, folder, hub.source())
    assert [report.state for report in first][-1] == "done"


def test_a_folder_that_can_not_be_written(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="can't be written"):
        get(hub.put(DATA), tmp_path / "file", hub.source())


def test_a_part_with_wrong_bytes_refuses_its_name(tmp_path: Path) -> None:
    with Part(tmp_path, "x.gguf", "0" * 64, 3) as part:
        part.write(b"abc")
        with pytest.raises(ModelError, match="does not get its name"):
            part.finish()


def test_the_order_of_the_sources() -> None:
    assert [source.host for source in sources("auto", {})] == ["huggingface.co", "hf-mirror.com", "modelscope.cn"]
    own = sources("auto", {"HF_ENDPOINT": "https://hub.example.org/"})
    assert [source.host for source in own] == ["hub.example.org", "modelscope.cn"]
    assert [source.host for source in sources("modelscope", {})] == ["modelscope.cn"]
    with pytest.raises(ModelError, match="no source 'ftp'"):
        sources("ftp", {})


def test_a_proxy_that_can_not_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(HubError, match="ALL_PROXY"), connection():
        pass


def test_retry_after_reads_seconds_and_dates() -> None:
    assert retry_after("12", lambda: 0.0) == 12.0
    assert retry_after("Thu, 01 Jan 1970 00:01:00 GMT", lambda: 20.0) == 40.0
    assert retry_after("soon", lambda: 0.0) == retry_after("", lambda: 0.0) == 0.0


def test_speed_is_of_the_last_seconds() -> None:
    speed = Speed()
    assert speed.add(1000, 0.0)
    assert not speed.add(1000, 0.1)
    assert speed.add(1000, 1.0)
    assert speed.rate == 2000
    speed.add(50, 100.0)
    speed.add(50, 101.0)
    assert speed.rate == 50
