"""The tables of the manifest, as numbered migrations. A migration that was released is never edited."""

MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE articles (
        id TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        title TEXT NOT NULL,
        topics TEXT NOT NULL,
        language TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        parser INTEGER NOT NULL,
        ingested_at TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX articles_by_hash ON articles (content_hash);

    -- Every file or URL that holds an article: more than one when the same content lies in several places.
    CREATE TABLE sources (
        path TEXT PRIMARY KEY,
        article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX sources_by_article ON sources (article_id);

    CREATE TABLE questions (
        id TEXT PRIMARY KEY,
        article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        text TEXT NOT NULL,
        answer TEXT NOT NULL,
        topics TEXT NOT NULL,
        headings TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX questions_by_article ON questions (article_id, ordinal);

    CREATE TABLE passages (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        question_id TEXT REFERENCES questions (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        text TEXT NOT NULL,
        headings TEXT NOT NULL,
        line_no INTEGER NOT NULL,
        page INTEGER
    );
    CREATE INDEX passages_by_article ON passages (article_id, ordinal);

    -- Segmented words, one row a passage, rowid = passages.number.
    CREATE VIRTUAL TABLE passage_words
        USING fts5 (question, headings, body, tokenize = 'unicode61 remove_diacritics 0');
    CREATE VIRTUAL TABLE passage_vocabulary USING fts5vocab (passage_words, 'row');
    CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
        DELETE FROM passage_words WHERE rowid = old.number;
    END;

    -- Questions whose words are indexed, to find those that ask the same; `linked` = 0 waits for being compared.
    CREATE TABLE compared (
        number INTEGER PRIMARY KEY,
        question_id TEXT NOT NULL UNIQUE REFERENCES questions (id) ON DELETE CASCADE,
        linked INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX compared_pending ON compared (number) WHERE linked = 0;
    CREATE VIRTUAL TABLE compared_words USING fts5 (words, tokenize = 'unicode61 remove_diacritics 0');
    CREATE VIRTUAL TABLE compared_vocabulary USING fts5vocab (compared_words, 'row');
    CREATE TRIGGER compared_deleted AFTER DELETE ON compared BEGIN
        DELETE FROM compared_words WHERE rowid = old.number;
    END;

    -- Questions of different articles that ask the same; first < second, score in 0..1.
    CREATE TABLE question_links (
        first TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
        second TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
        score REAL NOT NULL,
        PRIMARY KEY (first, second)
    ) WITHOUT ROWID;
    CREATE INDEX question_links_by_second ON question_links (second);

    CREATE TABLE dropped (
        article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        line_no INTEGER NOT NULL,
        text TEXT NOT NULL,
        rule TEXT NOT NULL
    );
    CREATE INDEX dropped_by_article ON dropped (article_id, line_no);

    -- Dropped lines that the user wants to keep: remembered when the article is read again, also after a delete.
    CREATE TABLE kept (
        article_id TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (article_id, text)
    ) WITHOUT ROWID;

    -- Files that the user deleted from the coach (never from the disk). An undone delete keeps its row with undone = 1,
    -- so that the article gets its id back.
    CREATE TABLE excluded (
        path TEXT PRIMARY KEY,
        article_id TEXT NOT NULL,
        title TEXT NOT NULL,
        excluded_at TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;

    -- Files that could not be read, by content: not tried again until the file changes.
    CREATE TABLE failures (
        path TEXT PRIMARY KEY,
        content_hash TEXT NOT NULL,
        parser INTEGER NOT NULL,
        reason TEXT NOT NULL,
        failed_at TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- Without it, each question that goes makes SQLite look through all passages.
    CREATE INDEX passages_by_question ON passages (question_id, ordinal);
    """,
    """
    -- 1 (easy) to 3 (hard) as the article's front matter says; 0 if it says nothing.
    ALTER TABLE articles ADD COLUMN difficulty INTEGER NOT NULL DEFAULT 0;
    """,
)
