"""Joins the tabs to one page, and serves it."""

import socket
import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coach.config import Settings
from coach.errors import ServeError
from coach.ui import render
from coach.ui.background import Background
from coach.ui.chat import OPENED, ChatTab
from coach.ui.door import Door, guests, sign_in, whose
from coach.ui.downloads import routes
from coach.ui.interview import InterviewTab
from coach.ui.library import LibraryTab
from coach.ui.limits import Busy, Limits
from coach.ui.models import ModelsTab
from coach.ui.parts import KEYS, QUIET, STYLE, Updates, html
from coach.ui.practice import PracticeTab
from coach.ui.same_origin import SameOrigin
from coach.ui.settings import SettingsTab
from coach.ui.statics import Statics
from coach.ui.texts import LANGUAGES, TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

SANS = ["system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
MONO = ["ui-monospace", "SF Mono", "Cascadia Code", "Consolas", "Noto Sans Mono CJK SC", "monospace"]

TWICE = "(chosen) => [chosen, chosen]"
"""What the window alone has to do: no handler of Python is asked."""

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
)
"""The browser itself refuses to load anything from elsewhere. Gradio needs inline and evaluated scripts."""


WAITING, WINDOWS = 200, 500
"""Events that may wait in Gradio's queue, and windows whose state it keeps (for an hour after they close)."""


class ContentPolicy:
    """Adds the content security policy to every answer of the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the header to what comes back."""

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, with_policy)


class Page:
    """The page: header, tabs, language switch."""

    def __init__(self, coach: "Coach", background: Background, language: str) -> None:
        t = TEXTS[language]
        with gr.Blocks(title=t.title, analytics_enabled=False, fill_width=True) as self.blocks:
            with gr.Row(elem_classes="top"):
                self.header = html("header", render.header_html(t))
                self.language = gr.Radio(
                    list(LANGUAGES.items()), value=language, show_label=False, container=False, elem_classes="language"
                )
            self.remembered = gr.BrowserState(language, storage_key="coach-language", secret="coach")  # noqa: S106 - no secret
            self.manner = gr.BrowserState("friendly", storage_key="coach-manner", secret="coach")  # noqa: S106 - no secret
            with gr.Tabs(selected="chat", elem_classes="tabs-box") as self.tabs:
                with gr.Tab(t.chat, id="chat") as chat_tab:
                    self.chat = ChatTab(coach, background, self.language)
                self.interview = InterviewTab(coach, background, self.language)
                self.practice = PracticeTab(coach, self.language)
                with gr.Tab(t.library, id="library") as library_tab:
                    self.library = LibraryTab(coach, self.language)
                self.models = ModelsTab(coach, self.language)
                self.settings = SettingsTab(coach, background, self.language)
            self.labels: Mapping[Any, Mapping[str, str]] = {
                chat_tab: {"label": "chat"},
                library_tab: {"label": "library"},
                **self.chat.labels,
                **self.library.labels,
                **self.settings.labels,
            }
            self._connect(library_tab)
        for event in self.blocks.fns.values():
            event.api_visibility = "private"  # the page is no API; telling of one would be half of what is loaded

    def _connect(self, library_tab: gr.Tab) -> None:
        chat, library = self.chat, self.library
        self.chat.connect(also=[library.preview.submit])
        self.library.connect()
        self.practice.connect()
        shown_in_library = library.choose, [library.search, self.language], [library.chosen, *library.listed]
        starters = [library.progress.example_select, self.practice.board.submit]
        self.interview.connect(self.blocks, self.tabs, starters, shown_in_library)
        self.models.connect()
        self.settings.connect()
        library.preview.submit(lambda: gr.Tabs(selected="chat"), None, self.tabs, **QUIET)
        chosen = [library.chosen, library.search, self.language]
        self.blocks.load(chat.look, self.language, chat.seen, **QUIET)
        window = [chat.window, self.language]
        opened: dict[str, Any] = {"js": OPENED, "concurrency_limit": 20, "show_progress": "hidden"}
        self.blocks.load(chat.resume, [chat.opened, *window], chat.shown, **opened)
        self.tabs.select(chat.look, self.language, chat.seen, **QUIET)  # the model may have been changed on its tab
        library_tab.select(library.look, chosen, library.listed, **QUIET)
        self.blocks.load(None, self.remembered, self.language, js="(language) => language")
        manners = [self.settings.manner, self.interview.form.manner]
        self.blocks.load(None, self.manner, manners, js=TWICE)
        self.settings.manner.input(None, self.settings.manner, [self.manner, self.interview.form.manner], js=TWICE)
        self.language.input(lambda language: language, self.language, self.remembered, **QUIET)
        switched = self.language.change(self.relabel, self.language, [self.header, *self.labels], **QUIET)
        switched.then(chat.redraw, [chat.window, self.language], chat.drawn, **QUIET)
        switched.then(library.look, chosen, library.listed, **QUIET)

    def relabel(self, language: str) -> Updates:
        """Put every label into the chosen language."""
        t = TEXTS[language]
        labels = {
            component: gr.update(**{prop: getattr(t, name) for prop, name in texts.items()})
            for component, texts in self.labels.items()
        }
        return {self.header: render.header_html(t), **labels}


def theme() -> gr.themes.Base:
    """Return a plain theme with fonts of the system: none is fetched."""
    return gr.themes.Base(font=SANS, font_mono=MONO)


def free_port(host: str, port: int) -> int:
    """Return `port`, or a free one for 0.

    Raises:
        ServeError: The port is in use, or the host is not an address of this machine.
    """
    try:
        with socket.create_server((host, port)) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        raise ServeError(
            f"The page can't be served on {host}:{port} ({error.strerror or error}). "
            "Close the program that uses the port, or choose another with --port."
        ) from error


def launch(coach: "Coach", settings: Settings) -> tuple[gr.Blocks, str]:
    """Serve the page from a thread, begin the work behind it, and return the page and its address.

    Raises:
        ServeError: The address can't be used, or nobody may sign in.
    """
    users = guests(settings)
    if users:
        coach.people.whose = partial(whose, users)
    port = free_port(settings.host, settings.port)
    background = Background(coach)
    background.busy = True  # the page must not say "ready" before the work begins
    page = Page(coach, background, settings.language)
    page.blocks.queue(max_size=WAITING)
    _, address, _ = page.blocks.launch(
        server_name=settings.host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        inbrowser=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        max_file_size=settings.max_article_mb * 1024 * 1024,
        app_kwargs={
            "middleware": [
                Middleware(SameOrigin, host=settings.host, domain=settings.domain),
                Middleware(ContentPolicy),
                Middleware(Statics, language=settings.language),
                *([Middleware(Door, users=users), Middleware(Limits)] if users else [Middleware(Busy)]),
            ],
            "routes": routes(coach),
        },
        auth=sign_in(users) if users else None,
        state_session_capacity=WINDOWS,
        theme=theme(),
        css=STYLE,
        js=KEYS,
    )
    background.start()
    return page.blocks, address


def serve(settings: Settings) -> None:
    """Serve the page until it is interrupted.

    Raises:
        CoachError: The home or the address can't be used.
    """
    from coach.service import Coach

    with Coach(settings) as coach:
        blocks, address = launch(coach, settings)
        print(f"{TEXTS[settings.language].title}: {address}", flush=True)  # noqa: T201 - the one line to click on
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            blocks.close(verbose=False)
