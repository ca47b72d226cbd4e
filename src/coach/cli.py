"""The command line: parse, load settings, call one thing of the coach, print. Decides nothing."""

import argparse
import json
import logging
import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from coach import cli_backup, cli_users
from coach.cli_encoders import add_commands, run_encoder, run_reranker, show
from coach.config import Settings, load_settings
from coach.corpus.fetch import is_url
from coach.errors import CoachError, SettingsError
from coach.records import Answer, Done, IngestSummary, Progress, Text

if TYPE_CHECKING:
    from coach.service import Coach

EXIT_ERROR = 2
"""Exit code for everything that the user can mend."""
SHOWN = 10
"""Questions named in the summary of an ingest, of each kind."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `coach` command; return its exit code."""
    parser = argparse.ArgumentParser(prog="coach", description="Interview coach: grounded answers from your articles.")
    commands = parser.add_subparsers(dest="command", required=True)

    ingest = commands.add_parser("ingest", help="read new and changed articles")
    _add_ingest_flags(ingest)
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="print the checked answer as JSON")
    add_settings_flags(ask)
    serve = commands.add_parser("serve", help="serve the page")
    add_settings_flags(serve, page=True)
    doctor = commands.add_parser("doctor", help="what is installed, what would be used, what is missing")
    doctor.add_argument("--hubs", action="store_true", help="also ask whether the model hubs can be reached")
    add_settings_flags(doctor)

    measure = commands.add_parser("eval", help="measure retrieval, refusal and citations on your own articles")
    measure.add_argument("--json", action="store_true", help="print the figures as JSON")
    measure.add_argument("--questions", type=int, default=60, help="how many of them to try (default: 60)")
    measure.add_argument("--seed", type=int, default=0, help="another one tries other questions (default: 0)")
    add_settings_flags(measure)

    interview = commands.add_parser("interview", help="hold a mock interview here; with --resume, go on with the last")
    _add_interview_flags(interview)

    models = commands.add_parser("models", help="language models: list, download, choose, delete, test the speed")
    models.add_argument("action", nargs="?", choices=("list", "pull", "use", "remove", "test"), default="list")
    models.add_argument("name", nargs="?", metavar="NAME", help="a name of the list; to pull also OWNER/REPO/FILE.gguf")
    models.add_argument("--source", default="auto", help="auto, huggingface, mirror (HF_ENDPOINT) or modelscope")
    models.add_argument("--yes", action="store_true", help="delete without asking")
    add_settings_flags(models)

    add_commands(commands.add_parser, add_settings_flags)
    cli_backup.add_commands(commands.add_parser, add_settings_flags)
    cli_users.add_command(commands.add_parser, add_settings_flags)

    arguments = parser.parse_args(argv)
    acts = {
        "backup": lambda given: cli_backup.run_backup(settings_of(given), given.file),
        "restore": lambda given: cli_backup.run_restore(settings_of(given), given.file, yes=given.yes),
        "user": lambda given: cli_users.run_user(settings_of(given), given),
        "encoder": _meaning,
        "reranker": _meaning,
        "eval": _eval,
        "models": _models,
        "ingest": _ingest,
        "interview": _interview,
        "ask": _ask,
        "serve": _serve,
        "doctor": _doctor,
    }
    return run(lambda: acts[arguments.command](arguments))


def ingest_main(argv: Sequence[str] | None = None) -> int:
    """Run `python ingest.py`; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="ingest.py", description="Read new and changed articles into the coach's home. Never twice, never half."
    )
    _add_ingest_flags(parser)
    arguments = parser.parse_args(argv)
    return run(lambda: _ingest(arguments))


def run(act: Callable[[], int]) -> int:
    """Run a command: a `CoachError` becomes one line on stderr and exit code 2, Ctrl-C exit code 130."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        return act()
    except CoachError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        print("stopped; everything done so far is kept", file=sys.stderr)
        return 130
    except EOFError:  # it was to be asked first
        print("error: nobody answers here, so nothing is done. Say --yes if it is meant", file=sys.stderr)
        return EXIT_ERROR
    except BrokenPipeError:
        return 0


