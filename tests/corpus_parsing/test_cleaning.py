"""What is dropped, by which rule, and what has to survive."""

import pytest

from coach.corpus.parsing import parse
from coach.records import Document, Parsed

ANSWER = "## 什么是 LoRA？\n\nLoRA 用低秩矩阵表示权重的增量。\n\n"


def run(text: str, kept: frozenset[str] = frozenset()) -> Parsed:
    return parse(Document(text=text), name="a.md", kept=kept)


ADVERTISING = [
    "加微信号：abcd1234 进群，备注：城市+方向",
    "微信搜索公众号：某某算法笔记，后台回复：面试",
    "想进交流群的同学可以扫码添加小助手微信",
    "我们建了一个大模型技术交流群，欢迎加入",
    "扫描下方二维码，关注公众号领取资料",
    "长按识别二维码加入知识星球",
    "QQ群：123456789",
    "vx: llm_coach_2031",
    "如果觉得有帮助，记得点赞、收藏、关注",
    "喜欢的话点个在看，一键三连支持一下",
    "关注公众号【某某实验室】，回复「面经」免费获取题库",
    "免费领取大模型面试题资料",
    "训练营限时优惠，立即报名",
    "《大模型通关宝典》（2031版）正式发布！",
    "重磅来袭！《算法面试八股》上线",
    "商务合作请联系邮箱",
    "本文会同步更新在公众号上",
    "人满可以加小编微信：abcd_1234 拉你进群",
    "技术交流群：见文末",
    "点个关注不迷路",
    "私信回复 666 领取源码",
]


@pytest.mark.parametrize("line", ADVERTISING)
def test_advertising_is_dropped(line: str):
    parsed = run(f"{ANSWER}{line}\n")
    assert [dropped.text for dropped in parsed.dropped] == [line]
    assert parsed.dropped[0].line_no == 5
    assert parsed.sections[0].answer == "LoRA 用低秩矩阵表示权重的增量。"


CONTENT = [
    "微信的看一看用双塔模型做召回。",
    "微信：日活超过十亿的社交产品，推荐系统要考虑社交关系。",
    "公众号文章的推荐要考虑关注关系和阅读时长。",
    "用户行为包括点击、点赞、收藏、转发和关注，它们的权重不同。",
    "怎样设计微信红包系统？",
    "扫码登录的流程是：网页生成二维码，手机扫描后确认。",
    "群聊场景下，每个用户的消息要带上发言人。",
    "训练营销文案生成模型时要控制风格。",
    "版权内容的过滤是预训练数据清洗的一步。",
    "推荐系统分召回、粗排、精排、重排四层。",
    "目录结构决定了检索的粒度，也影响切块。",
    "优惠券的发放是一个带约束的优化问题。",
    "客服机器人要能判断用户是否需要人工，并备注会话原因。",
    "分享一下我的思路：先看瓶颈在计算还是在访存。",
    "交流电和直流电的区别与本题无关。",
    "关注度高的词元在注意力矩阵里权重大。",
    "评论区的文本通常很短，需要做情感分类。",
    "作者认为残差连接让梯度更容易传播。",
    "来源：用户日志；特征：时间、地点。",
    "1. 资料收集：整理领域文档。",
    "- 福利分析：社会福利函数的形式。",
    "可以添加微信登录作为第三方认证方式。",
    "抖音：TikTok 的推荐链路分为召回和排序。",
    "把群聊消息输入群组模型之前要脱敏。",
    "推荐：延迟敏感时用 HNSW。",
    "如果用户点赞了视频，就把它当作正样本。",
    "用户点击、下载和购买课程都是正反馈。",
    "未经许可使用受版权保护的数据有法律风险。",
    "对侵权内容要能及时删除。",
    "后台自动回复关键词匹配的结果。",
    "课程报名助手要调用三个工具。",
    "备注字段缺失时用公司名称补齐。",
    "汇总：三种方法各有取舍。",
    "- 点赞",
    "- 公众号：图文推荐",
    "喜欢科幻片的用户会分享给好友，这是社交传播。",
    "效果不错，用户收藏率提高了两个点。",
    "网关把请求转发一下，再记录为什么选这个模型。",
    "如果要扫描数据 key，需要在 key 前添加前缀。",
    "加入交叉注意力之后，讨论群体差异更容易。",
]


