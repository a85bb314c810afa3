"""The tree of errors: what it makes of a sentence."""

from starling.models.errors import ParseError


def test_no_sentence_commands_a_terminal() -> None:
    sentence = "no preset '\x1b[31mBass\0' in \udc80\nbank"
    assert str(ParseError(sentence)) == "no preset '\ufffd[31mBass\ufffd' in \ufffd\nbank"
