"""What topics are called in Chinese and English: articles name them by short keys in their front matter."""

from coach.talk.events import Language

_NAMES = """
activation|激活函数|Activation functions
adamw|AdamW|AdamW
agent|智能体|Agents
algorithms|算法|Algorithms
alignment|对齐|Alignment
ann|近似最近邻|Nearest neighbours
attention|注意力机制|Attention
badcase|Badcase 分析|Bad cases
behavioral|行为面试|Behavioural questions
benchmark|评测基准|Benchmarks
bert|BERT|BERT
bm25|BM25|BM25
bpe|BPE|BPE
catastrophic-forgetting|灾难性遗忘|Catastrophic forgetting
clip|CLIP|CLIP
coding|手写代码|Coding
communication|沟通协作|Communication
compression|模型压缩|Compression
contrastive-learning|对比学习|Contrastive learning
cost|成本|Cost
data|数据|Data
debugging|调试|Debugging
decoding|解码策略|Decoding
deep-learning|深度学习|Deep learning
deepseek|DeepSeek|DeepSeek
diffusion|扩散模型|Diffusion models
distillation|知识蒸馏|Distillation
distributed-training|分布式训练|Distributed training
dpo|DPO|DPO
embedding|向量表示|Embeddings
evaluation|评估|Evaluation
finetuning|微调|Fine-tuning
flash-attention|FlashAttention|FlashAttention
function-calling|工具调用|Function calling
gbdt|梯度提升树|Gradient boosting
grounding|有据生成|Grounding
grpo|GRPO|GRPO
hallucination|幻觉|Hallucination
image-generation|图像生成|Image generation
inference|推理部署|Inference
jailbreak|越狱攻击|Jailbreaks
kv-cache|KV cache|KV cache
layernorm|LayerNorm|LayerNorm
learning-rate|学习率|Learning rate
llama|LLaMA|LLaMA
llm-as-judge|大模型评审|LLM as a judge
long-context|长上下文|Long context
lora|LoRA|LoRA
machine-learning|机器学习基础|Machine learning basics
mcp|MCP|MCP
metrics|指标|Metrics
mixed-precision|混合精度|Mixed precision
model-families|模型家族|Model families
moe|混合专家|Mixture of experts
multimodal|多模态|Multimodal models
normalization|归一化|Normalisation
numpy|NumPy|NumPy
observability|可观测性|Observability
optimizer|优化器|Optimisers
peft|参数高效微调|PEFT
pipeline-parallel|流水线并行|Pipeline parallelism
planning|规划|Planning
positional-encoding|位置编码|Positional encoding
ppo|PPO|PPO
pretraining|预训练|Pre-training
privacy|隐私|Privacy
project|项目经历|Projects
prompt-injection|提示注入|Prompt injection
prompt-tuning|提示微调|Prompt tuning
pruning|剪枝|Pruning
pytorch|PyTorch|PyTorch
qlora|QLoRA|QLoRA
quantization|量化|Quantisation
rag|RAG|RAG
reasoning|推理能力|Reasoning
recommendation|推荐系统|Recommendation
regularization|正则化|Regularisation
reinforcement-learning|强化学习|Reinforcement learning
reranking|重排序|Reranking
retrieval|检索|Retrieval
reward-model|奖励模型|Reward models
rlhf|RLHF|RLHF
rmsnorm|RMSNorm|RMSNorm
rope|RoPE|RoPE
safety|安全|Safety
scaling-laws|缩放定律|Scaling laws
serving|服务部署|Serving
sft|指令微调|SFT
system-design|系统设计|System design
tensor-parallel|张量并行|Tensor parallelism
test-time-scaling|测试时扩展|Test-time scaling
text2sql|Text-to-SQL|Text-to-SQL
tokenizer|分词器|Tokenisers
training|训练|Training
transformer|Transformer|Transformer
vector-search|向量检索|Vector search
vision-language|视觉语言模型|Vision-language models
vocabulary|词表|Vocabularies
zero|ZeRO|ZeRO
"""
TOPICS: dict[str, dict[Language, str]] = {
    key: {"zh": zh, "en": en} for key, zh, en in (line.split("|") for line in _NAMES.strip().splitlines())
}
"""Key of a topic → its name in both languages."""


def topic_name(topic: str, language: str) -> str:
    """Return what a topic is called; one that is not in the catalogue is called as its article calls it."""
    names = TOPICS.get(topic.strip().lower())
    return names["en" if language == "en" else "zh"] if names else topic