@pytest.mark.parametrize("line", CONTENT)
def test_content_survives(line: str):
    parsed = run(f"{ANSWER}{line}\n\n更多内容，见下一段的分析。\n\n第三段继续。\n" + "又一段。\n" * 8)
    assert not parsed.dropped
    assert line in parsed.sections[0].answer


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("![架构图](https://example.org/a.png)", "image"),
        ('<img src="a.png" width="50%">', "image"),
        ("[图片]", "image"),
        ("<!-- @include: ad.md -->", "markup"),
        ("<br/>", "markup"),
        ("点赞 12 收藏 34 分享", "chrome"),
        ("阅读 1.2万", "chrome"),
        ("发布于 2024-05-01 10:00", "chrome"),
        ("上一篇：梯度下降", "chrome"),
        ("阅读原文", "chrome"),
        ("版权声明：本文为博主原创文章，遵循 CC 4.0 BY-SA 版权协议", "copyright"),
        ("著作权归作者所有，转载请注明出处", "copyright"),
        ("© 2024 某某社区 All rights reserved", "copyright"),
        ("第 3 页 共 10 页", "page number"),
        ("- 12 -", "page number"),
        ("[另一篇文章](https://example.org/b)", "link"),
        ("- [点击查看答案](https://example.org/c)", "link"),
        ("[TOC]", "contents"),
        ("Answer here", "placeholder"),
    ],
)
def test_furniture_is_dropped_by_rule(line: str, rule: str):
    parsed = run(f"{ANSWER}{line}\n\n结尾的内容。\n")
    assert [(dropped.text, dropped.rule) for dropped in parsed.dropped] == [(line, rule)]
    assert parsed.sections[0].answer.endswith("结尾的内容。")


def test_the_frame_of_a_saved_page():
    top = "# 面试题\n\n最新推荐文章于 2031-06-01 发布\n\n原创\n\n已于 2031-05-20 修改 · 3.2k 阅读\n\n·\n\n45\n\n"
    top += "文章标签：#面试\n\n"
    bottom = "\n赞同 1234\n23 条评论\n分享\n收藏\n推荐阅读\n一文看懂显存\n"
    parsed = run(f"{top}{ANSWER}{bottom}")
    assert [(section.question, section.answer) for section in parsed.sections] == [
        ("什么是 LoRA？", "LoRA 用低秩矩阵表示权重的增量。")
    ]
    assert len(parsed.dropped) == 12


def test_table_of_contents_of_anchors():
    text = "# 面试题\n\n## 目录\n\n- [什么是 A？](#什么是-a)\n- [什么是 B？](#什么是-b)\n\n## 什么是 A？\n\n甲。\n"
    parsed = run(text + "\n## 什么是 B？\n\n乙。\n")
    assert [dropped.line_no for dropped in parsed.dropped] == [3, 5, 6]
    assert [section.question for section in parsed.sections] == ["什么是 A？", "什么是 B？"]


def test_table_of_contents_of_plain_lines():
    contents = "1. 什么是甲？\n2. 什么是乙？\n3. 什么是丙？\n\n"
    parsed = run(contents + "1. 什么是甲？\n答甲一。\n\n2. 什么是乙？\n答乙一。\n\n3. 什么是丙？\n答丙一。\n")
    assert [dropped.line_no for dropped in parsed.dropped] == [1, 2, 3]
    assert [section.answer for section in parsed.sections] == ["答甲一。", "答乙一。", "答丙一。"]


def test_follow_up_links_are_no_table_of_contents():
    block = "**追问**：\n\n- [什么是 B？](#什么是-b)\n- [什么是 C？](other.md#什么是-c)\n- 为什么不全量微调？（待补充）"
    parsed = run(f"{ANSWER}{block}\n\n## 什么是 B？\n\n乙。\n")
    assert not parsed.dropped
    assert parsed.sections[0].answer.endswith(block)


