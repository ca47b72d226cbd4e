"""The shapes that interview articles come in: each text with the questions and the start of the answers it holds."""

import pytest

from coach.corpus.parsing import parse
from coach.records import Document

Found = list[tuple[str, str]]


def found(text: str, name: str = "article.md") -> Found:
    parsed = parse(Document(text=text), name=name)
    return [(section.question, section.answer) for section in parsed.sections if section.question]


SHAPES: dict[str, tuple[str, Found]] = {
    "labelled": (
        "问题1、什么是梯度裁剪？\n按范数缩放梯度。\n问题2、Warmup 的作用。\n避免初期步长过大。",
        [("什么是梯度裁剪？", "按范数缩放梯度。"), ("Warmup 的作用。", "避免初期步长过大。")],
    ),
    "label without number": (
        "面试题：什么是困惑度？\n答：交叉熵的指数。\n\n面试题：什么是 BLEU？\n答：n-gram 精度。",
        [("什么是困惑度？", "交叉熵的指数。"), ("什么是 BLEU？", "n-gram 精度。")],
    ),
    "traditional characters": (
        "問題1、什麼是梯度裁剪？\n按範數縮放梯度。\n問題2、LSTM 和 GRU 的區別\n參考答案：門的數目。",
        [("什麼是梯度裁剪？", "按範數縮放梯度。"), ("LSTM 和 GRU 的區別", "門的數目。")],
    ),
    "label with colon and spaces": (
        "面试题 3: ALiBi 怎么外推？\n加线性偏置。\n\n面试题 4: NTK 插值是什么？\n改 base。",
        [("ALiBi 怎么外推？", "加线性偏置。"), ("NTK 插值是什么？", "改 base。")],
    ),
    "label in brackets": (
        "【面试题1】什么是 KV cache？\n缓存键和值。\n【面试题2】什么是 GQA？\n多头共享键值。",
        [("什么是 KV cache？", "缓存键和值。"), ("什么是 GQA？", "多头共享键值。")],
    ),
    "label alone, question on the next line": (
        "### 问题 1\n\n什么是混合精度？\n\n半精度计算，单精度累加。\n\n"
        "### 问题 2\n\n什么是 loss scaling？\n\n放大损失。",
        [("什么是混合精度？", "半精度计算，单精度累加。"), ("什么是 loss scaling？", "放大损失。")],
    ),
    "Q and A lines": (
        "Q: 什么是 BPE？\nA: 反复合并最频繁的字节对。\n\nQ: 词表大小怎么选？\nA: 看压缩率和显存。",
        [("什么是 BPE？", "反复合并最频繁的字节对。"), ("词表大小怎么选？", "看压缩率和显存。")],
    ),
    "numbered Q and A": (
        "Q1：什么是 MoE？\nA1：稀疏激活的专家。\nQ2：负载怎么均衡？\nA2：加辅助损失。",
        [("什么是 MoE？", "稀疏激活的专家。"), ("负载怎么均衡？", "加辅助损失。")],
    ),
    "Q and A on one line": (
        "Q: 什么是温度？ A: 缩放 logits 的系数。\nQ: 什么是 top-p？ A: 按累计概率截断。",
        [("什么是温度？", "缩放 logits 的系数。"), ("什么是 top-p？", "按累计概率截断。")],
    ),
    "bold Q and A": (
        "**Q1: What is dropout?**\n\n**A:** Masking.\n\n**Q2: Why does it help?**\n\n**A:** Averaging.",
        [("What is dropout?", "Masking."), ("Why does it help?", "Averaging.")],
    ),
    "bold label only": (
        "**Q：**什么是蒸馏？\n**A：**小模型学大模型的分布。\n\n**Q：**温度有什么用？\n**A：**软化分布。",
        [("什么是蒸馏？", "小模型学大模型的分布。"), ("温度有什么用？", "软化分布。")],
    ),
    "dialogue": (
        "面试官：你了解 PPO 吗？\n候选人：它限制策略更新的幅度。\n\n面试官：clip 有什么作用？\n候选人：截断比率。",
        [("你了解 PPO 吗？", "它限制策略更新的幅度。"), ("clip 有什么作用？", "截断比率。")],
    ),
    "headings with numbers": (
        "# 微调\n\n## 3.1 为什么要 LoRA？\n\n省显存。\n\n### 3.1.1 秩怎么选？\n\n看任务。\n\n"
        "## 3.2 什么是 QLoRA？\n\n量化。",
        [("为什么要 LoRA？", "省显存。"), ("秩怎么选？", "看任务。"), ("什么是 QLoRA？", "量化。")],
    ),
    "chapters with questions": (
        "# 面试题\n\n## 一、基础\n\n### 1. 什么是过拟合？\n\n泛化差。\n\n"
        "## 二、进阶\n\n### 1. 什么是标签平滑？\n\n软化标签。",
        [("什么是过拟合？", "泛化差。"), ("什么是标签平滑？", "软化标签。")],
    ),
    "headings of which some have no question mark": (
        "# 面经\n\n## 1. 介绍一下 LoRA\n\n低秩增量。\n\n## 2. BatchNorm 和 LayerNorm 的区别\n\n统计维度不同。\n\n"
        "## 3. 手写 attention\n\n```python\nx = 1\n```\n\n## 4. RoPE 为什么能外推？\n\n相对位置。\n\n## 总结\n\n以上。",
        [
            ("介绍一下 LoRA", "低秩增量。"),
            ("BatchNorm 和 LayerNorm 的区别", "统计维度不同。"),
            ("手写 attention", "```python\nx = 1\n```"),
            ("RoPE 为什么能外推？", "相对位置。"),
        ],
    ),
    "numbered bold lines": (
        "1. **什么是激活检查点？**\n   用计算换显存。\n2. **什么是 ZeRO？**\n   切分优化器状态。",
        [("什么是激活检查点？", "   用计算换显存。"), ("什么是 ZeRO？", "   切分优化器状态。")],
    ),
    "bold lines": (
        "## 机器学习\n\n**什么是 AUC？**\n\n排序正确的概率。\n\n**准确率什么时候不好用？**\n\n类别不平衡时。",
        [("什么是 AUC？", "排序正确的概率。"), ("准确率什么时候不好用？", "类别不平衡时。")],
    ),
    "bold question with the answer behind it": (
        "**什么是召回率？** 找回来的比例。\n\n**什么是精确率？** 找对的比例。",
        [("什么是召回率？", "找回来的比例。"), ("什么是精确率？", "找对的比例。")],
    ),
    "plain numbers": (
        "1. 什么是信息增益？\n划分前后熵的差。\n2、什么是基尼系数？\n不纯度。\n3）怎么剪枝？\n验证集上后剪枝。",
        [
            ("什么是信息增益？", "划分前后熵的差。"),
            ("什么是基尼系数？", "不纯度。"),
            ("怎么剪枝？", "验证集上后剪枝。"),
        ],
    ),
    "numbers without a space or a dot": (
        "1 什么是核技巧？\n升维而不显式计算。\n2 什么是软间隔？\n允许少量错分。",
        [("什么是核技巧？", "升维而不显式计算。"), ("什么是软间隔？", "允许少量错分。")],
    ),
    "Chinese numbers": (
        "一、什么是 TF-IDF？\n词频乘逆文档频率。\n二、BM25 改了什么？\n饱和与长度归一。",
        [("什么是 TF-IDF？", "词频乘逆文档频率。"), ("BM25 改了什么？", "饱和与长度归一。")],
    ),
    "numbers in brackets": (
        "(1) 什么是束搜索？\n保留多条候选。\n(2) 什么是贪心解码？\n每步取最大。",
        [("什么是束搜索？", "保留多条候选。"), ("什么是贪心解码？", "每步取最大。")],
    ),
    "circled numbers": (
        "① 什么是负采样？\n抽样负例。\n② 什么是层次 softmax？\n树上二分类。",
        [("什么是负采样？", "抽样负例。"), ("什么是层次 softmax？", "树上二分类。")],
    ),
    "keycap numbers": (
        "1️⃣ 什么是早停？\n验证不降就停。\n2️⃣ 什么是权重衰减？\n收缩权重。",
        [("什么是早停？", "验证不降就停。"), ("什么是权重衰减？", "收缩权重。")],
    ),
    "emoji": (
        "❓ 什么是冷启动？\n没有行为数据。\n❓ 怎么做探索？\n汤普森采样。",
        [("什么是冷启动？", "没有行为数据。"), ("怎么做探索？", "汤普森采样。")],
    ),
    "details": (
        "<details>\n<summary>什么是 Rerank？</summary>\n\n交叉编码器重排。\n\n</details>\n\n"
        "<details><summary><b>2. 什么是 HyDE？</b></summary>\n\n先写假想文档。\n\n</details>",
        [("什么是 Rerank？", "交叉编码器重排。"), ("什么是 HyDE？", "先写假想文档。")],
    ),
    "summary over several lines": (
        "<details>\n<summary>\n什么是向量量化？\n</summary>\n用码本表示向量。\n</details>",
        [("什么是向量量化？", "用码本表示向量。")],
    ),
    "HTML headings": (
        "<h2>什么是早退？</h2>\n浅层就输出。\n<h2>什么是推测解码？</h2>\n小模型起草。",
        [("什么是早退？", "浅层就输出。"), ("什么是推测解码？", "小模型起草。")],
    ),
    "underlined headings": (
        "面试题\n======\n\n什么是稀疏注意力？\n------------------\n\n只算部分位置。\n\n什么是线性注意力？\n------------------\n\n核函数近似。",
        [("什么是稀疏注意力？", "只算部分位置。"), ("什么是线性注意力？", "核函数近似。")],
    ),
    "lone numbers": (
        "01\n什么是提示注入？\n指令混进数据。\n02\n怎么防越狱？\n分层过滤。\n03\n什么是红队？\n主动攻击自测。",
        [("什么是提示注入？", "指令混进数据。"), ("怎么防越狱？", "分层过滤。"), ("什么是红队？", "主动攻击自测。")],
    ),
    "unmarked lines": (
        "什么是思维链？\n让模型写出中间步骤，再给出答案。\n\n它为什么有用？\n更多的计算花在推理上。",
        [("什么是思维链？", "让模型写出中间步骤，再给出答案。"), ("它为什么有用？", "更多的计算花在推理上。")],
    ),
    "block quotes": (
        "> 问：什么是 RAG？\n\n检索后生成。\n\n> 问：为什么要切块？\n\n向量有长度限制。",
        [("什么是 RAG？", "检索后生成。"), ("为什么要切块？", "向量有长度限制。")],
    ),
    "one question in a file": ("# 什么是 DPO？\n\n直接从偏好优化策略。", [("什么是 DPO？", "直接从偏好优化策略。")]),
    "difficulty behind the question": (
        "### 1. 什么是 FSDP？（⭐⭐⭐）\n\n切分参数。\n\n### 2. 什么是张量并行？【困难】\n\n切分矩阵。",
        [("什么是 FSDP？", "切分参数。"), ("什么是张量并行？", "切分矩阵。")],
    ),
    "log of bare questions": (
        "某厂一面\n\n1. 自我介绍\n2. 讲一下你的项目\n3. 注意力机制的公式\n4. 为什么用 LoRA？\n\n体验不错",
        [(q, "") for q in ("自我介绍", "讲一下你的项目", "注意力机制的公式", "为什么用 LoRA？")],
    ),
    "log of topics, two rounds": (
        "某厂算法岗面经\n\n一面：\n1. 自我介绍\n2. Transformer 的结构\n3. LoRA 原理\n4. 手撕快排\n\n"
        "二面：\n1. 介绍项目\n2. 讲讲 DPO\n3. 反问",
        [
            *((q, "") for q in ("自我介绍", "Transformer 的结构", "LoRA 原理", "手撕快排")),
            *((q, "") for q in ("介绍项目", "讲讲 DPO", "反问")),
        ],
    ),
    "log of bullets": (
        "## 某厂一面\n\n- 自我介绍\n- 注意力机制的公式\n- 说说 KV cache\n- 手写 softmax\n",
        [(q, "") for q in ("自我介绍", "注意力机制的公式", "说说 KV cache", "手写 softmax")],
    ),
    "questions announced inside an answer": (
        "## AI 面试考什么？\n\n先考基础。面试官通常会问：\n\n"
        "- Token 是什么？\n- 温度怎么设？\n- 什么是幻觉？\n\n然后看项目。\n",
        [
            ("AI 面试考什么？", "先考基础。面试官通常会问："),
            *((q, "") for q in ("Token 是什么？", "温度怎么设？", "什么是幻觉？")),
        ],
    ),
    "contents and numbered lines with prose between": (
        "大模型面试八股\n\n目录\n收起\n1. 介绍一下 BERT\n2. 为什么用 MLM\n3. NSP 原理\n\n"
        "1. 介绍一下 BERT\n双向编码器：\n"
        "1. 嵌入层\n2. 编码层\n2. 为什么用 MLM\n为了双向。\n3. NSP 原理\n句对分类。",
        [
            ("介绍一下 BERT", "双向编码器：\n1. 嵌入层\n2. 编码层"),
            ("为什么用 MLM", "为了双向。"),
            ("NSP 原理", "句对分类。"),
        ],
    ),
    "table of questions and answers": (
        "# 速查\n\n| 问题 | 答案 |\n| --- | --- |\n| 什么是 RRF？ | 按名次融合。 |\n| 什么是 MRR？ | |\n\n结尾。",
        [("什么是 RRF？", "按名次融合。"), ("什么是 MRR？", "")],
    ),
    "sections of a text book": (
        "# 第一章 基础\n\n## 1.1 激活\n\n### 1.1.1 ReLU 的优点\n\n简单。\n\n"
        "### 1.1.2 Sigmoid 为什么会饱和\n\n导数小。\n\n"
        "### 1.1.3 GELU 是什么\n\n高斯门。\n\n## 1.2 优化\n\n### 1.2.1 Adam 与 SGD 的区别\n\n自适应。",
        [
            ("ReLU 的优点", "简单。"),
            ("Sigmoid 为什么会饱和", "导数小。"),
            ("GELU 是什么", "高斯门。"),
            ("Adam 与 SGD 的区别", "自适应。"),
        ],
    ),
    "questions in one chapter of a tutorial": (
        "# 网关\n\n## 落地\n\n### 1. 统一接入\n\n适配。\n\n### 2. 限流\n\n令牌桶。\n\n### 3. 观测\n\n埋点。\n\n"
        "## 面试问题\n\n"
        "### 1. 为什么要网关\n\n治理。\n\n### 2. 怎么降级\n\n备用。\n\n### 3. 和代理有什么区别\n\n策略。\n",
        [("为什么要网关", "治理。"), ("怎么降级", "备用。"), ("和代理有什么区别", "策略。")],
    ),
    "HTML paragraphs": (
        '<h2 id="q1">1. 什么是双塔？</h2>\n\n<p>两边各自编码。</p>\n\n'
        '<h2 id="q2">2. 什么是精排？</h2>\n\n<p>逐个打分。</p>',
        [("什么是双塔？", "两边各自编码。"), ("什么是精排？", "逐个打分。")],
    ),
    "log in a fenced block": (
        "二面\n```text\n1.lora的参数细节\n2.deepspeed的原理\n3.多模态是什么?\n4.说一下kv cache\n```\n\n等通知",
        [(q, "") for q in ("lora的参数细节", "deepspeed的原理", "多模态是什么?", "说一下kv cache")],
    ),
    "log of bullets under a chapter": (
        "## 检索\n\n建议掌握：\n\n- 混合检索的流程。\n\n"
        "高频面试题：\n\n- BM25 是什么？\n- 为什么要 rerank？\n- 怎么评测？\n\n"
        "答题时先讲链路。\n\n## 生成\n\n别背概念。",
        [("BM25 是什么？", ""), ("为什么要 rerank？", ""), ("怎么评测？", "")],
    ),
    "outline": (
        "- 1 注意力篇\n  - 1.1 什么是 MQA？\n  - 1.2 什么是 GQA？\n- 2 归一化篇\n  - 2.1 什么是 RMSNorm？",
        [("什么是 MQA？", ""), ("什么是 GQA？", ""), ("什么是 RMSNorm？", "")],
    ),
    "Q and A in bullets": (
        "- Q1:什么是动态图?\n- A1:边运行边建图\n\n- Q2:什么是静态图?\n- A2:先建图再运行",
        [("什么是动态图?", "边运行边建图"), ("什么是静态图?", "先建图再运行")],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(shape: str):
    text, wanted = SHAPES[shape]
    assert found(text) == wanted


ENUMERATIONS = {
    "brackets": "## 怎么缓解遗忘？\n\n可以：\n(1)重新训练:混入旧数据。\n(2)正则化:限制参数变化。\n",
    "numbers": "## 怎么缓解遗忘？\n\n1. 第一点，混入旧数据\n2. 第二点，限制更新\n\n### 小结\n\n就这些。\n",
    "rhetorical questions": "## 怎么排查召回低？\n\n按序问：\n\n1. 进库了吗？\n2. 切块合理吗？\n3. 改写了吗？\n",
    "questions that a component answers": "## 编排层做什么？\n\n它决定：\n\n- 要检索吗？\n- 同步还是流式？\n",
    "quoted examples": "## 什么是全局检索？\n\n适合：\n\n- “主要风险是什么？”\n- “投诉集中在哪里？”\n",
    "bold labels": "## 怎么选底座？\n\n**先看语言。** 中文选中文多的。\n\n**预算够不够？** 不够就选小的。\n",
    "code comments": "## 怎么写早停？\n\n```python\n# 什么时候停？\n# 1. 验证集不降？\nx = 1\n```\n",
    "a sentence that starts like a part": "## 有哪些反思？\n\n第一类是逐步反思。\n\n第二类是聚类，它合并记忆。\n",
    "answer heading": "## 怎么选学习率？\n\n### 答案\n\n先跑区间测试。\n\n### 易错点\n\n别忘 warmup。\n",
    "table": "## 怎么选索引？\n\n| 问题 | 选择 |\n| --- | --- |\n| 要快吗？ | HNSW |\n| 要省吗？ | PQ |\n",
}


@pytest.mark.parametrize("kind", ENUMERATIONS)
def test_enumeration_inside_an_answer_makes_no_question(kind: str):
    text = ENUMERATIONS[kind]
    questions = found(text)
    assert len(questions) == 1
    assert questions[0][1] == text.split("\n", 2)[2].rstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "# 从零写 Transformer\n\n## 模型结构\n\n编码器和解码器。\n\n## 训练\n\n用 Adam。\n\n## 总结\n\n很简单。\n",
        "# 安装\n\n1. 下载源码\n2. 编译\n3. 运行测试\n",
        "### What\n\n卷积网络。\n\n### How\n\n滑动窗口。\n",
        "今天聊聊检索。你可能会问，为什么要切块？因为向量有长度限制。\n\n下面看代码。\n",
        "# 架构\n\n## 入口层\n\n编排层要判断：\n\n- 是普通问答吗？\n- 要检索吗？\n\n## 网关\n\n转发。\n",
        "# 面试指南\n\n## 答题框架\n\n" + "\n".join(f"{n}. **讲{w}**：约束。" for n, w in enumerate("场链治评舍", 1)),
        "# 周报\n\n## 一、进展\n\n完成评测。\n\n## 二、计划\n\n接入重排。\n",
    ],
)
def test_no_question_in_a_tutorial(text: str):
    assert found(text) == []


