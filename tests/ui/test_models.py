"""The models tab: what it shows in each state, and what its buttons do."""

from dataclasses import fields, replace
from inspect import isfunction, unwrap
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from coach.encoders import Change, Choice
from coach.errors import ModelError
from coach.llm.download import Pull
from coach.llm.store import ModelInfo
from coach.ui.models import ModelsTab
from coach.ui.render_encoders import meaning_html
from coach.ui.render_models import duration, models_html, size, using_html
from coach.ui.texts.models import EN, MODEL_TEXTS, ZH, ModelTexts
from tests.ui.test_texts import values_of

GB = 10**9
FREE = ModelInfo("big", "Big 4B", None, 2_500_000_000, 3_400_000_000, True, "Apache-2.0", recommended=True)
HERE = ModelInfo("small", "Small <b>1B", Path("/m/small.gguf"), GB, 2 * GB, False, "MIT")
NAMES = [field.name for field in fields(ModelTexts) if field.name != "languages"]
BUNDLED = Choice("bundled", licence="MIT", languages=("zh", "en"), used=True)
THERE, ABSENT = Choice("own <b>"), Choice("BAAI/bge-m3", 2_290_000_000, "MIT", ("zh",), installed=False)
CHOICES, JUDGE = [BUNDLED, THERE, ABSENT], Choice("judge")


def pulling(state, **more):
    return replace(FREE, pull=Pull("big", state, **{"done": GB, "total": 4 * GB, "source": "hf-mirror.com"} | more))


class FakeModels:
    """A coach with models; notes what it is told to do."""

    def __init__(self, infos=(FREE, HERE)):
        self.infos, self.told = list(infos), []
        self.settings = SimpleNamespace(offline=False)
        note = self.told.append
        self.downloads = SimpleNamespace(
            busy=False,
            start=lambda name, source: note(("start", name, source)),
            pause=lambda name: note(("pause", name)),
            cancel=lambda name: note(("cancel", name)),
        )

        self.encoders = SimpleNamespace(
            busy=False,
            change=None,
            listed=lambda: CHOICES,
            pull=lambda name: note(("pull", name)),
            use=lambda name: note(("encoder", name)),
            cancel=lambda: note(("cancel",)),
        )
        self.reranking = SimpleNamespace(listed=lambda change: [JUDGE], use=lambda name: note(("reranker", name)))

    def models(self):
        return self.infos

    def status(self):
        return SimpleNamespace(model="")

    def use_model(self, which):
        if which == "broken":
            raise ModelError("The model file is damaged.")
        self.told.append(("use", which))

    def remove_model(self, name):
        self.told.append(("remove", name))


@pytest.fixture
def coach():
    return FakeModels()


@pytest.fixture
def tab(coach):
    with gr.Blocks():
        language = gr.Radio(["zh", "en"], value="zh")
        with gr.Tabs():
            tab = ModelsTab(coach, language)
        tab.connect()
    return tab


def press(tab, action, name="", source="auto"):
    shown = {}
    for updates in tab.act(gr.EventData(None, {"action": action, "model": name}), source, "", "zh"):
        shown |= updates
    return shown


@pytest.mark.parametrize(
    ("action", "name", "told"),
    [
        ("pull", "big", ("start", "big", "mirror")),
        ("pause", "big", ("pause", "big")),
        ("cancel", "big", ("cancel", "big")),
        ("use", "small", ("use", "small")),
        ("without", "", ("use", "none")),
        ("auto", "", ("use", "auto")),
        ("remove", "small", ("remove", "small")),
    ],
)
def test_a_button_does_what_it_says(tab, coach, action, name, told):
    press(tab, action, name, source="mirror")
    assert coach.told == [told]


def test_deleting_asks_first(tab, coach):
    shown = press(tab, "ask", "small")
    assert coach.told == [] and shown[tab.asked] == "small"
    assert "从磁盘上删除 Small &lt;b&gt;1B" in shown[tab.list] and 'data-action="remove"' in shown[tab.list]
    assert 'data-action="remove"' not in tab.look("", "zh")[tab.list]
    kept = press(tab, "keep", "small")
    assert kept[tab.asked] == "" and coach.told == []


def test_an_error_is_a_message(tab):
    with pytest.raises(gr.Error, match="damaged"):
        press(tab, "use", "broken")


def test_changing_says_that_it_takes_a_while(tab):
    steps = list(tab.act(gr.EventData(None, {"action": "use", "model": "small"}), "auto", "", "zh"))
    assert ZH.changing in steps[0][tab.using] and ZH.changing not in steps[-1][tab.using]
    steps = list(tab.act(gr.EventData(None, {"action": "reranker-use", "model": "judge"}), "auto", "", "zh"))
    assert ZH.meaning_loading in steps[0][tab.meaning] and ZH.meaning_loading not in steps[-1][tab.meaning]
    assert tab.using not in steps[0]


def test_buttons_of_encoders_and_rerankers(tab, coach):
    for action in ("meaning-pull", "encoder-use", "meaning-cancel", "reranker-use"):
        press(tab, action, "x")
    assert coach.told == [("pull", "x"), ("encoder", "x"), ("cancel",), ("reranker", "x")]
    coach.encoders.busy = True
    assert tab.look("", "zh")[tab.timer].active


def meaning(encoders=CHOICES, rerankers=(JUDGE,), t=ZH, **more):
    return meaning_html(encoders, rerankers, t, **{"offline": False} | more)


