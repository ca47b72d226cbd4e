"""What the interviewer says, without a language model: templates by manner and language, several of each, seeded.

Pure: the same interview gives the same words. Nothing here has the reference answer in hand.
"""

import random

from coach.talk.events import Language, Manner
from coach.talk.interview import Interview, Line

Kind = str
_ZH: dict[Manner, dict[Kind, tuple[str, ...]]] = {
    "friendly": {
        "first": ("你好，很高兴见到你。我们从这道题开始：{text}", "欢迎！放轻松，先聊这个：{text}"),
        "question": ("好，我们看下一题：{text}", "接下来想听听你的想法：{text}", "换个话题：{text}"),
        "repeat": ("没问题，我再说一遍：{text}", "题目是：{text}"),
        "hint": ("给你一个小提示：{text}", "再给一点线索：{text}"),
        "no_hint": ("提示就到这里了，试着按自己的理解说说看。", "没有更多提示了，想到多少说多少。"),
        "follow_up": ("再往下聊一点：{text}", "我想多问一句：{text}"),
        "feedback": ("谢谢你的回答，这题先到这里。", "好的，这题我们记下了。"),
        "passed": ("没关系，这题先放一放，要点在下面。", "好，那我们先跳过它，回头再看。"),
        "end": ("今天就到这里，辛苦了！报告已经准备好。", "面试结束，谢谢你。来看看报告吧。"),
    },
    "strict": {
        "first": ("开始。{text}", "直接进入第一题：{text}"),
        "question": ("下一题：{text}", "继续：{text}", "下一个问题：{text}"),
        "repeat": ("问题是：{text}", "请听清：{text}"),
        "hint": ("提示：{text}", "只给这个提示：{text}"),
        "no_hint": ("没有提示了，请作答。", "不再提示。"),
        "follow_up": ("追问：{text}", "这里不够：{text}"),
        "feedback": ("这题结束。", "到此为止，下一步。"),
        "passed": ("这题没有作答。", "记为未答。"),
        "end": ("面试结束。结果见报告。", "到此结束，请看报告。"),
    },
    "panel": {
        "first": ("我是技术面试官，和两位同事一起面试你。第一题：{text}", "三位面试官都到了，我们开始：{text}"),
        "question": (
            "（算法面试官）下一题：{text}",
            "（工程面试官）我来问一题：{text}",
            "（部门负责人）我想了解：{text}",
        ),
        "repeat": ("（主持人）再念一遍题目：{text}", "（主持人）题目是：{text}"),
        "hint": ("（主持人）给一点提示：{text}", "（算法面试官）提示一下：{text}"),
        "no_hint": ("（主持人）没有更多提示了，请继续。", "（主持人）请按你的理解回答。"),
        "follow_up": ("（算法面试官）追问一下：{text}", "（工程面试官）我补充问一句：{text}"),
        "feedback": ("（主持人）这题的评价已记录。", "（主持人）好，这题记录完毕。"),
        "passed": ("（主持人）这题先记为未答。", "（主持人）好，这题略过。"),
        "end": ("（主持人）面试结束，感谢参加。请看报告。", "（主持人）今天到这里，结果在报告里。"),
    },
}
_EN: dict[Manner, dict[Kind, tuple[str, ...]]] = {
    "friendly": {
        "first": ("Hello, good to meet you. Let's begin with this: {text}", "Welcome! Take your time: {text}"),
        "question": ("Let's go on: {text}", "I'd like to hear your thoughts on this: {text}", "Another topic: {text}"),
        "repeat": ("Sure, once more: {text}", "The question is: {text}"),
        "hint": ("A small hint: {text}", "This may help: {text}"),
        "no_hint": ("No more hints; just say what comes to mind.", "That was the last hint. Say what you know."),
        "follow_up": ("Let me ask a bit more: {text}", "One thing I'd like to hear more about: {text}"),
        "feedback": ("Thank you, that's it for this question.", "Thanks, noted."),
        "passed": (
            "No problem, let's leave it; the points are below.",
            "All right, we'll come back to it another time.",
        ),
        "end": (
            "That's all for today, thank you! Your report is ready.",
            "We are done, thank you. Here is the report.",
        ),
    },
    "strict": {
        "first": ("Let's begin. {text}", "First question: {text}"),
        "question": ("Next: {text}", "Next question: {text}", "Go on with this: {text}"),
        "repeat": ("The question was: {text}", "Again: {text}"),
        "hint": ("Hint: {text}", "One hint: {text}"),
        "no_hint": ("No more hints. Please answer.", "No hint."),
        "follow_up": ("Follow-up: {text}", "That was not complete: {text}"),
        "feedback": ("That closes this question.", "Noted."),
        "passed": ("No answer to this one.", "Noted as unanswered."),
        "end": ("The interview is over. See the report.", "Done. The results are in the report."),
    },
    "panel": {
        "first": ("I chair this panel of three. First question: {text}", "The panel is complete; we begin: {text}"),
        "question": ("(Research) Next question: {text}", "(Engineering) My question: {text}", "(Head) Tell me: {text}"),
        "repeat": ("(Chair) Once more: {text}", "(Chair) The question is: {text}"),
        "hint": ("(Chair) A hint: {text}", "(Research) This may help: {text}"),
        "no_hint": ("(Chair) No more hints, please go on.", "(Chair) Please answer as you understand it."),
        "follow_up": ("(Research) A follow-up: {text}", "(Engineering) May I add: {text}"),
        "feedback": ("(Chair) Noted.", "(Chair) We have recorded this question."),
        "passed": ("(Chair) Noted as unanswered.", "(Chair) We leave that one."),
        "end": ("(Chair) The interview is over, thank you.", "(Chair) That is all; the report has the results."),
    },
}
TEMPLATES: dict[Language, dict[Manner, dict[Kind, tuple[str, ...]]]] = {"zh": _ZH, "en": _EN}
_CANDIDATE: dict[Language, dict[Kind, str]] = {
    "zh": {"answer": "{text}", "unknown": "我不知道。", "skip": "跳过这题。", "contest": "这一点我说过：{text}"},
    "en": {"answer": "{text}", "unknown": "I don't know.", "skip": "Skip this.", "contest": "I did say that: {text}"},
}


def spoken(interview: Interview, number: int) -> str:
    """Return line `number` of the talk in words."""
    line = interview.lines[number]
    plan = interview.plan
    if words := dict(interview.worded).get(number):
        return words
    if not by_interviewer(line):
        return _CANDIDATE[plan.language][line.kind].replace("{text}", line.text)
    kind: Kind = "first" if line.kind == "question" and line.round == 0 else line.kind
    if kind == "feedback" and not interview.rounds[line.round].answers:
        kind = "passed"
    variants = TEMPLATES[plan.language][plan.manner][kind]
    # The same template never twice in a row: the variants take turns from a seeded start.
    earlier = sum(1 for other in interview.lines[:number] if other.kind == line.kind)
    start = random.Random(f"{plan.seed}:{kind}").randrange(len(variants))  # noqa: S311 - words, not secrets
    return variants[(start + earlier) % len(variants)].replace("{text}", line.text)


def by_interviewer(line: Line) -> bool:
    """Whether the interviewer says a line."""
    return line.kind not in _CANDIDATE["zh"]
