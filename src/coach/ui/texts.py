"""Every text of the interface, in Chinese and English. Texts with `{names}` are filled with `str.format`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: Mapping[str, Language] = {"中文": "zh", "English": "en"}
"""What the switch shows → the language that it stands for."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The interface in one language; a field per text. `rules` names why cleaning leaves lines out."""

    title: str
    tagline: str
    chat: str
    library: str
    language: str

    ask_placeholder: str
    ask_label: str
    send: str
    stop: str
    clear: str
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
    rules: Mapping[str, str]


ZH = Texts(
    title="面试教练",
    tagline="从你自己的文章里找答案",
    chat="问答",
    library="资料库",
    language="界面语言",
    ask_placeholder="问一道面试题，例如：为什么注意力要除以 √d？",
    ask_label="你的问题",
    send="提问",
    stop="停止",
    clear="清空对话",
    copy="复制",
    copied="已复制",
    again="重新回答",
    welcome="今天想准备哪道题？",
    welcome_more="每个回答都来自你的文章，每个编号都能点开看原文。",
    examples="可以从这里开始",
    empty_corpus="还没有可以提问的文章。到“资料库”里添加或重新导入。",
    searching="正在查找相关段落…",
    writing="正在作答…",
    stopped="已停止",
    stopped_more="这是未写完的草稿，引用还没有核对。",
    failed="这次没能回答",
    unexpected="发生了意外错误，详情见终端窗口。可以再试一次。",
    abstained="你的文章里没有讲到这个问题",
    abstained_more="与其猜，不如说不知道。换个说法，或者看看这些文章里有答案的相近问题：",
    nearest="相近的问题",
    by_extractive="摘自你的文章",
    by_llm="由 {model} 撰写，引用已逐句核对",
    evidence="依据",
    evidence_cited="引用 {cited} 段",
    evidence_draft="找到 {found} 段",
    evidence_other="其他相关段落",
    evidence_weak="找到 {found} 段，但不足以回答",
    evidence_none="没有找到相关段落",
    evidence_about="回答引用的原文段落",
    show_passage="展开原文",
    question_of="题目",
    status="{articles} 篇文章 · {questions} 道题",
    status_extractive="摘录式回答（未使用语言模型）",
    status_llm="语言模型 {model}",
    status_local="全部在本机运行",
    status_warming="正在准备检索…",
    status_ingesting="正在导入文章 {done}/{total}：{article}",
    status_first="正在导入文章…",
    problems="有 {count} 个问题需要留意",
    library_title="资料库",
    library_about="教练只从这些文章里作答。点开一篇，看它被拆成了哪些题目和段落，又去掉了哪些行。",
    reingest="重新导入",
    reingesting="正在导入…",
    ingest_progress="{done}/{total} · {article}",
    ingest_done="导入完成",
    ingest_failed="导入没有完成",
    added="新增 {count}",
    updated="更新 {count}",
    unchanged="未变 {count}",
    removed="移除 {count}",
    failed_count="失败 {count}",
    no_articles="资料库还是空的。",
    column_title="文章",
    column_questions="题目",
    column_passages="段落",
    column_source="来源",
    column_when="导入时间",
    open_article="查看",
    choose_article="点一篇文章，在这里预览。",
    section_questions="题目 {count}",
    section_passages="段落 {count}",
    section_dropped="去掉的行 {count}",
    dropped_about="这些行被判为广告、群邀请、目录等，不会出现在回答里。",
    dropped_none="没有去掉任何行。",
    no_answer="文中没有答案",
    line="第 {line} 行",
    page="第 {page} 页",
    topics="主题",
    ask_this="问这道题",
    add="添加文章",
    add_files="文件（可多选）",
    add_title="标题（粘贴文字时用）",
    add_text="或者把文章粘贴到这里",
    add_button="添加",
    add_nothing="先选文件，或者粘贴文字。",
    delete="移出资料库",
    deleted_one="已移出《{title}》",
    deleted="已移出的文章 {count}",
    restore="放回",
    keep="保留这一行",
    rules={
        "byline": "作者与日期",
        "chrome": "按钮与界面文字",
        "contact": "联系方式",
        "contents": "目录",
        "copyright": "版权声明",
        "follow": "求关注",
        "group": "群邀请",
        "image": "图片",
        "link": "链接列表",
        "markup": "排版标记",
        "navigation": "导航",
        "offer": "资料推广",
        "page number": "页码",
        "placeholder": "占位文字",
        "promotion": "广告",
        "repeated": "重复的页眉页脚",
        "tail": "文末推广",
    },
)

