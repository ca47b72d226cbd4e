"""A scraped post: promotion in front, six `问题N、` lines, the first unanswered, lone list marks, a long tail."""

from coach.corpus.parsing import parse
from coach.corpus.passages import split
from coach.records import Document, Parsed

POST = """\
上周,我们星球办了一场算法岗面试讨论会,请来几位大厂朋友和刚参加完秋招的同学,围绕热门话题做了深入的讨论。
汇总合集
《算法岗通关宝典》(2031版) 发布!
问题1、Qwen 和 Baichuan 的区别。
问题2、Dropout 和 DropPath 什么区别。
Dropout 随机丢掉单个神经元的输出;
DropPath 随机丢掉整条残差支路,
因此常用在很深的残差网络里。
问题3、GPT 的上下文长度是怎么决定的。
上下文长度由位置编码的外推能力、训练时的序列长度和显存共同决定。
问题4、LoRA 和 Adapter 的区别。
LoRA 把增量写成两个低秩矩阵的乘积,推理时可以并回原权重:
-
不增加推理时延,因为并回之后层数没有变化。
-
只训练低秩矩阵,优化器状态也随之变小。
问题5、分组查询注意力会减少计算量吗?
分组查询注意力减少的是键值缓存的大小,
O(n^2d) 的注意力计算量不变。
问题6、推荐系统里怎样缓解曝光偏差?
可以采用以下几种办法:
(1)逆倾向加权:按曝光概率的倒数给样本加权。
(2)随机流量:留一小部分流量随机展示,例如微信视频号的探索流量。
(3)对抗训练:让表示与曝光位置无关。
技术交流
行业资讯、算法竞赛、求职内推、面试交流(校招、社招)等,与 8000+来自名校名企的开发者互动交流~
我们建了大模型面试交流群, 需要源码的可以直接加微信号:abcd9876。加的时候备注一下:方向 +学校+昵称,即可。
方式①、微信搜索公众号:某某算法社区,后台回复:进群
方式②、添加微信号:abcd9876,备注:技术交流
一文看懂大模型系列
-
重磅来袭!《算法岗通关宝典》(2031版) 发布!
-
一文看懂大模型:从零搭一个检索问答
-
一文看懂大模型:显存到底花在哪里
-
一文看懂大模型:九个好用的微调框架
"""


def parsed() -> Parsed:
    return parse(Document(text=POST), name="post.txt")


def test_six_questions_the_first_unanswered():
    questions = [section for section in parsed().sections if section.question]
    assert [section.question for section in questions] == [
        "Qwen 和 Baichuan 的区别。",
        "Dropout 和 DropPath 什么区别。",
        "GPT 的上下文长度是怎么决定的。",
        "LoRA 和 Adapter 的区别。",
        "分组查询注意力会减少计算量吗?",
        "推荐系统里怎样缓解曝光偏差?",
    ]
    assert [bool(section.answer) for section in questions] == [False, True, True, True, True, True]
    assert all(section.question for section in parsed().sections)


def test_every_line_is_kept_or_on_record():
    lines = POST.split("\n")
    dropped = {line.line_no for line in parsed().dropped}
    assert dropped == {1, 2, 3} | set(range(lines.index("技术交流") + 1, len(lines)))
    for line in parsed().dropped:
        assert line.text == lines[line.line_no - 1]
        assert line.rule


def test_no_passage_holds_advertising():
    texts = [chunk.text for section in parsed().sections for chunk in split(section, size=60)]
    assert texts
    for word in ("宝典", "星球", "交流", "abcd9876", "一文看懂", "合集"):
        assert not any(word in text for text in texts), word


def test_content_that_names_wechat_stays_and_lists_keep_their_items():
    answers = {section.question: section.answer for section in parsed().sections}
    assert "微信视频号的探索流量" in answers["推荐系统里怎样缓解曝光偏差?"]
    assert "- 不增加推理时延" in answers["LoRA 和 Adapter 的区别。"]
