from pathlib import Path

import pytest

from coach.config import PROJECT, Settings, default_home, load_settings
from coach.errors import HomeError, SettingsError


def test_defaults_point_into_the_checkout(tmp_path: Path) -> None:
    settings = Settings()
    assert settings.corpus == PROJECT / "corpus"
    assert settings.models == PROJECT / "models"
    assert settings.home == default_home() == tmp_path / "home"
    assert (settings.host, settings.port, settings.llm, settings.language) == ("127.0.0.1", 7860, "auto", "zh")


def test_precedence_is_file_environment_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "coach.toml").write_text('port = 1\nlanguage = "en"\nllm = "file"\n')
    monkeypatch.setenv("COACH_PORT", "2")
    monkeypatch.setenv("COACH_LLM", "environment")
    settings = load_settings(llm="flag", host=None)
    assert (settings.language, settings.port, settings.llm, settings.host) == ("en", 2, "flag", "127.0.0.1")


def test_the_file_of_the_chosen_home_is_read(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "coach.toml").write_text("port = 9\n")
    assert load_settings(home=other).port == 9
    assert load_settings().port == 7860


def test_coach_config_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "my.toml"
    file.write_text("port = 5\n")
    monkeypatch.setenv("COACH_CONFIG", str(file))
    assert load_settings().port == 5
    file.unlink()
    with pytest.raises(SettingsError, match=r"my\.toml"):
        load_settings()


@pytest.mark.parametrize(("name", "value"), [("port", 70000), ("language", "fr"), ("refusal", 2), ("unknown", 1)])
def test_a_value_that_cannot_be_used_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings(**{name: value})


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "coach.toml").write_text("port = = 1")
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]  # that it fails is the point


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeError, match="choose another with --home"):
        Settings().make_home()
