"""What a language of the interface holds: a field per text."""

from collections.abc import Mapping
from dataclasses import dataclass


class Count(int):
    """A number that chooses between singular and plural: `{n} {n:article|articles}`; other formats are those of int."""

    def __format__(self, spec: str) -> str:
        """Return the first word of `one|many` for 1, else the second."""
        one, bar, many = spec.partition("|")
        return (one if self == 1 else many) if bar else super().__format__(spec)


@dataclass(frozen=True, slots=True)
class Texts:
    """The interface in one language; a field per text. `rules` names why cleaning leaves lines out."""

    code: str
    title: str
    tagline: str
    chat: str
    library: str
    language: str

    ask_placeholder: str
    ask_label: str
    send: str
    stop: str
    copy: str
    copied: str
    again: str

    welcome: str
    welcome_more: str
    examples: str
    empty_corpus: str

    searching: str
    writing: str
    stopped: str
    stopped_more: str
    failed: str
    unexpected: str
    abstained: str
    abstained_more: str
    nearest: str
    by_extractive: str
    by_llm: str

    evidence: str
    evidence_cited: str
    evidence_draft: str
    evidence_other: str
    evidence_weak: str
    evidence_none: str
    evidence_about: str
    show_passage: str
    question_of: str

    status: str
    status_extractive: str
    status_llm: str
    status_local: str
    status_warming: str
    status_ingesting: str
    status_first: str
    problems: str

    library_title: str
    library_about: str
    reingest: str
    reingesting: str
    ingest_progress: str
    ingest_done: str
    ingest_failed: str
    added: str
    updated: str
    unchanged: str
    removed: str
    failed_count: str
    no_articles: str
    column_title: str
    column_questions: str
    column_passages: str
    column_source: str
    column_when: str
    open_article: str
    choose_article: str
    section_questions: str
    section_passages: str
    section_dropped: str
    dropped_about: str
    dropped_none: str
    no_answer: str
    line: str
    page: str
    topics: str
    ask_this: str
    add: str
    add_files: str
    add_title: str
    add_text: str
    add_button: str
    add_nothing: str
    delete: str
    deleted_one: str
    deleted: str
    restore: str
    keep: str
    add_folder: str
    folder_nothing: str
    add_url: str
    reading_stop: str
    reading_stopping: str
    reading_stopped: str
    time_left: str
    seconds: str
    minutes: str
    questions_added: str
    questions_changed: str
    questions_removed: str
    questions_same: str
    and_more: str
    quiz: str
    search_label: str
    search_placeholder: str
    no_match: str
    rows_more: str
    column_status: str
    state_ok: str
    state_missing: str
    state_failed: str
    missing: str
    missing_about: str
    prune: str
    contradictions: str
    contradictions_about: str
    linked: str
    open_web: str
    copy_path: str
    settings: str
    refusal_title: str
    refusal_about: str
    refusal_label: str
    rate_answers: str
    rate_answers_about: str
    rate_refusals: str
    rate_refusals_about: str
    rates_measuring: str
    rates_none: str
    rates_axis: str
    manner_title: str
    manner_about: str
    eval_title: str
    eval_about: str
    eval_run: str
    eval_running: str
    eval_empty: str
    eval_first: str
    eval_five: str
    eval_ten: str
    eval_mrr: str
    eval_retrieval: str
    eval_refusal: str
    eval_citations: str
    eval_exact: str
    eval_own: str
    conversations: str
    new_conversation: str
    find_conversation: str
    no_conversations: str
    no_conversation_match: str
    conversations_more: str
    days_0: str
    days_1: str
    days_7: str
    days_more: str
    rename: str
    rename_label: str
    rename_save: str
    cancel: str
    export: str
    conversation_delete: str
    conversation_deleted: str
    undo: str
    more_of: str
    show_list: str
    earlier_exchanges: str
    edit_question: str
    edit_send: str
    preview_note: str
    wait_place: str
    wait_seconds: str
    sources: str
    asked_label: str
    local_line: str
    no_model: str
    no_model_go: str
    to_interview: str
    data_title: str
    data_about: str
    data_copy: str
    backup: str
    restore_from: str
    restore_about: str
    restore_ask: str
    restore_go: str
    erase: str
    erase_about: str
    erase_word: str
    erase_label: str
    erase_wrong: str
    keys_title: str
    close: str
    rules: Mapping[str, str]
    kinds: Mapping[str, str]
    rankings: Mapping[str, str]
    keys: Mapping[str, str]
