"""Articles that the user deleted from the coach: their files are never touched, and not ingested until undone."""

from datetime import UTC, datetime

from coach.index.manifest import Manifest


class Exclusions:
    """Deleting with undo, over the manifest's tables."""

    def __init__(self, manifest: Manifest) -> None:
        """Work on a manifest."""
        self._manifest = manifest

    def paths(self) -> frozenset[str]:
        """Paths that ingest passes over."""
        return frozenset(row[0] for row in self._manifest.rows("SELECT path FROM excluded WHERE undone = 0"))

    def former_ids(self) -> dict[str, str]:
        """Article ids that paths get back when they are ingested again."""
        return {row["path"]: row["article_id"] for row in self._manifest.rows("SELECT path, article_id FROM excluded")}

    def listed(self) -> list[tuple[str, str, str]]:
        """Deleted articles as (article id, title, when), newest first."""
        rows = self._manifest.rows(
            "SELECT DISTINCT article_id, title, excluded_at FROM excluded WHERE undone = 0 ORDER BY excluded_at DESC"
        )
        return [(row["article_id"], row["title"], row["excluded_at"]) for row in rows]

    def exclude(self, article_id: str) -> bool:
        """Delete an article from the coach; return whether there was one."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._manifest.write() as connection:
            found = connection.execute(
                """INSERT OR REPLACE INTO excluded (path, article_id, title, excluded_at)
                   SELECT s.path, a.id, a.title, ?
                   FROM sources s JOIN articles a ON a.id = s.article_id WHERE a.id = ?""",
                (now, article_id),
            ).rowcount
        for path, known in self._manifest.known().items():
            if known.article_id == article_id:
                self._manifest.remove_source(path)
        return found > 0

    def include(self, article_id: str) -> list[str]:
        """Undo: return the paths to ingest again."""
        with self._manifest.write() as connection:
            rows = connection.execute("SELECT path FROM excluded WHERE article_id = ?", (article_id,)).fetchall()
            connection.execute("UPDATE excluded SET undone = 1 WHERE article_id = ?", (article_id,))
        return [row[0] for row in rows]
