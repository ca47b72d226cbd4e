"""Tiny random transformers, saved the way sentence-transformers saves its models: an encoder and a cross-encoder."""

import tempfile
from pathlib import Path
from typing import Any

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789:?，。？：的注意力机制是什么灾难性遗忘如何避免批层归一化"

WORDS = ("query", "passage", "attention", "instruct")


def _tokenizer() -> Any:
    """One token for each Chinese character and for each other word, most of them unknown."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {token: number for number, token in enumerate([*special, *WORDS, *dict.fromkeys(ALPHABET)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[a-zA-Z]+|\S"), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=512,
    )


def _config(hidden: int, layers: int, **more: Any) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=200,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=max(2, hidden // 64),
        intermediate_size=4 * hidden,
        max_position_embeddings=512,
        **more,
    )


def _saved(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    return folder


def save_encoder(
    folder: Path, *, hidden: int = 32, layers: int = 1, seed: int = 0, prompts: dict[str, str] | None = None
) -> Path:
    """Save an encoder with mean pooling; return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertModel

    torch.manual_seed(seed)
    plain = _saved(BertModel(_config(hidden, layers)), Path(tempfile.mkdtemp()))
    transformer = modules.Transformer(str(plain))
    model = SentenceTransformer(modules=[transformer, modules.Pooling(hidden)], prompts=prompts)
    model.save_pretrained(str(folder))
    return folder


def save_cross_encoder(folder: Path, *, hidden: int = 32, layers: int = 1, seed: int = 0) -> Path:
    """Save a cross-encoder with one score for a pair; return its folder."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertForSequenceClassification

    torch.manual_seed(seed)
    plain = _saved(BertForSequenceClassification(_config(hidden, layers, num_labels=1)), Path(tempfile.mkdtemp()))
    CrossEncoder(str(plain)).save_pretrained(str(folder))
    return folder