def test_chapters_are_headings_not_questions():
    chapter = "# 面试题\n\n## 一、训练\n\n### 显存\n\n#### 什么是 ZeRO？\n\n切分。\n\n"
    text = chapter + "## 推理\n\n引言。\n\n### 什么是 PD 分离？\n\n拆开。\n"
    sections = parse(Document(text=text), name="x.md").sections
    assert [(section.question, section.headings) for section in sections] == [
        ("什么是 ZeRO？", ("训练", "显存")),
        ("", ("推理",)),
        ("什么是 PD 分离？", ("推理",)),
    ]


def test_sections_know_their_lines():
    text = "开头。\n\n## 什么是 A？\n\n\n答案一。\n![图](x.png)\n答案二。\n\n## 什么是 B？\n"
    sections = parse(Document(text=text), name="x.md").sections
    assert [s.line_no for s in sections] == [1, 3, 10]
    assert sections[1].answer == "答案一。\n答案二。"
    assert getattr(sections[1], "lines", None) == (6, 8)
    assert sections[2].answer == ""


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("# 标题\n\n正文。", "a.md", "标题"),
        ("大模型面试记录\n\n1. 什么是 A？\n2. 什么是 B？", "a.md", "大模型面试记录"),
        ("这是一句很长的话，说明了文章的来历，而且以句号结束。\n\n1. 什么是 A？", "某厂一面.md", "某厂一面"),
        ("1. 什么是 A？\n2. 什么是 B？", "byd.md", "byd"),
    ],
)
def test_title(text: str, name: str, title: str):
    assert parse(Document(text=text), name=name).title == title


