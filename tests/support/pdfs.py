"""PDF files for tests, written by reportlab."""

import io
from collections.abc import Callable, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Preformatted

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))

BODY = ParagraphStyle("body", fontName=FONT, fontSize=11, leading=17, wordWrap="CJK", firstLineIndent=22)
HEADING = ParagraphStyle("heading", parent=BODY, fontSize=16, leading=22, firstLineIndent=0, spaceBefore=10)
TITLE = ParagraphStyle("title", parent=BODY, fontSize=22, leading=30, firstLineIndent=0)
ENGLISH = ParagraphStyle("english", fontName="Times-Roman", fontSize=11, leading=14, spaceAfter=8)
CODE = ParagraphStyle("code", fontName="Courier", fontSize=9, leading=11)


def chinese(style: ParagraphStyle, *texts: str) -> list[Flowable]:
    """Paragraphs."""
    return [Paragraph(text, style) for text in texts]


def code(text: str) -> Flowable:
    """Lines in a typewriter face."""
    return Preformatted(text, CODE)


def document(
    story: Sequence[Flowable],
    *,
    columns: int = 1,
    decorate: Callable[[Canvas, int], None] = lambda canvas, page: None,
    encrypt: object = None,
    title: str = "",
) -> bytes:
    """A document of flowing text; `decorate` draws running headers and the like on each page."""
    file = io.BytesIO()
    width = (A4[0] - 144 - (columns - 1) * 24) / columns
    template = BaseDocTemplate(file, pagesize=A4, encrypt=encrypt, title=title)
    frames = [
        Frame(72 + at * (width + 24), 72, width, A4[1] - 144, leftPadding=0, rightPadding=0) for at in range(columns)
    ]
    template.addPageTemplates(PageTemplate(frames=frames, onPage=lambda canvas, doc: decorate(canvas, doc.page)))
    template.build(list(story))
    return file.getvalue()


def drawn(*pages: Callable[[Canvas], None], size: tuple[float, float] = A4) -> bytes:
    """A document whose pages are drawn by hand."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
