"""The texts of the interview tab, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InterviewTexts:
    """The interview tab in one language; a field per text."""

    tab: str
    title: str
    about: str
    start: str
    go_on: str
    go_on_title: str
    go_on_about: str
    finish_it: str
    settings: str
    topics: str
    topics_about: str
    topics_more: str
    topics_fewer: str
    count: str
    count_unit: str
    minutes: str
    minutes_none: str
    minutes_unit: str
    difficulty: str
    manner: str
    source: str
    articles: str
    articles_placeholder: str
    spoken: str
    any_language: str
    text: str
    text_placeholder: str
    none_fits: str
    none_new: str
    none_articles: str
    none_due: str
    elsewhere: str
    gone: str
    waiting: str
    question: str
    question_at: str
    follow_up: str
    follow_up_from: str
    talk: str
    interviewer: str
    you: str
    hearing: str
    time: str
    time_of: str
    pause: str
    resume: str
    paused: str
    end: str
    end_ask: str
    end_yes: str
    end_no: str
    aloud: str
    keys: str
    keys_title: str
    key_send: str
    key_hint: str
    key_unknown: str
    key_skip: str
    key_repeat: str
    key_pause: str
    key_box: str
    key_keys: str
    answer_label: str
    answer_placeholder: str
    now_asked: str
    send: str
    hint: str
    unknown: str
    skip: str
    repeat: str
    dictate: str
    dictate_stop: str
    points: str
    points_so_far: str
    points_count: str
    score: str
    covered: str
    partial: str
    missed: str
    contradicted: str
    said: str
    source_says: str
    contest: str
    contested: str
    contest_nothing: str
    improve_contradicted: str
    improve_missed: str
    improve_partial: str
    improve_all: str
    improve_nothing: str
    improve_unknown: str
    reference: str
    passages: str
    report: str
    report_stopped: str
    report_time: str
    report_none: str
    report_summary: str
    dimensions: str
    coverage: str
    correctness: str
    depth: str
    clarity: str
    coverage_about: str
    correctness_about: str
    depth_about: str
    clarity_about: str
    by_topic: str
    trend: str
    strongest: str
    weakest: str
    reading: str
    reading_about: str
    each: str
    your_answer: str
    hints_used: str
    answered: str
    outcome_unknown: str
    outcome_skipped: str
    outcome_unanswered: str
    export: str
    export_markdown: str
    export_html: str
    export_anki: str
    again_weak: str
    another: str
    levels: Mapping[str, str]
    manners: Mapping[str, str]
    sources: Mapping[str, str]


ZH = InterviewTexts(
    tab="模拟面试",
    title="模拟面试",
    about="从你的文章里出题，按要点对照原文，没说到的会追问，最后给出报告。",
    start="开始面试",
    go_on="继续这场面试",
    go_on_title="有一场没结束的面试",
    go_on_about="第 {number} / {count} 题 · {topic} · {when}",
    finish_it="结束它，看报告",
    settings="更多设置",
    topics="考哪些主题",
    topics_about="不选就是全部",
    topics_more="全部 {count} 个主题",
    topics_fewer="只看常见主题",
    count="几道题",
    count_unit="{count} 题",
    minutes="限时",
    minutes_none="不限",
    minutes_unit="{count} 分钟",
    difficulty="难度",
    manner="面试官",
    source="题目来自",
    articles="哪些文章",
    articles_placeholder="选一篇或几篇",
    spoken="题目语言",
    any_language="不限",
    text="贴上岗位描述或简历（可选）",
    text_placeholder="按里面提到的技术来选题。只在本机使用。",
    none_fits="按现在的设置没有题可出。放宽主题、来源或题目语言，或者去掉贴上的文字再试。",
    none_new="没有新增且带答案的题目。",
    none_articles="先选一篇文章，或者把“题目来自”改回“全部”。",
    none_due="现在没有到期要复习的题。过几天再来，或者换一个来源。",
    elsewhere="这场面试已在另一个窗口继续，这里已更新到最新一步；你写的内容还在。",
    gone="这场面试已经不在了，可能是在别处删掉的。",
    waiting="文章正在导入，马上就能出题…",
    question="第 {number} 题",
    question_at="第 {number} / {count} 题",
    follow_up="追问",
    follow_up_from="追问依据的原文",
    talk="面试对话",
    interviewer="面试官",
    you="你",
    hearing="正在对照要点…",
    time="用时",
    time_of="{limit} 分钟",
    pause="暂停",
    resume="继续",
    paused="已暂停，计时停下了。",
    end="结束",
    end_ask="现在结束并看报告？",
    end_yes="结束",
    end_no="接着答",
    aloud="朗读",
    keys="快捷键",
    keys_title="快捷键",
    key_send="提交回答",
    key_hint="要提示",
    key_unknown="不知道",
    key_skip="跳过",
    key_repeat="再说一遍题目",
    key_pause="暂停或继续",
    key_box="回到回答框",
    key_keys="打开或收起这张表",
    answer_label="你的回答",
    answer_placeholder="像在面试里那样说。写到一半也会自动保存。",
    now_asked="现在回答",
    send="提交回答",
    hint="提示",
    unknown="不知道",
    skip="跳过",
    repeat="重复题目",
    dictate="语音输入",
    dictate_stop="停止语音",
    points="要点对照",
    points_so_far="目前说到的要点",
    points_count="{made} / {count} 个要点",
    score="得分",
    covered="说到了",
    partial="说到一部分",
    missed="没说到",
    contradicted="说反了",
    said="你说",
    source_says="原文",
    contest="这一点我说过",
    contested="按你的原话算作说到了",
    contest_nothing="在你的回答里找不到和这一点相关的话，没法记下。",
    improve_contradicted="先改正：你说“{said}”，原文是“{source}”",
    improve_missed="先补上：{point}",
    improve_partial="先把这一点说全：{point}",
    improve_all="要点都说到了。",
    improve_nothing="回答没有碰到这题的要点，先读一遍参考答案。",
    improve_unknown="这题先读一遍参考答案，过几天会再问你。",
    reference="参考答案",
    passages="原文段落",
    report="面试报告",
    report_stopped="提前结束",
    report_time="时间到",
    report_none="这场没有答完的题，所以没有得分。",
    report_summary="{done} 题 · 用时 {time}",
    dimensions="四个维度",
    coverage="覆盖",
    correctness="正确",
    depth="深度",
    clarity="清晰",
    coverage_about="说到的要点占全部要点",
    correctness_about="说对的占说到的",
    depth_about="数字、公式、对比和被追问的要点",
    clarity_about="不冗长、不重复、没有口头禅的句子",
    by_topic="各主题",
    trend="历次得分",
    strongest="答得最好",
    weakest="最该补的",
    reading="建议读这些原文",
    reading_about="漏掉的要点就在这些段落里，点开到资料库里看。",
    each="逐题回看",
    your_answer="你的回答",
    hints_used="用了 {count} 次提示",
    answered="已作答",
    outcome_unknown="不知道",
    outcome_skipped="跳过",
    outcome_unanswered="没来得及答",
    export="导出",
    export_markdown="Markdown",
    export_html="HTML（可打印）",
    export_anki="Anki 卡片",
    again_weak="把没答好的再练一遍",
    another="再来一场",
    levels={"adaptive": "随表现调整", "easy": "容易", "medium": "中等", "hard": "难"},
    manners={"friendly": "温和", "strict": "严格", "panel": "大厂三人组"},
    sources={"all": "全部", "new": "没练过的", "due": "到期复习", "articles": "指定文章"},
)

EN = InterviewTexts(
    tab="Interview",
    title="Mock interview",
    about="Asks from your articles, holds each answer against the text point by point, follows up on what was left "
    "out, and ends with a report.",
    start="Start",
    go_on="Go on with it",
    go_on_title="An interview is not finished",
    go_on_about="Question {number} of {count} · {topic} · {when}",
    finish_it="End it and show the report",
    settings="More settings",
    topics="Topics",
    topics_about="none chosen means all",
    topics_more="All {count} topics",
    topics_fewer="Common topics only",
    count="Questions",
    count_unit="{count}",
    minutes="Time limit",
    minutes_none="none",
    minutes_unit="{count} min",
    difficulty="Difficulty",
    manner="Interviewer",
    source="Questions from",
    articles="Which articles",
    articles_placeholder="Choose one or several",
    spoken="Language of the questions",
    any_language="any",
    text="Paste a job description or résumé (optional)",
    text_placeholder="The technology it names picks the questions. It stays on this computer.",
    none_fits="No question fits these settings. Choose more topics, another source or language, or leave the pasted "
    "text out.",
    none_new="No question with an answer was added.",
    none_articles="Choose an article first, or set “Questions from” back to “all”.",
    none_due="Nothing is due for review now. Come back in a few days, or choose another source.",
    elsewhere="This interview went on in another window; you now see its latest turn. What you wrote is still here.",
    gone="This interview is no longer there; it may have been deleted elsewhere.",
    waiting="The articles are being read; questions will be ready in a moment…",
    question="Question {number}",
    question_at="Question {number} of {count}",
    follow_up="Follow-up",
    follow_up_from="The text behind this follow-up",
    talk="The interview",
    interviewer="Interviewer",
    you="You",
    hearing="Holding it against the key points…",
    time="Time used",
    time_of="{limit} min",
    pause="Pause",
    resume="Go on",
    paused="Paused; the clock stands still.",
    end="End",
    end_ask="End now and show the report?",
    end_yes="End",
    end_no="Keep going",
    aloud="Read aloud",
    keys="Keys",
    keys_title="Keys",
    key_send="Send the answer",
    key_hint="Ask for a hint",
    key_unknown="I don’t know",
    key_skip="Skip",
    key_repeat="Repeat the question",
    key_pause="Pause or go on",
    key_box="Back to the answer",
    key_keys="Show or hide this list",
    answer_label="Your answer",
    answer_placeholder="Say it as you would in the room. It is saved while you write.",
    now_asked="Answer this",
    send="Send",
    hint="Hint",
    unknown="I don’t know",
    skip="Skip",
    repeat="Repeat",
    dictate="Dictate",
    dictate_stop="Stop dictating",
    points="Key points",
    points_so_far="Points made so far",
    points_count="{made} of {count} points",
    score="Score",
    covered="covered",
    partial="partly",
    missed="missed",
    contradicted="contradicted",
    said="You said",
    source_says="The text",
    contest="I did say that",
    contested="Counted, by your words",
    contest_nothing="Nothing in your answer has to do with this point, so there are no words to note.",
    improve_contradicted="First put this right: you said “{said}”, the text says “{source}”",
    improve_missed="First add: {point}",
    improve_partial="First say this in full: {point}",
    improve_all="Every point was made.",
    improve_nothing="The answer touches none of the points; read the reference answer first.",
    improve_unknown="Read the reference answer; you will be asked again in a few days.",
    reference="Reference answer",
    passages="Passages",
    report="Report",
    report_stopped="ended early",
    report_time="time was up",
    report_none="No question was finished, so there is no score.",
    report_summary="{done} {done:question|questions} · {time}",
    dimensions="Four dimensions",
    coverage="Coverage",
    correctness="Correctness",
    depth="Depth",
    clarity="Clarity",
    coverage_about="points made, of all points",
    correctness_about="said rightly, of what was said",
    depth_about="figures, formulas, comparisons, follow-ups",
    clarity_about="sentences that are short, new and to the point",
    by_topic="By topic",
    trend="Scores so far",
    strongest="Strongest",
    weakest="Needs most work",
    reading="Read these passages",
    reading_about="They hold the points that were missed. Each opens in the library.",
    each="Question by question",
    your_answer="Your answer",
    hints_used="{count} {count:hint|hints} used",
    answered="answered",
    outcome_unknown="did not know",
    outcome_skipped="skipped",
    outcome_unanswered="not answered in time",
    export="Export",
    export_markdown="Markdown",
    export_html="HTML to print",
    export_anki="Anki cards",
    again_weak="Again with the weak ones",
    another="Another interview",
    levels={"adaptive": "adaptive", "easy": "easy", "medium": "medium", "hard": "hard"},
    manners={"friendly": "friendly", "strict": "strict", "panel": "panel of three"},
    sources={"all": "all", "new": "new ones", "due": "due ones", "articles": "articles"},
)

INTERVIEW_TEXTS: Mapping[str, InterviewTexts] = {"zh": ZH, "en": EN}