@pytest.mark.parametrize(
    "outline",
    [
        "- 一、BPE 篇\n  - 1.1 什么是 BPE？\n  - 1.2 BPE 有什么缺点？\n- 二、WordPiece 篇\n  - ...\n",
        "- 一、SFT 数据怎么来？\n- 二、数据怎么清洗？\n- 三、Self-Instruct 篇\n  - ...\n",
    ],
)
def test_the_next_chapter_of_an_outline_is_no_answer(outline: str):
    assert [answer for _, answer in found(f"# 面试题\n\n{outline}")] == ["", ""]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_title_line_is_no_passage_of_its_own(gap: str):
    parsed = parse(Document(text=f"大模型微调面试题汇总{gap}问题1、什么是 LoRA？\n低秩适配。\n"), name="a.txt")
    assert parsed.title == "大模型微调面试题汇总"
    assert [section.question for section in parsed.sections] == ["什么是 LoRA？"]


def test_an_article_that_is_one_line_is_kept():
    [section] = parse(Document(text="一行就是全部"), name="a.txt").sections
    assert section.answer == "一行就是全部"


def test_title_of_front_matter_wins():
    assert parse(Document(text="# 别的\n\n正文。", title="题目"), name="a.md").title == "题目"


def test_a_bold_number_on_a_line_of_its_own_belongs_to_the_question_below():
    text = "**01**\n\n**什么是 KV Cache？**\n\n缓存键值。\n\n**02**\n\n**为什么要分页？**\n\n减少碎片。\n"
    assert found(text) == [("什么是 KV Cache？", "缓存键值。"), ("为什么要分页？", "减少碎片。")]


def test_a_table_of_interview_questions_names_its_columns_in_many_ways():
    text = "| 序号 | 面试题 | 参考答案 |\n|---|---|---|\n| 1 | 什么是 LoRA？ | 低秩适配 |\n"
    assert found(f"# 问答\n\n{text}") == [("什么是 LoRA？", "低秩适配")]