EN = Texts(
    title="Interview Coach",
    tagline="Answers from your own articles",
    chat="Ask",
    library="Library",
    language="Interface language",
    ask_placeholder="Ask an interview question, e.g. why is attention divided by √d?",
    ask_label="Your question",
    send="Ask",
    stop="Stop",
    clear="Clear",
    copy="Copy",
    copied="Copied",
    again="Answer again",
    welcome="What would you like to prepare today?",
    welcome_more="Every answer comes from your articles; every number opens the passage behind it.",
    examples="Start with one of these",
    empty_corpus="There are no articles to ask about yet. Add or re-read some in the library.",
    searching="Looking for passages…",
    writing="Writing…",
    stopped="Stopped",
    stopped_more="This is an unfinished draft; its citations have not been checked.",
    failed="No answer this time",
    unexpected="Something unexpected went wrong; the terminal window has the details. You can try again.",
    abstained="Your articles don’t cover this question",
    abstained_more="Better to say so than to guess. Rephrase it, or try one of these, which your articles do answer:",
    nearest="Close questions",
    by_extractive="Quoted from your articles",
    by_llm="Written by {model}; every citation checked",
    evidence="Evidence",
    evidence_cited="{cited} cited",
    evidence_draft="{found} found",
    evidence_other="Also related",
    evidence_weak="{found} passages found, not enough to answer",
    evidence_none="No related passage was found",
    evidence_about="Passages that the answer cites",
    show_passage="Show the passage",
    question_of="Question",
    status="{articles} articles · {questions} questions",
    status_extractive="quoting answers (no language model)",
    status_llm="language model {model}",
    status_local="all on this computer",
    status_warming="getting search ready…",
    status_ingesting="Reading articles {done}/{total}: {article}",
    status_first="Reading articles…",
    problems="Problems to look at: {count}",
    library_title="Library",
    library_about="The coach answers from these articles alone. Open one to see its questions, its passages and the "
    "lines that were left out.",
    reingest="Re-read articles",
    reingesting="Reading…",
    ingest_progress="{done}/{total} · {article}",
    ingest_done="All articles read",
    ingest_failed="Reading the articles did not finish",
    added="{count} added",
    updated="{count} updated",
    unchanged="{count} unchanged",
    removed="{count} removed",
    failed_count="{count} failed",
    no_articles="The library is empty.",
    column_title="Article",
    column_questions="Questions",
    column_passages="Passages",
    column_source="Source",
    column_when="Read",
    open_article="View",
    choose_article="Choose an article to preview it here.",
    section_questions="Questions {count}",
    section_passages="Passages {count}",
    section_dropped="Left-out lines {count}",
    dropped_about="Judged to be advertising, group invitations, tables of contents …; they never appear in answers.",
    dropped_none="No line was left out.",
    no_answer="no answer in the article",
    line="line {line}",
    page="page {page}",
    topics="Topics",
    ask_this="Ask this",
    add="Add articles",
    add_files="Files",
    add_title="Title, for pasted text",
    add_text="Or paste an article here",
    add_button="Add",
    add_nothing="Choose files or paste text first.",
    delete="Remove from the library",
    deleted_one="Removed “{title}”",
    deleted="Removed articles {count}",
    restore="Put back",
    keep="Keep this line",
    rules={
        "byline": "author and date",
        "chrome": "buttons",
        "contact": "contact details",
        "contents": "table of contents",
        "copyright": "copyright notice",
        "follow": "asks to follow",
        "group": "group invitation",
        "image": "image",
        "link": "list of links",
        "markup": "layout marks",
        "navigation": "navigation",
        "offer": "offer of material",
        "page number": "page number",
        "placeholder": "placeholder",
        "promotion": "advertising",
        "repeated": "repeated header or footer",
        "tail": "closing advertising",
    },
)

TEXTS: Mapping[str, Texts] = {"zh": ZH, "en": EN}
