from compressible.reports.markers import fill, marked

PAGE = """# Page
<!-- table one-two -->
old
<!-- end -->
between
<!-- table three -->
<!-- end -->
"""


def test_what_is_given_is_replaced_and_all_else_stays() -> None:
    assert marked(PAGE) == ["one-two", "three"]
    assert fill(PAGE, {"one-two": r"| \1 |", "four": "x"}) == PAGE.replace("old", r"| \1 |")


def test_a_page_filled_twice_is_the_page_filled_once() -> None:
    tables = {"one-two": "a\nb", "three": "c"}
    assert fill(fill(PAGE, tables), tables) == fill(PAGE, tables)
