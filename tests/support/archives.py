"""Word documents and e-books for tests: the parts that are needed, and whatever a test puts in their place."""

import io
import zipfile
from urllib.parse import quote

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
CONTAINER = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def claiming(name: str, content: bytes, size: int) -> bytes:
    """An archive of one file, whose directory claims another size than the file has."""
    data = bytearray(zipped({name: content}))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


def docx(body: str, **parts: str) -> bytes:
    """A Word document from the XML of its body; `parts` are further files below word/ (`numbering=…`)."""
    document = f"<w:document {W} {M}><w:body>{body}</w:body></w:document>"
    return zipped({"word/document.xml": document, **{f"word/{name}.xml": text for name, text in parts.items()}})


def epub(chapters: dict[str, str], *, metadata: str = "", manifest: str = "", spine: str = "", **files: str) -> bytes:
    """An e-book; chapters are file name → XHTML body, in reading order unless `spine` says another."""
    items = "".join(
        f'<item id="c{at}" href="{quote(name)}" media-type="application/xhtml+xml"/>'
        for at, name in enumerate(chapters)
    )
    references = spine or "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    package = f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata
    xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata><manifest>{items}{manifest}</manifest>
    <spine>{references}</spine></package>"""
    pages = {
        f"OEBPS/{name}": '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body>{body}</body></html>'
        for name, body in chapters.items()
    }
    fixed = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/content.opf": package}
    return zipped(fixed | pages | files)
