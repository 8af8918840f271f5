from keras_solo.visualization.text_table import text_table


def test_no_rows():
    assert text_table(["a", "b"], []) == "a  b"


def test_words_to_the_left_and_numbers_to_the_right():
    rows = [["a\x1b[31m", "0.5"], ["x" * 60, "-"]]
    head, first, second = text_table(["", "AP"], rows).splitlines()
    assert head == " " * 43 + "AP"
    assert first.startswith("a\\x1b[31m ") and first.endswith(" 0.5")
    assert second == "x" * 37 + "..." + "    -"


def test_cells_may_be_shorter():
    assert text_table(["abcdef"], [[12]], longest=5) == "ab...\n12"
