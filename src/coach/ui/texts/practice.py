"""The texts of the practice tab, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PracticeTexts:
    """The practice tab in one language; a field per text."""

    code: str
    tab: str
    title: str
    empty: str
    empty_more: str
    first: str
    another: str
    due: str
    due_none: str
    due_more: str
    review: str
    days: str
    streak: str
    questions: str
    interviews: str
    mean: str
    calendar: str
    calendar_about: str
    day: str
    day_none: str
    less: str
    more: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    mastery: str
    mastery_about: str
    topic_known: str
    topic_stale: str
    practise: str
    topics_more: str
    trend: str
    weak: str
    weak_about: str
    weak_none: str
    ask_it: str
    weak_missed: str
    history: str
    history_score: str
    history_done: str
    unfinished: str
    no_score: str
    open: str
    go_on: str
    delete: str
    delete_ask: str
    delete_yes: str
    delete_no: str
    history_more: str
    topics_and: str


ZH = PracticeTexts(
    code="zh",
    tab="练习",
    title="练习记录",
    empty="还没有练习记录",
    empty_more="做完第一场模拟面试，这里会有：每天练了多少、各主题掌握得怎样、哪些题该复习、最薄弱的是哪几道。",
    first="去做第一场",
    another="再来一场面试",
    due="今天有 {count} 道题该复习",
    due_none="今天没有要复习的题",
    due_more="快要忘的、原文改过的会先问到。",
    review="开始今天的复习",
    days="练习天数",
    streak="连续天数",
    questions="答过的题",
    interviews="面试场数",
    mean="最近得分",
    calendar="练习日历",
    calendar_about="每一格是一天，颜色越深答的题越多",
    day="{day}：{count} 题",
    day_none="{day}：没有练习",
    less="少",
    more="多",
    weekdays=("一", "", "三", "", "五", "", "日"),
    months=("1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"),
    mastery="各主题掌握程度",
    mastery_about="最近一次得分 × 现在还记得的可能；越久没练，估计得越低。",
    topic_known="问过 {asked} / {total} 题",
    topic_stale="{count} 题的原文改过",
    practise="练这个",
    topics_more="其余 {count} 个主题",
    trend="历次得分",
    weak="最薄弱的题",
    weak_about="上次没答好的题，从掌握最差的开始。",
    weak_none="没有答得差的题。",
    ask_it="再答一次",
    weak_missed="漏了 {count} 点，比如：",
    history="面试记录",
    history_score="{score} 分",
    history_done="{done} / {planned} 题",
    unfinished="未结束",
    no_score="没有得分",
    open="看报告",
    go_on="继续",
    delete="删除",
    delete_ask="删除这场的对话和报告？复习安排会保留。",
    delete_yes="删除",
    delete_no="保留",
    history_more="更早的 {count} 场",
    topics_and="等 {count} 个主题",
)

EN = PracticeTexts(
    code="en",
    tab="Practice",
    title="Practice",
    empty="Nothing practised yet",
    empty_more="After the first mock interview you will find here: how much you practised each day, how well each "
    "topic is known, what is due for review, and which questions are weakest.",
    first="Start the first one",
    another="Start an interview",
    due="{count} {count:question is|questions are} due for review today",
    due_none="Nothing is due for review today",
    due_more="What you are about to forget, and what changed in the articles, comes first.",
    review="Start today’s review",
    days="days practised",
    streak="days in a row",
    questions="questions answered",
    interviews="interviews",
    mean="latest score",
    calendar="Practice calendar",
    calendar_about="One square a day; the darker, the more questions",
    day="{day}: {count} {count:question|questions}",
    day_none="{day}: no practice",
    less="less",
    more="more",
    weekdays=("Mon", "", "Wed", "", "Fri", "", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    mastery="Mastery by topic",
    mastery_about="Last score × the chance that you still know it: what was not practised for long counts less.",
    topic_known="{asked} of {total} asked",
    topic_stale="{count} changed in the articles",
    practise="Practise",
    topics_more="{count} more {count:topic|topics}",
    trend="Scores so far",
    weak="Weakest questions",
    weak_about="What was not answered well the last time, the worst first.",
    weak_none="There is no question that went badly.",
    ask_it="Answer again",
    weak_missed="{count} missed, such as: ",
    history="Interviews",
    history_score="{score}",
    history_done="{done} of {planned} questions",
    unfinished="not finished",
    no_score="no score",
    open="Report",
    go_on="Go on",
    delete="Delete",
    delete_ask="Delete this talk and its report? The review schedule stays.",
    delete_yes="Delete",
    delete_no="Keep",
    history_more="{count} earlier",
    topics_and="and {count} more",
)

PRACTICE_TEXTS: Mapping[str, PracticeTexts] = {"zh": ZH, "en": EN}