def add_settings_flags(parser: argparse.ArgumentParser, *, page: bool = False) -> None:
    """Add the flags that stand for settings; a flag that is not given leaves the setting alone."""
    parser.add_argument("--home", type=Path, help="folder for the coach's data (default: ~/.interview-coach)")
    parser.add_argument("--corpus", type=Path, help="folder of articles (default: corpus/)")
    parser.add_argument("--model", help="a GGUF file, the URL of an OpenAI-compatible server, 'auto' or 'none'")
    parser.add_argument("--encoder", help="'bundled', or a sentence-transformers name or folder")
    if page:
        parser.add_argument("--host", help="address to serve on (default: 127.0.0.1); another one needs --auth")
        parser.add_argument("--auth", action="store_true", default=None, help="let in only users of `coach user add`")
        parser.add_argument("--port", type=int, help="port to serve on (default: 7860)")
        parser.add_argument("--language", choices=("zh", "en"), help="language of the page (default: zh)")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Build settings from parsed flags."""
    names = ("home", "corpus", "encoder", "host", "port", "auth", "language")
    return load_settings(llm=arguments.model, **{name: getattr(arguments, name, None) for name in names})


def _add_ingest_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders or addresses (default: the corpus)")
    parser.add_argument("--allow-private", action="store_true", help="fetch from this machine and private networks too")
    parser.add_argument("--prune", action="store_true", help="remove articles whose files are gone")
    parser.add_argument("--watch", action="store_true", help="follow the corpus folder until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--quiet", action="store_true", help="print the summary only")
    add_settings_flags(parser)


def _ingest(arguments: argparse.Namespace) -> int:
    from coach.service import Coach

    with Coach(settings_of(arguments)) as coach:
        if arguments.watch:
            if arguments.paths:
                raise SettingsError("--watch follows the corpus folder alone. Leave the paths out, or give --corpus.")
            return _watch(coach, prune=arguments.prune)
        if coach.encoders.pending:
            coach.encoders.begin()
        private = arguments.allow_private
        paths = [coach.fetch(path, private=private) if is_url(path) else path for path in arguments.paths]
        for progress in coach.ingest(paths or None, prune=arguments.prune):
            if not arguments.json and not (arguments.quiet or (progress.status == "unchanged" and not progress.reason)):
                print(f"[{progress.done}/{progress.total}] {_change(progress)}")
        if coach.encoders.busy and not (arguments.json or arguments.quiet):
            show(coach)
        coach.encoders.wait()
        summary = coach.last_ingest or IngestSummary()
        status = coach.status()
    if arguments.json:
        print(json.dumps(asdict(summary), ensure_ascii=False, indent=2))
        return 0
    print(
        f"{len(summary.added)} added, {len(summary.changed)} updated, {len(summary.removed)} removed, "
        f"{len(summary.failed)} failed; {len(summary.questions_added)} questions new, "
        f"{len(summary.questions_changed)} changed, {len(summary.questions_removed)} gone. "
        f"Now {status.articles} articles, {status.questions} questions, {status.passages} passages."
    )
    for sign, questions in (
        ("+", summary.questions_added),
        ("~", summary.questions_changed),
        ("-", summary.questions_removed),
    ):
        for question in questions[:SHOWN]:
            print(f"  {sign} {_printable(question.text)}")
        if len(questions) > SHOWN:
            print(f"  {sign} … and {len(questions) - SHOWN} more; --json has all")
    if summary.missing:
        print(f"{len(summary.missing)} articles have no file any more and are kept; --prune removes them.")
    return 0


def _watch(coach: "Coach", *, prune: bool) -> int:
    """Print one line for each change, until Ctrl-C."""
    print(f"following {coach.settings.corpus}; Ctrl-C ends", flush=True)
    try:
        for progress in coach.watch(threading.Event(), prune=prune):
            print(_change(progress), flush=True)
    except KeyboardInterrupt:
        print("stopped following; everything done so far is kept")
    return 0


def _change(progress: Progress) -> str:
    return f"{progress.status} {_printable(progress.article)}{': ' if progress.reason else ''}{progress.reason}"


def _ask(arguments: argparse.Namespace) -> int:
    from coach.service import Coach

    with Coach(settings_of(arguments)) as coach:
        if not coach.status().passages:
            for _ in coach.ingest():
                pass
        coach.heal()
        for event in coach.ask(arguments.question):
            if isinstance(event, Text) and not arguments.json:
                print(event.text, end="", flush=True)
            elif isinstance(event, Done):
                done = event
    print(json.dumps(asdict(done.answer), ensure_ascii=False, indent=2) if arguments.json else _sources(done.answer))
    return 0


def _sources(answer: Answer) -> str:
    lines = [""]
    if answer.note:
        lines += ["", answer.note, "", answer.text]
    lines += [f"  - {question.text}" for question in answer.nearest]
    for number in sorted({citation.number for citation in answer.citations}):
        passage = next(citation.passage for citation in answer.citations if citation.number == number)
        lines.append(f"[{number}] {passage.title} · {passage.question} ({_printable(passage.source)})")
    return "\n".join(lines)


def _eval(arguments: argparse.Namespace) -> int:
    from coach.evaluate import evaluate, table
    from coach.service import Coach

    with Coach(settings_of(arguments)) as coach:
        if not coach.status().passages:
            for _ in coach.ingest():
                pass
        report = evaluate(coach, questions=arguments.questions, seed=arguments.seed)
    print(json.dumps(asdict(report), ensure_ascii=False, indent=2) if arguments.json else table(report))
    return 0


def _add_interview_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resume", action="store_true", help="go on with the latest interview that is not over")
    parser.add_argument("--count", type=int, default=5, help="questions (default: 5)")
    parser.add_argument("--topic", action="append", default=[], help="a topic to ask about; may be given several times")
    parser.add_argument("--difficulty", choices=("adaptive", "easy", "medium", "hard"), default="adaptive")
    parser.add_argument("--manner", choices=("friendly", "strict", "panel"), default="friendly")
    parser.add_argument("--source", choices=("all", "new", "due"), default="all", help="which questions (default: all)")
    parser.add_argument("--minutes", type=float, default=0.0, help="time limit (default: none)")
    parser.add_argument("--text", type=Path, help="a file with a job description or résumé: its terms pick the topics")
    parser.add_argument("--seed", type=int, help="the same seed asks the same questions")
    parser.add_argument("--language", choices=("zh", "en"), help="language of the interviewer (default: zh)")
    add_settings_flags(parser)


def _interview(arguments: argparse.Namespace) -> int:
    from coach.service import Coach
    from coach.talk.events import Plan
    from coach.terminal import Terminal

    try:
        text = arguments.text.read_text(encoding="utf-8", errors="replace") if arguments.text else ""
    except OSError as error:
        raise SettingsError(f"The file {arguments.text} can't be read ({error.strerror}). Choose another.") from error
    with Coach(settings_of(arguments)) as coach:
        if not coach.status().passages:
            for _ in coach.ingest():
                pass
        plan = Plan(
            count=arguments.count,
            topics=tuple(arguments.topic),
            difficulty=arguments.difficulty,
            language=coach.settings.language,
            minutes=arguments.minutes,
            manner=arguments.manner,
            source=arguments.source,
            text=text,
            seed=secrets.randbelow(2**31) if arguments.seed is None else arguments.seed,
        )
        Terminal(coach.interviews, sys.stdin, sys.stdout).run(None if arguments.resume else plan)
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from coach.ui.page import serve

    serve(settings_of(arguments))
    return 0


def _meaning(arguments: argparse.Namespace) -> int:
    from coach.service import Coach

    act = run_encoder if arguments.command == "encoder" else run_reranker
    with Coach(settings_of(arguments)) as coach:
        return act(coach, arguments.action, arguments.name)


def _models(arguments: argparse.Namespace) -> int:
    from coach.service import Coach

    action, name = arguments.action, arguments.name
    if (action in ("list", "test")) == bool(name):
        raise SettingsError(f"`coach models {action}` takes {'no' if name else 'a'} NAME. `coach models` lists them.")
    with Coach(settings_of(arguments)) as coach:
        if action == "pull":
            return _pull(coach, name, arguments.source)
        if action == "use":
            coach.use_model(name)
            print(f"answers are written with {coach.status().model or 'no model: they are quoted'}, also from now on")
        elif action == "remove":
            if not arguments.yes and input(f"Delete {name} from the disk? [y/N] ").strip().lower() not in ("y", "yes"):
                return 0
            coach.remove_model(name)
            print(f"deleted {name}")
        elif action == "test":
            _test_model(coach.settings)
        else:
            _list_models(coach)
    return 0


def _test_model(settings: Settings) -> None:
    from coach.llm.models import self_test
    from coach.llm.setup import told
    from coach.ui.render_models import pace
    from coach.ui.texts.models import EN

    print("measuring; takes about 20 seconds …", flush=True)
    tuned = self_test(settings)
    print(f"{pace(tuned, EN)}\nused from the next start on: {told(tuned.setup)}")


def _list_models(coach: "Coach") -> None:
    from coach.ui.render_models import size

    for info in coach.models():
        notes = ["recommended"] if info.recommended else []
        notes += ["in use" if info.running else "installed"] if info.path else []
        notes += [f"{info.pull.state} at {size(info.pull.done)}"] if info.pull else []
        notes += [f"can't be used: {info.problem}"] if info.problem else []
        memory = f"needs {size(info.needed)} of memory" if info.needed else ""
        line = f"{_printable(info.name):14}{size(info.size):>8}  {memory:26}{info.licence:12}{'; '.join(notes)}"
        print(line.rstrip())


def _pull(coach: "Coach", name: str, source: str) -> int:
    """Show the progress: in one line that is written over, or line by line where the output is no terminal."""
    from coach.ui.render_models import duration, size
    from coach.ui.texts.models import EN

    shown, begin, end = "", *(("\r\x1b[K", "") if sys.stdout.isatty() else ("", "\n"))
    for pull in coach.pull(name, source):
        line = f"{pull.state} {size(pull.done)} of {size(pull.total) if pull.total else '?'} {pull.source}".rstrip()
        if pull.speed and pull.seconds is not None:
            line += f", {size(int(pull.speed))}/s,{duration(pull.seconds, EN)} left"
        line += f": {pull.detail}" if pull.detail else ""
        if begin or pull.state != shown:
            print(begin + line, end=end, flush=True)
        shown = pull.state
    print("" if not begin else "\n", end="")
    print(f"installed; `coach models use {name}` chooses it if another one was chosen before")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from coach.doctor import examine

    checks = examine(settings_of(arguments), hubs=arguments.hubs)
    for check in checks:
        mend = f"\n       mend: {check.mend}" if check.mend else ""
        print(f"{check.state:8}{check.name}: {check.detail}{mend}")
    return EXIT_ERROR if any(check.state == "broken" for check in checks) else 0


def _printable(name: str) -> str:
    """A file name in one line, whatever it holds."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