def test_follow_ups_that_are_links_and_do_not_ask_stay():
    parsed = run(f"{ANSWER}**追问**：\n\n- [LoRA 的秩](https://example.org/rank)\n- [权重合并](#merge)\n")
    assert parsed.dropped == ()
    assert "权重合并" in parsed.sections[0].answer


POINTS = ("核心思想", "训练方法", "适用场景")


@pytest.mark.parametrize(
    "first",
    [
        "\n".join(f"{n}. **{point}**：训练得少而快。" for n, point in enumerate(POINTS, 1)),
        "\n".join(f"{n}. {point}" for n, point in enumerate(POINTS, 1)),
    ],
)
def test_points_that_several_answers_name_are_no_table_of_contents(first: str):
    second = "\n\n".join(f"{n}. {point}\n\n说明。\n\n再说明。" for n, point in enumerate(POINTS, 1))
    parsed = run(f"# 面试题\n\n## 什么是 LoRA？\n\n{first}\n\n## 什么是 QLoRA？\n\n{second}\n")
    assert parsed.dropped == ()
    assert parsed.sections[0].answer == first


def test_recommended_articles_at_the_end():
    tail = "推荐阅读\n\n- 一文看懂注意力\n- 大模型面试二十问\n- [显存去哪了](https://example.org)\n"
    parsed = run(ANSWER + tail)
    assert {dropped.line_no for dropped in parsed.dropped} == {5, 7, 8, 9}


def test_tail_heading_without_advertising_is_content():
    parsed = run(
        "## 什么是评测？\n\n对比输出。\n\n### 延伸阅读\n\n可以先看基准的构造，再看评分的一致性，两者缺一不可。\n"
    )
    assert not parsed.dropped


def test_advertising_in_the_middle_drops_no_neighbour():
    parsed = run("问题1、什么是甲？\n甲是第一。\n加微信号：abcd1234 进群\n甲还有续。\n问题2、什么是乙？\n乙是第二。\n")
    assert [section.answer for section in parsed.sections] == ["甲是第一。\n甲还有续。", "乙是第二。"]
    assert [dropped.line_no for dropped in parsed.dropped] == [3]


def test_one_sentence_of_a_long_paragraph():
    long = "低秩分解把增量写成两个小矩阵的乘积，训练时只更新它们，推理时并回原权重，因此不增加时延。" * 2
    parsed = run(f"## 什么是 LoRA？\n\n{long}更多内容请关注公众号某某笔记。\n")
    assert parsed.sections[0].answer == long
    assert [dropped.text for dropped in parsed.dropped] == ["更多内容请关注公众号某某笔记。"]


def test_kept_lines_stay():
    line = "加微信号：abcd1234 进群"
    parsed = run(f"{ANSWER}{line}\n", kept=frozenset({line}))
    assert not parsed.dropped
    assert line in parsed.sections[0].answer


@pytest.mark.parametrize(
    "block",
    [
        "```text\n加微信号：abcd1234\n点赞\n```",
        "~~~\n扫码关注公众号\n~~~",
        "| 渠道 | 动作 |\n| --- | --- |\n| 公众号 | 关注公众号领取资料 |",
        "$$\n\\text{加微信号：abcd1234}\n$$",
        "\\begin{align}\n点赞 \\\\\n\\end{align}",
    ],
)
def test_code_tables_and_formulas_are_never_touched(block: str):
    parsed = run(f"{ANSWER}{block}\n")
    assert not parsed.dropped
    assert parsed.sections[0].answer.endswith(block)


def test_an_unclosed_fence_protects_nothing():
    parsed = run("## 什么是 A？\n\n```python\nx = 1\n\n## 什么是 B？\n\n乙。\n")
    assert [section.question for section in parsed.sections] == ["什么是 A？", "什么是 B？"]


def test_dropped_lines_of_the_reader_are_kept_on_record():
    from coach.records import DroppedLine

    header = DroppedLine(1, "页眉", "running header")
    parsed = parse(Document(text="\n## 什么是 A？\n\n甲。\n点赞 3\n", dropped=(header,)), name="a.pdf")
    assert [dropped.rule for dropped in parsed.dropped] == ["running header", "chrome"]
