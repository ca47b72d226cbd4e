import pytest

from coach.records import Turn
from coach.talk.followup import standalone


def history(*questions: str) -> list[Turn]:
    return [turn for question in questions for turn in (Turn("user", question), Turn("coach", "……"))]


MHA = "多头注意力是什么？"
NORM = "LayerNorm 有什么作用？"
PAIR = "BatchNorm 和 LayerNorm 的区别是什么？"
ENGLISH = "What is LoRA?"

LEANING = [  # (earlier questions, question, words that the resolved one must hold, words that it must not)
    ((MHA,), "它的复杂度呢？", "多头注意力 复杂度", "它"),
    ((MHA,), "那它的复杂度是多少", "多头注意力 复杂度", "它"),
    ((MHA,), "复杂度呢？", "多头注意力 复杂度", ""),
    ((MHA,), "What is its complexity?", "多头注意力 complexity", "its"),
    ((MHA,), "为什么它更好？", "多头注意力 为什么", "它"),
    ((MHA,), "这个方法有什么缺点", "多头注意力 缺点", "这个"),
    ((MHA,), "其优点有哪些", "多头注意力 优点", "其"),
    ((MHA,), "该模型的公式", "多头注意力 公式", "该模型"),
    ((MHA,), "为什么？", "多头注意力 为什么", ""),
    ((MHA,), "why?", "多头注意力 why", ""),
    ((MHA,), "举个例子", "多头注意力 例子", ""),
    ((MHA,), "代码呢", "多头注意力 代码", ""),
    ((MHA,), "详细说说", "多头注意力", ""),
    ((MHA,), "然后呢？", "多头注意力", ""),
    ((MHA,), "有什么优缺点？", "多头注意力 优缺点", ""),
    ((MHA,), "怎么实现", "多头注意力 实现", ""),
    ((MHA,), "它和分组查询注意力有什么区别？", "多头注意力 分组查询注意力", "它"),
    ((MHA, "它的复杂度呢？"), "为什么？", "多头注意力", "它"),
    ((MHA, "它的复杂度呢？"), "那缺点呢", "多头注意力 缺点", "它"),
    ((NORM,), "那 RMSNorm 呢？", "RMSNorm 作用", "LayerNorm 呢"),
    ((NORM,), "RMSNorm 呢", "RMSNorm 作用", "LayerNorm 呢"),
    ((NORM,), "换成 BatchNorm 呢？", "BatchNorm 作用", "LayerNorm"),
    ((NORM,), "how about RMSNorm?", "RMSNorm 作用", "LayerNorm"),
    ((MHA,), "那交叉注意力呢？", "交叉注意力 是什么", "多头"),
    ((MHA,), "交叉注意力怎么样？", "交叉注意力", "多头"),
    ((PAIR,), "那 RMSNorm 呢？", "BatchNorm RMSNorm 区别", "LayerNorm"),
    ((PAIR,), "前者的缺点是什么？", "BatchNorm 缺点", "LayerNorm 前者"),
    ((PAIR,), "后者为什么适合文本？", "LayerNorm 文本", "BatchNorm 后者"),
    ((PAIR,), "它们的公式", "BatchNorm LayerNorm 公式", "它们"),
    ((ENGLISH,), "What are its limitations?", "lora limitations", "its"),
    ((ENGLISH,), "How does it work?", "lora work", " it "),
    ((ENGLISH,), "and QLoRA?", "What is QLoRA", ""),
    ((ENGLISH,), "what about DoRA?", "What is DoRA", " LoRA"),
    ((ENGLISH,), "an example please", "lora example", ""),
    ((ENGLISH,), "Compare it with full fine-tuning", "lora fine-tuning", " it "),
    ((ENGLISH,), "tell me more", "lora", ""),
    (("PPO 是什么", "DPO 是什么"), "和上一个比呢", "DPO PPO 区别", "上一个"),
    (("PPO 是什么", "DPO 是什么"), "它和前面那个有什么不同？", "DPO PPO 区别", "前面"),
    (("PPO 是什么", "DPO 是什么"), "前一个的优点", "PPO 优点", "前一个"),
    (("LoRA 是什么", "它的秩怎么选？"), "为什么？", "lora", "它"),
]
ALONE = [
    "LoRA 的秩怎么选？",
    "这样训练为什么有效，和全量微调相比呢",
    "What is BERT?",
    "为什么需要位置编码？",
    "Why does dropout help, and when does it hurt?",
    "KV cache 是什么，它占多少显存？",
    "怎么处理梯度消失？",
    "其他的归一化方法有哪些？",
    "How do you choose the learning rate?",
    "BERT 和 GPT 的区别",
    "红烧肉怎么做才好吃又不腻？",
    "介绍一下 Transformer 的结构",
    "Which models that use attention are fast?",
]


@pytest.mark.parametrize(("earlier", "question", "held", "gone"), LEANING)
def test_a_leaning_question_takes_the_subject_along(
    earlier: tuple[str, ...], question: str, held: str, gone: str
) -> None:
    resolved = standalone(question, history(*earlier))
    assert all(word.lower() in resolved.lower() for word in held.split()), resolved
    assert all(word not in resolved for word in ([gone] if gone.startswith(" ") else gone.split()[:1])), resolved


@pytest.mark.parametrize("question", ALONE)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standalone(question, history(MHA)) == question


def test_without_history_nothing_is_added() -> None:
    assert standalone("它的复杂度呢？", []) == "它的复杂度呢？"


def test_the_former_of_two_names_that_nobody_compared() -> None:
    assert standalone("前者的缺点是什么", history("MHA和GQA")) == "mha的缺点是什么"
