"""What the page's links download: a conversation as Markdown, a back-up of everything. Read only; knows no Gradio."""

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from coach.backup import back_up
from coach.errors import CoachError
from coach.shelf import safe_name
from coach.ui.texts import TEXTS
from coach.ui.transcript import transcript

if TYPE_CHECKING:
    from coach.service import Coach


def routes(coach: "Coach") -> list[Route]:
    """Return the addresses below `coach/` that the page links to."""

    def conversation(request: Request) -> Response:
        t = TEXTS.get(request.query_params.get("language", ""), TEXTS["en"])
        try:
            user = request.scope.get("coach.user")
            store = coach.people.of(user.folder).conversations if user else coach.conversations
            found = store.load(request.path_params["name"])
        except CoachError as error:
            return PlainTextResponse(str(error), status_code=500)
        if not found.exchanges:
            return PlainTextResponse(t.no_conversations, status_code=404)
        return PlainTextResponse(
            transcript(found, t), headers=attachment(f"{found.title}.md"), media_type="text/markdown; charset=utf-8"
        )

    def everything(_: Request) -> Response:
        name = f"coach-{datetime.now().astimezone():%Y-%m-%d-%H%M}.zip"
        folder = Path(tempfile.mkdtemp(dir=coach.settings.home))
        gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        try:
            back_up(coach.settings, folder / name)
        except CoachError as error:
            return PlainTextResponse(str(error), status_code=500, background=gone)
        return FileResponse(folder / name, headers=attachment(name), background=gone)

    return [Route("/coach/conversation/{name}", conversation), Route("/coach/backup", everything)]


def attachment(name: str) -> dict[str, str]:
    """Return the headers that let a browser save an answer under a name, whatever letters it holds."""
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(safe_name(name))}",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
