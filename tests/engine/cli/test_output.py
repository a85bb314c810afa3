"""Progress: a bar on terminals, lines elsewhere, and nothing of what is soon done."""

import pytest

from starling.engine.cli import output


def test_what_is_soon_done_is_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("Reading") as report:
        for step in range(100):
            report(step / 100, f"file {step}")
    assert capsys.readouterr() == ("", "")


def test_lines_come_now_and_then_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "LINE_S", 0.0)
    with output.progress("Training") as report:
        for fraction, text in ((0.001, "early"), (0.42, "step 310"), (0.425, "soon"), (0.5, "")):
            report(fraction, text)
    assert capsys.readouterr() == ("", "Training 42% step 310\nTraining 50%\n")
    monkeypatch.setattr(output, "LONGEST_LINE_S", 0.0)
    with output.progress("Training") as report:
        report(0.001, "slow")
    assert capsys.readouterr().err == "Training 0% slow\n"


def test_a_terminal_gets_a_bar_and_no_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    monkeypatch.setattr(output, "LINE_S", 0.0)
    monkeypatch.setattr(output, "PATIENCE_S", 0.0)
    with output.progress("Training") as report:
        report(0.5, "half way")
        report(0.5, "half way")
    shown = capsys.readouterr().err
    assert "Training 50%" not in shown and "half way" in shown


STRANGE = ("[murphy's]", "Pad [/b]", "[red]Bass", "\x1b[31mRed", ":smile:")


def test_no_cell_of_a_table_is_markup(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("name", "[b]bank"), [(name, "[/]") for name in STRANGE])
    shown = capsys.readouterr().out
    assert "[b]bank" in shown and shown.count("[/]") == len(STRANGE) and "\x1b" not in shown
    assert all(name.replace("\x1b", "�") in shown for name in STRANGE)


def test_no_text_of_progress_is_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(output, "PATIENCE_S", 0.0)
    with output.progress("Scanning [/b]") as report:
        for name in STRANGE:
            report(0.5, name)
    shown = capsys.readouterr().err
    assert "Scanning [/b]" in shown and ":smile:" in shown


def test_a_line_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("\x1b]0;owned\x07 Bass [/b]")
    assert capsys.readouterr().out == "�]0;owned� Bass [/b]\n"