def test_encoders_are_listed_with_what_can_be_done():
    shown = meaning(t=EN)
    assert EN.encoder_bundled in shown and "2.3 GB to download" in shown and "own &lt;b&gt;" in shown
    assert shown.count('data-action="encoder-use"') == shown.count('data-action="meaning-pull"') == 1
    assert shown.count('data-action="reranker-use"') == 1
    assert 'data-action="meaning-pull"' not in meaning(offline=True)


def test_a_used_reranker_can_be_put_away():
    assert 'data-action="reranker-use" data-model="none"' in meaning(rerankers=[replace(JUDGE, used=True)])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Change("own <b>", "embedding", 120, 480, 75.0), "已处理 120 / 480 个段落<span>还要 75 秒</span>"),
        (Change("own <b>", "downloading", 10**9, 4 * 10**9), "已下载 1.0 GB / 4.0 GB"),
        (Change("own <b>", "loading"), ZH.meaning_loading),
        (Change("own <b>", "waiting"), ZH.meaning_waiting),
    ],
)
def test_a_change_shows_a_bar_and_can_be_cancelled_and_nothing_else_is_begun(change, text):
    shown = meaning([BUNDLED, replace(THERE, change=change), ABSENT])
    assert text in shown and 'data-action="meaning-cancel"' in shown
    assert "encoder-use" not in shown and "meaning-pull" not in shown and "reranker-use" not in shown
    assert f'value="{change.done / max(1, change.total):.3f}"' in shown
    assert (ZH.meanwhile in shown) == (change.state == "embedding")


def test_a_change_that_failed_says_why_and_can_be_tried_again():
    shown = meaning([replace(THERE, change=Change("own <b>", "failed", problem="No <room>."))])
    assert "No &lt;room&gt;." in shown and "encoder-use" in shown and "<progress" not in shown


def test_the_tab_looks_as_long_as_a_download_goes_on(tab, coach):
    assert not tab.look("", "zh")[tab.timer].active
    coach.downloads.busy = True
    assert tab.look("", "zh")[tab.timer].active


def test_labels_change_with_the_language(tab):
    shown = tab.relabel("en")
    assert shown[tab.tab]["label"] == EN.tab and shown[tab.about] == EN.about
    assert shown[tab.source]["label"] == EN.source and shown[tab.source]["choices"][0] == (EN.auto, "auto")


@pytest.mark.parametrize(
    ("pull", "text", "action"),
    [
        (pulling("asking"), "正在联系 hf-mirror.com", "pause"),
        (pulling("checking"), "25%", "pause"),
        (pulling("loading", speed=10e6, seconds=300), "10 MB/秒 · 还要 5 分钟", "pause"),
        (pulling("waiting", seconds=8, detail="asked too often"), "asked too often", "pause"),
        (pulling("paused"), "已下载 1.0 GB / 4.0 GB", "pull"),
        (pulling("failed", detail="<no> network"), "&lt;no&gt; network", "cancel"),
    ],
)
def test_a_download_in_each_state(pull, text, action):
    shown = models_html([pull], ZH)
    assert text in shown and f'data-action="{action}"' in shown
    assert 'value="0.250"' in shown


def test_what_is_there_can_be_used_and_what_is_not_downloaded():
    shown = models_html([FREE, HERE], EN)
    assert EN.best in shown and EN.installed in shown and "2.5 GB to download" in shown
    assert shown.count('data-action="pull"') == shown.count('data-action="use"') == 1
    assert EN.tight in shown and shown.count(EN.tight) == 1
    assert "<b>" not in shown


def test_offline_offers_no_download():
    shown = models_html([FREE, pulling("paused")], EN, offline=True)
    assert 'data-action="pull"' not in shown and EN.offline in shown


def test_a_file_that_can_not_be_used_says_why():
    shown = models_html([replace(HERE, problem="No chat template <x>")], EN)
    assert "No chat template &lt;x&gt;" in shown and 'data-action="use"' not in shown and EN.unusable in shown


def test_what_is_in_use():
    def using(infos, name=""):
        return using_html(infos, ZH, name=name, total=16 * GB, free=9 * GB, busy=False)

    assert ZH.none_used in using([FREE]) and "data-action" not in using([FREE])
    assert 'data-action="auto"' in using([HERE])
    running = using([FREE, replace(HERE, running=True)], "x")
    assert "Small &lt;b&gt;1B" in running and "16.0 GB" in running and 'data-action="without"' in running
    assert "qwen&lt;" in using([FREE], "qwen<")


def test_sizes_and_times_are_rounded_to_what_matters():
    assert [size(count) for count in (5, 688_065_920, 2_497_280_256)] == ["1 KB", "688 MB", "2.5 GB"]
    times = [duration(seconds, EN) for seconds in (0.2, 89, 90, 5399, 5400)]
    assert times == [" 1 s", " 89 s", " 2 min", " 90 min", " 2 h"]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_it_with_the_same_values(name):
    zh, en = getattr(ZH, name), getattr(EN, name)
    assert zh.strip() and en.strip() and values_of(zh) == values_of(en)
    assert not any("\u4e00" <= char <= "\u9fff" for char in en)
    assert set(MODEL_TEXTS) == {"zh", "en"}


@pytest.mark.parametrize("name", [name for name, member in vars(ModelsTab).items() if isfunction(member)])
def test_handlers_are_short(name):
    lines = sorted({line for _, _, line in unwrap(getattr(ModelsTab, name)).__code__.co_lines() if line})
    assert lines[-1] - lines[1] + 1 <= 15
