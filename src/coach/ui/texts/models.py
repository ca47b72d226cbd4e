"""The texts of the models tab, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelTexts:
    """The models tab in one language; a field per text."""

    tab: str
    about: str
    offline: str
    source: str
    auto: str
    mirror: str
    using: str
    none_used: str
    none_more: str
    memory: str
    size: str
    needs: str
    pace: str
    tight: str
    best: str
    running: str
    installed: str
    unusable: str
    download: str
    go_on: str
    pause: str
    cancel: str
    use: str
    without: str
    choose: str
    remove: str
    remove_ask: str
    remove_keep: str
    changing: str
    asking: str
    checking: str
    loading: str
    waiting: str
    paused: str
    failed: str
    speed: str
    seconds: str
    minutes: str
    hours: str
    own: str
    languages: Mapping[str, str]
    encoders: str
    encoders_about: str
    encoder_bundled: str
    embedding: str
    embedding_left: str
    meanwhile: str
    rerankers: str
    rerankers_about: str
    reranker_none: str
    meaning_waiting: str
    meaning_loading: str
    meaning_downloading: str
    meaning_cancel: str


ZH = ModelTexts(
    tab="模型",
    about="不装语言模型也能用：回答直接摘自文章。装一个之后，由它在本机组织语言，引用照样逐句核对。"
    "只有你点“下载”时才会联网。",
    offline="已设为离线（COACH_OFFLINE），不能下载。把 GGUF 文件放进 models/ 文件夹也可以用。",
    source="下载来源",
    auto="自动",
    mirror="镜像",
    using="正在使用",
    none_used="没有使用语言模型",
    none_more="回答直接摘自你的文章",
    memory="本机内存 {total}，现在空闲 {free}",
    size="下载 {size}",
    needs="运行时约需内存 {needed}",
    pace="本机实测：每秒读 {reads}、写 {writes} 个词元，新问题约{first}后出第一个字",
    tight="超过本机内存的一半，会很慢",
    best="推荐",
    running="使用中",
    installed="已安装",
    unusable="不能用",
    download="下载",
    go_on="继续下载",
    pause="暂停",
    cancel="放弃下载",
    use="使用",
    without="不用语言模型",
    choose="自动选择",
    remove="删除",
    remove_ask="从磁盘上删除 {title}？要用时得重新下载。",
    remove_keep="保留",
    changing="正在换模型，已经开始的回答会写完…",
    asking="正在联系 {source}…",
    checking="正在核对已下载的部分 {share}",
    loading="{done} / {total} · {source}",
    waiting="{seconds}后再试 {source}",
    paused="已暂停，已下载 {done} / {total}",
    failed="下载没有成功，已下载的部分会保留",
    speed="{speed}/秒 · 还要{left}",
    seconds=" {count} 秒",
    minutes=" {count} 分钟",
    hours=" {count} 小时",
    own="你自己放的文件",
    languages={"zh": "中文", "en": "英文"},
    encoders="查找段落的模型",
    encoders_about="它把问题和段落变成向量，按意思查找。自带的不用下载；换一个时，所有段落在后台重新处理，完成后才切换。"
    "把 sentence-transformers 模型的文件夹放进 models/，也会列在这里。",
    encoder_bundled="自带的中英文模型",
    embedding="已处理 {done} / {total} 个段落",
    embedding_left="还要{left}",
    meanwhile="这期间照常用原来的模型查找。",
    rerankers="重排模型",
    rerankers_about="可选：把查到的前 25 个段落与问题放在一起再读一遍，重新排序。更准，但每个问题要多等一会儿。",
    reranker_none="不重排",
    meaning_waiting="等待中…",
    meaning_loading="正在载入模型…",
    meaning_downloading="已下载 {done} / {total}",
    meaning_cancel="取消",
)

EN = ModelTexts(
    tab="Models",
    about="The coach works without a language model: answers are quoted from your articles. With one, it words them on "
    "this computer, and every citation is still checked. Nothing goes online until you press Download.",
    offline="Offline (COACH_OFFLINE): downloads are forbidden. A GGUF file put into models/ works too.",
    source="Download from",
    auto="Automatic",
    mirror="Mirror",
    using="In use",
    none_used="No language model in use",
    none_more="Answers are quoted from your articles",
    memory="{total} of memory here, {free} free now",
    size="{size} to download",
    needs="about {needed} of memory when running",
    pace="measured here: {reads} tokens/s read, {writes} written; first word of a new question after about{first}",
    tight="more than half of this computer’s memory: slow",
    best="recommended",
    running="in use",
    installed="installed",
    unusable="can’t be used",
    download="Download",
    go_on="Resume",
    pause="Pause",
    cancel="Discard",
    use="Use",
    without="Use none",
    choose="Choose for me",
    remove="Delete",
    remove_ask="Delete {title} from the disk? To use it again you would have to download it again.",
    remove_keep="Keep",
    changing="Changing the model; answers already begun are finished…",
    asking="Asking {source}…",
    checking="Checking what is there: {share}",
    loading="{done} of {total} · {source}",
    waiting="Trying {source} again in{seconds}",
    paused="Paused at {done} of {total}",
    failed="The download did not succeed; what is there is kept",
    speed="{speed}/s ·{left} left",
    seconds=" {count} s",
    minutes=" {count} min",
    hours=" {count} h",
    own="a file of your own",
    languages={"zh": "Chinese", "en": "English"},
    encoders="Finding passages",
    encoders_about="The encoder turns questions and passages into vectors, to find by meaning. The bundled one needs "
    "no download. With another one all passages are embedded again behind the page, and only then is it used. The "
    "folder of a sentence-transformers model, put into models/, is listed here too.",
    encoder_bundled="The bundled one, Chinese and English",
    embedding="{done} of {total} passages",
    embedding_left="{left} left",
    meanwhile="Until it is done, passages are found as before.",
    rerankers="Second reading",
    rerankers_about="Optional: a reranker reads the best 25 passages together with the question and orders them again. "
    "More exact, and every question takes longer.",
    reranker_none="Use none",
    meaning_waiting="Waiting…",
    meaning_loading="Loading the model…",
    meaning_downloading="{done} of {total} downloaded",
    meaning_cancel="Cancel",
)

MODEL_TEXTS: Mapping[str, ModelTexts] = {"zh": ZH, "en": EN}
