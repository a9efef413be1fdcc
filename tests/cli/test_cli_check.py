"""The command check: what it says, and its exit status."""

import numpy as np
import pytest

from convviz import cli

PUBLISHED = "18,22,19,20\n16,18,21,18\n18,25,21,19\n15,17,22,16\n"


@pytest.fixture
def check(capsys, monkeypatch, tmp_path):
    """Run ``convviz check`` in an empty folder that may hold answer.csv: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, answer=None):
        if answer is not None:
            (tmp_path / "answer.csv").write_text(answer, encoding="utf-8")
        status = cli.main(["check", *arguments])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


def test_a_wrong_answer_ends_with_1(check):
    status, out, err = check("--example", "lecture_6x6", "answer.csv", answer=PUBLISHED)
    assert (status, err) == (1, "")
    assert out.startswith("2 of 16 cells are wrong.\n")
    assert "row 3, column 1: 1×1 + 2×2 + 3×2 + 4×0 + 2×0 + 2×1 + 0×2 + 2×1 + 1×1 = 16, not 17 (1 too much)" in out


def test_a_right_answer_ends_with_0(check):
    right = PUBLISHED.replace("22,19", "20,19").replace("17", "16")
    assert check("answer.csv", "--example", "lecture_6x6", answer=right) == (0, "All 16 cells are right.\n", "")


@pytest.mark.parametrize("blank", ["", "_", "?", " ", "nan"])
def test_blank_cells(check, blank):
    answer = PUBLISHED.replace("22,19", f"{blank},19").replace("17", "16")
    assert check("answer.csv", "--example", "lecture_6x6", answer=answer)[:2] == (
        0,
        "All 15 cells that are filled in are right; 1 is blank.\n",
    )


def test_a_reflected_border_is_right_where_it_is_asked_for(check):
    problem = "--input", "1 2 3 4", "--kernel", "1 1 1", "--padding", "same"
    assert check("5 6 9 10", *problem, "--padding-mode", "reflect")[0] == 0
    assert check("5 6 9 10", *problem)[0] == 1


def test_one_s_own_problem(check):
    problem = ["--input", "0 2 3 / 4 2 1 / 2 2 1", "--kernel", "1 2 / 0 1"]
    assert check("6 9 / 10 5", *problem)[0] == 0
    assert check("6 9 / 10 -5", *problem)[0] == 1
    assert check("-1 9 / _ 5", *problem)[0] == 1
    assert check("4 3 / 4 2", "--input", "0 2 3 / 4 2 1", "--pool", "max", "--strides", "1", "--padding", "0,0,0,0")[0] == 1
    assert check("2", "--input", "0 2 / 4 2", "--pool", "average")[0] == 0
    assert check("1.33", "--input", "1 1 / 1 2", "--pool", "average", "--decimals", "2")[0] == 1
    assert check("1.25", "--input", "1 1 / 1 2", "--pool", "average")[0] == 0


def test_an_answer_as_npy(check, tmp_path):
    np.save(tmp_path / "answer.npy", np.array([[6, 9], [10, 5.0]]))
    assert check("answer.npy", "--input", "0 2 3 / 4 2 1 / 2 2 1", "--kernel", "1 2 / 0 1")[0] == 0


def test_in_japanese(check):
    status, out, _ = check("answer.csv", "--example", "lecture_6x6", "--lang", "ja", answer=PUBLISHED)
    assert status == 1
    assert out.startswith("2 / 16 個のセルが間違っています。")


@pytest.mark.parametrize(
    ("arguments", "answer", "said"),
    [
        (["answer.csv", "--example", "lecture_6x6"], None, "there is no file 'answer.csv'"),
        (["answer.csv", "--example", "lecture_6x6"], "18,x,19,20\n", "answer.csv: row 1, column 2 (counting from 1): 'x'"),
        (["answer.csv", "--example", "lecture_6x6"], "1,2\n3\n", "row 2 has length 1, but row 1 has length 2"),
        (["answer.csv", "--example", "lecture_6x6"], "", "answer.csv is empty"),
        (["answer.csv", "--example", "lecture_6x6"], ",,,\n,,,\n", "all 8 cells are blank"),
        (["answer.csv", "--example", "lecture_6x7"], PUBLISHED, "lecture_6x6"),
        (["answer.csv"], PUBLISHED, "--example NAME, or --input INPUT"),
        (["answer.csv", "--example", "lecture_6x6", "--strides", "2"], PUBLISHED, "an example has its settings"),
        (["answer.csv", "--input", "1 2"], PUBLISHED, "either --kernel KERNEL or --pool max"),
        (["answer.csv", "--input", "1 2", "--kernel", "1", "--pool", "max"], PUBLISHED, "either --kernel KERNEL or"),
        (["answer.csv", "--input", "1 2", "--kernel", "1", "--pool-size", "2"], PUBLISHED, "--pool-size needs --pool"),
        (["answer.csv", "--input", "1 2", "--pool", "max", "--bias", "2"], PUBLISHED, "--bias is for convolutions"),
        (["answer.csv", "--input", "1 2", "--pool", "max", "--padding-mode", "wrap"], PUBLISHED, "--padding-mode is for conv"),
        (["answer.csv", "--input", "1 2", "--kernel", "1", "--padding-mode", "wrap"], PUBLISHED, "--padding-mode needs --padd"),
        (["answer.csv", "--example", "lecture_6x6", "--padding-mode", "wrap"], PUBLISHED, "an example has its settings"),
        ([".", "--example", "lecture_6x6"], None, "is a folder"),
        ([], None, "arguments are required: ANSWER"),
    ],
)
def test_unusable_input_ends_with_2(check, arguments, answer, said):
    status, out, err = check(*arguments, answer=answer)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
