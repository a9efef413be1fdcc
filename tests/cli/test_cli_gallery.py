"""The gallery as files: which animations there are, that their numbers are right, and the command that writes them."""

import ctypes
import dataclasses
import errno
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import contact_sheet
import numpy as np
import pytest
from PIL import Image

import convviz
from convviz import cli, examples
from convviz._support import processes
from convviz.examples import gallery

COMMAND = [sys.executable, "-m", "convviz", "gallery"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(convviz.__file__).parents[1])}
#: The animations of the conv_arithmetic set, and the four with numbers.
GUIDE = [name for name in gallery.names() if examples.titles().get(name, "").startswith("Guide")]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        status = cli.main(["gallery", *map(str, arguments)])
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


# The animations


def test_everything_that_has_steps_is_animated():
    names = gallery.names()
    assert len(set(names)) == len(names)
    with_steps = [name for name in examples.names() if examples.get(name).kind != "calculation"]
    assert names[: len(with_steps)] == with_steps
    assert {name for name in names if name.endswith("_scatter")} == {f"{name}_scatter" for name in examples.names("transposed")}
    assert set(gallery.BACKWARD) | set(gallery.PAIRS) < set(names)
    assert len(GUIDE) == 19


def test_titles_in_both_languages():
    english, japanese = gallery.titles(), gallery.titles("ja")
    assert list(english) == list(japanese) == gallery.names()
    assert len(set(english.values())) == len(set(japanese.values())) == len(english)
    assert all(any("぀" <= letter <= "鿿" for letter in title) for title in japanese.values())
    assert english["padding_strides_transposed_scatter"] == "Stamp by stamp: padding 1, strides 2"
    assert japanese["padding_strides_transposed_scatter"] == "スタンプ：パディング1、ストライド2"
    with pytest.raises(ValueError, match="lang is 'fr'; expected 'en' or 'ja'"):
        gallery.titles("fr")


@pytest.mark.parametrize(
    ("name", "gradient"),
    [
        ("gradient_max_pooling", [[0, 0, 1, -1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 5, 0]]),
        ("gradient_average_pooling", [[1, 1, -1, -1], [3, 4, 0, -1], [2, 2, 3, 3], [0, -1, 2, 3]]),
    ],
)
def test_gradients_as_worked_out_by_hand(name, gradient):
    assert gallery.animation(name).output.tolist() == gradient


@pytest.mark.parametrize("name", gallery.names())
def test_every_frame_shows_the_right_numbers(name):
    assert contact_sheet.wrong(name) == ""


@pytest.mark.parametrize(
    "name", ["groups", "padding_strides_transposed_scatter", "padding_counted_or_not", "gradient_max_pooling"]
)
def test_a_last_frame_with_a_wrong_number_would_be_found(name, monkeypatch):
    right = contact_sheet.judged
    monkeypatch.setattr(contact_sheet, "judged", lambda trace: [*right(trace)[:-1], 77])
    assert "77" in contact_sheet.wrong(name)


@pytest.mark.parametrize("name", ["neuron", "lecture_6x6_same", "valid_and_same", "gradient_input", "photograph_edge"])
def test_a_frame_whose_formula_has_a_wrong_result_would_be_found(name, monkeypatch):
    right = convviz.stage.frames.formula

    def mistaken(board, step):
        return f"{right(board, step)}0" if step.index == len(board.trace) - 1 else right(board, step)

    monkeypatch.setattr(convviz.stage.frames, "formula", mistaken)
    assert re.fullmatch(r"((left|right) )?frame \d+ says .*0, not .*", contact_sheet.wrong(name), re.DOTALL)


@pytest.mark.parametrize("name", ["dilation", "kernel_and_flipped", "ceil_mode", "gradient_input_scatter"])
def test_a_frame_in_the_middle_with_a_wrong_cell_would_be_found(name, monkeypatch):
    right = convviz.stage.scene.Scene.cell

    def mistaken(scene, grid, row, column):
        cell = right(scene, grid, row, column)
        there = grid.name.endswith("output") and (scene.frame.step, row, column) == (3, 0, 1)
        return dataclasses.replace(cell, text="77") if there else cell

    monkeypatch.setattr(convviz.stage.scene.Scene, "cell", mistaken)
    assert re.match(r"(left )?frame 4 shows \['\d+', '77', ", contact_sheet.wrong(name))


def test_photographs_are_those_of_their_kernels():
    small = gallery.small_photograph()
    assert small.shape == (150, 128) and small[0, 0] == round(examples.photograph()[:4, :4].mean())
    trace = gallery.animation("photograph_sobel_x")
    rows = small.astype(int)
    across = rows[:, 2:] - rows[:, :-2]
    np.testing.assert_array_equal(trace.output, across[:-2] + 2 * across[1:-1] + across[2:])


@pytest.mark.parametrize("kernel", gallery.KERNELS)
def test_pictures_show_every_pixel_of_a_photograph(kernel):
    trace = gallery.animation(gallery.PHOTOGRAPH + kernel)
    for grid, values in zip(("input", "output"), (trace.source, trace.output), strict=True):
        assert trace.board().stage.grid(grid).pixels.shape[:2] == values.squeeze().shape


def test_comparisons_differ_on_purpose():
    for name in gallery.PAIRS:
        both = gallery.animation(name)
        assert repr(both.left.operation) != repr(both.right.operation), name


def test_an_unknown_animation_gets_the_nearest():
    with pytest.raises(ValueError, match="no animation is called 'valid_or_same'; did you mean 'valid_and_same'"):
        gallery.animation("valid_or_same")


# The command


def test_the_whole_gallery_on_all_cores(run, tmp_path):
    status, out, err = run("out", "--formats", "svg")
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert (status, err) == (0, "")
    assert written == sorted(f"{name}.svg" for name in gallery.names())
    assert re.fullmatch(rf"wrote {len(written)} files into out \([\d.]+ [kM]B\)\n", out)


def test_the_set_is_smaller_than_the_originals(run, tmp_path):
    status, _, err = run("out", "--only", *GUIDE)
    files = list((tmp_path / "out").iterdir())
    assert (status, err) == (0, "") and len(files) == 19
    assert sum(path.stat().st_size for path in files) < 4_000_000
    for path in files:
        with Image.open(path) as animation:
            assert animation.n_frames == examples.get(path.stem).answer.size


def test_formats_and_options_reach_the_files(run, tmp_path):
    look = ["--theme", "dark", "--lang", "ja", "--size", "200x100", "--seconds", "0.5"]
    which = ["--formats", ".GIF", "html", "--only", "textbook_4x4", "neuron", "--formats", "gif"]
    status, out, err = run("new/out", *which, *look)
    assert (status, err) == (0, "") and out.startswith("new/out に 4 ファイルを書き込み (")
    written = sorted(os.listdir(tmp_path / "new" / "out"))
    assert written == ["neuron.gif", "neuron.html", "textbook_4x4.gif", "textbook_4x4.html"]
    with Image.open(tmp_path / "new/out/textbook_4x4.gif") as animation:
        assert (animation.size, animation.n_frames, animation.info["duration"]) == ((200, 100), 4, 500)
        assert sum(animation.convert("RGB").getpixel((0, 0))) < 150
    assert '<html lang="ja"' in (tmp_path / "new/out/neuron.html").read_text(encoding="utf-8")


def test_a_photograph_has_few_steps(run, tmp_path):
    assert run(".", "--only", "photograph_edge", "--size", "200", "--quiet") == (0, "", "")
    with Image.open(tmp_path / "photograph_edge.gif") as animation:
        assert animation.n_frames == gallery.PHOTOGRAPH_STEPS


def test_one_that_fails_is_named_and_the_others_are_written(run, tmp_path):
    (tmp_path / "textbook_4x4.gif").mkdir()
    (tmp_path / "neuron.gif").write_text("an older one")
    for jobs in ("1", "2"):
        status, out, err = run(".", "--only", "textbook_4x4", "neuron", "lecture_max_pooling", "--jobs", jobs)
        assert status == 1 and out.startswith("wrote 2 files into . (")
        assert err == f"convviz: {tmp_path}/textbook_4x4.gif: this is a folder; add the name of a file\n"
        assert sorted(os.listdir(tmp_path)) == ["lecture_max_pooling.gif", "neuron.gif", "textbook_4x4.gif"]
        assert (tmp_path / "neuron.gif").read_bytes().startswith(b"GIF89a")


def test_a_mistake_in_one_animation_is_said_with_its_name(run, monkeypatch):
    def mistaken(name):
        raise AttributeError("no such thing")

    monkeypatch.setattr(gallery, "animation", mistaken)
    assert run(".", "--only", "neuron", "--jobs", "1") == (1, "", "convviz: neuron.gif: AttributeError: no such thing\n")


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "the following arguments are required: OUT (before --formats and --only); see convviz gallery --help"),
        (["--formats", "gif", "out"], "argument --formats: 'out' is not gif, webp, apng, mp4, pdf, pptx, png, svg or html"),
        (["out", "--formats", "jpg"], "argument --formats: 'jpg' is not gif, webp, apng, mp4, pdf, pptx, png, svg or html"),
        (["out", "--formats"], "argument --formats: expected at least one argument"),
        (["out", "--only", "lecture_6x7"], "--only lecture_6x7: no animation is called that; did you mean 'lecture_6x6'"),
        (["out", "--only", "neuron", "zzz"], "--only zzz: no animation is called that; convviz list lists all"),
        (["out", "--only", "vgg16"], "--only vgg16: that is a calculation, which has no steps to show"),
        (["out", "--jobs", "0"], "--jobs is 0; expected a whole number of at least 1"),
        (["out", "--jobs", "-1"], "--jobs is -1; expected a whole number of at least 1"),
        (["out", "--jobs", str(2**64)], "--jobs is 18446744073709551616; expected a whole number of at most "),
        (["out", "--jobs", "many"], "argument --jobs: 'many' is not a whole number"),
        (["a_file"], "a_file is a file; give the name of a folder"),
        (["a_file/out"], "a_file/out: no files can be written there (Not a directory); choose another folder"),
        (["/dev/null/out"], "/dev/null/out: no files can be written there (Not a directory); choose another folder"),
        (["out", "--size", "4x4"], "expected width and height from 16 to 10000 pixels"),
        (["out", "--size", "800", "--formats", "html"], "--size is for files: --formats with .gif, .webp, .apng, .mp4, .pdf"),
        (["out", "--seconds", "601"], "--seconds is 601; expected more than 0 and at most 600 seconds"),
        (["out", "--theme", "pink"], "invalid choice: 'pink'"),
    ],
)
def test_nonsense_is_one_line_and_nothing_is_written(run, tmp_path, arguments, said):
    (tmp_path / "a_file").write_text("")
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("convviz: ") and err.count("\n") == 1 and said in err
    assert os.listdir(tmp_path) == ["a_file"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_may_not_be_written(run, tmp_path):
    (tmp_path / "out").mkdir(mode=0o555)
    said = "convviz: out: no files can be written there (Permission denied); choose another folder\n"
    assert run("out", "--only", "neuron") == (2, "", said)


@pytest.mark.parametrize("ending, package", [("mp4", "imageio-ffmpeg"), ("pptx", "python-pptx")])
def test_a_missing_package_is_said_once(run, tmp_path, monkeypatch, ending, package):
    found = importlib.util.find_spec
    missing = {"imageio_ffmpeg", "pptx"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else found(name))
    status, _, err = run("out", "--formats", "gif", ending)
    assert status == 2 and err.count("\n") == 1
    assert f"to write .{ending}, install {package}, which is the extra [" in err
    assert os.listdir(tmp_path) == []


def test_a_warning_is_given_once(tmp_path, monkeypatch):
    def warn(*about, **options):
        warnings.warn("no font has these letters", stacklevel=2)
        Path(about[1]).write_text("")

    monkeypatch.setattr(convviz.Trace, "save", warn)
    with pytest.warns(UserWarning, match="no font has these letters") as caught:
        done = list(gallery.write(tmp_path, [("neuron", ".gif"), ("textbook_4x4", ".gif")], jobs=1))
    assert len(caught) == 1 and [error for _, _, error in done] == [None, None]


def test_help_fits_and_list_names_all(run, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = run("--help")
    assert status == 0 and max(map(len, out.splitlines())) <= 80
    cli.main(["list"])
    listed = capsys.readouterr().out
    for name, title in gallery.titles().items():
        assert re.search(rf"^  {name}\s+{re.escape(title)}$", listed, re.MULTILINE), name


def at_a_terminal(*arguments):
    """The command with a terminal for its words: exit status and what stands there."""
    pty = pytest.importorskip("pty", reason="terminals are made by pty, which this system lacks")
    import termios

    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    found = subprocess.run([*COMMAND, *arguments], stdout=slave, stderr=slave, env=ENVIRONMENT | {"TERM": "xterm"})
    os.write(slave, b"end")
    os.close(slave)
    text = os.read(master, 100_000).decode()
    os.close(master)
    return found.returncode, text


def test_a_bar_at_a_terminal_and_none_in_a_pipe(tmp_path):
    # of many steps, for which a file that is written alone has a bar of its own
    long = "full_padding_no_strides", "full_padding_no_strides_transposed_scatter"
    for jobs in ("1", "2"):
        status, text = at_a_terminal(str(tmp_path), "--only", *long, "--formats", "gif", "html", "svg", "--jobs", jobs)
        assert status == 0 and "| 0/6 [" in text and "file/s]" in text and "wrote 6 files" in text
        assert "step/s" not in text and "/49" not in text
    assert at_a_terminal(str(tmp_path), "--only", "neuron", "--formats", "svg", "--quiet") == (0, "end")
    found = subprocess.run([*COMMAND, str(tmp_path), "--only", "neuron"], capture_output=True, env=ENVIRONMENT)
    assert (found.returncode, found.stderr) == (0, b"") and found.stdout.startswith(b"wrote 1 file into ")


@pytest.mark.skipif(os.name != "posix", reason="interrupts are sent by a POSIX signal")
def test_control_c_ends_all_processes_and_leaves_whole_files(tmp_path):
    command = [*COMMAND, str(tmp_path), "--jobs", "2", "--formats", "gif", "mp4"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, start_new_session=True)
    while not list(tmp_path.glob("*.gif")):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the command
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"")
    assert {path.suffix for path in tmp_path.iterdir()} <= {".gif", ".mp4"}
    for path in tmp_path.glob("*.gif"):
        assert path.read_bytes().endswith(b";")
    time.sleep(0.2)
    assert len(list(tmp_path.iterdir())) < 2 * len(gallery.names())


def test_a_file_that_is_asked_for_twice_is_written_once(tmp_path):
    files = [("neuron", ".svg"), ("textbook_4x4", ".svg"), ("neuron", ".svg")]
    done = sorted(name for name, _, error in gallery.write(tmp_path, files, jobs=2) if error is None)
    assert done == sorted(os.listdir(tmp_path)) == ["neuron.svg", "textbook_4x4.svg"]


def test_the_hidden_folder_goes_when_no_process_writes_into_it_any_more(tmp_path, monkeypatch):
    working, remove = [], gallery.shutil.rmtree

    def watched(folder, **options):
        working.append(processes.multiprocessing.active_children())
        remove(folder, **options)

    monkeypatch.setattr(gallery.shutil, "rmtree", watched)
    done = gallery.write(tmp_path, [(name, ".gif") for name in ("lecture_6x6_same", "valid_and_same", "neuron")], jobs=2)
    next(done)
    assert len(processes.multiprocessing.active_children()) == 2
    done.close()
    assert working == [[]]
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []


# Several processes


def doubled(task):
    """Work for other processes: some of it fails, some ends the process."""
    if task == "mistake":
        raise ValueError("no number")
    if task == "odd error":
        raise Odd(1, 2)
    if task == "death":
        os._exit(3)
    if task == "endless":
        time.sleep(600)
    if task == "stubborn":
        stay()
    return 2 * task


def stay():
    """Work that cannot be ended in good order, as where compiled code swallows what Python raises in it."""
    print("begun", flush=True)
    while True:
        try:
            time.sleep(600)
        except SystemExit:
            continue


class Odd(Exception):
    """An error that cannot be read from a pickle."""

    def __init__(self, first, second):  # noqa: B042
        super().__init__("odd")


def test_each_task_is_done_once_and_errors_come_back():
    tasks = [1, "mistake", 2, "death", 3, "death", 4, "odd error", 5]
    done = list(processes.each(doubled, tasks, jobs=3))
    assert sorted(task for task, _, error in done if error is None) == [1, 2, 3, 4, 5]
    assert all(result == 2 * task for task, result, error in done if error is None)
    failed = sorted((task, type(error).__name__, str(error)) for task, _, error in done if error is not None)
    dead = ("death", "RuntimeError", "the process that worked on it ended with status 3")
    assert failed == [dead, dead, ("mistake", "ValueError", "no number"), ("odd error", "RuntimeError", "Odd: odd")]


def test_one_job_needs_no_process():
    here = []
    assert list(processes.each(here.append, [1, 2], jobs=1)) == [(1, None, None), (2, None, None)] and here == [1, 2]
    assert list(processes.each(doubled, [], jobs=4)) == []


def test_who_stops_early_leaves_no_process():
    before = set(processes.multiprocessing.active_children())
    found = processes.each(doubled, [1, "endless", "endless"], jobs=2)
    assert next(found) == (1, 2, None)
    begun = set(processes.multiprocessing.active_children()) - before
    assert len(begun) == 2
    found.close()
    assert not any(process.is_alive() for process in begun)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no alarms; processes are killed at once")
def test_a_process_that_swallows_its_end_is_ended_all_the_same(capfd):
    found = processes.each(doubled, [1, "stubborn", "stubborn"], jobs=2)
    assert next(found) == (1, 2, None)
    begun = processes.multiprocessing.active_children()
    said = ""
    while said.count("begun") < 2:
        said += capfd.readouterr().out
        time.sleep(0.01)
    found.close()
    # by its own alarm: to be killed from outside it would have had to wait much longer
    assert {process.exitcode for process in begun} == {-signal.SIGALRM}


def refused(function):
    """What starts a process where the system lets no more begin."""
    raise OSError(errno.EAGAIN, "Resource temporarily unavailable")


def test_where_no_process_can_begin_the_work_is_done_here(monkeypatch):
    monkeypatch.setattr(processes, "Worker", refused)
    assert list(processes.each(doubled, [1, 2, 3], jobs=2)) == [(1, 2, None), (2, 4, None), (3, 6, None)]


def test_fewer_processes_do_all_the_work(monkeypatch):
    makers = iter([processes.Worker])
    monkeypatch.setattr(processes, "Worker", lambda function: next(makers, refused)(function))
    done = list(processes.each(doubled, [1, 2, "death", 3], jobs=3))
    assert [(task, result) for task, result, _ in done] == [(1, 2), (2, 4), ("death", None), (3, 6)]
    assert [type(error) for _, _, error in done] == [type(None), type(None), RuntimeError, type(None)]


def test_a_process_that_ends_by_itself_is_reported_with_its_status():
    done = list(processes.each(ended, [1, 2], jobs=2))
    assert {str(error) for _, _, error in done} == {"the process that worked on it ended with status 4"}


def ended(task):
    """Work that ends its process."""
    raise SystemExit(4)


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by a POSIX signal")
def test_a_process_that_is_killed_says_what_that_may_mean():
    done = list(processes.each(killed, [1, 2], jobs=2))
    assert {str(error) for _, _, error in done} == {
        "the process that worked on it was killed (status -9), as it is where memory runs out"
    }


def killed(task):
    """Work in the middle of which the process is killed."""
    os.kill(os.getpid(), signal.SIGKILL)


def press(task):
    """Work during which Ctrl-C is pressed, once it is begun, in ways that code of other packages has with it."""
    if task == "swallowed":
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            return "done"
    if task == "changed":
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("Invalid bounding box") from None
    if task == "in a callback":
        ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))()
    return task


@pytest.mark.parametrize("how", ["swallowed", "changed", "in a callback"])
def test_control_c_is_not_lost_where_other_code_catches_it(how, monkeypatch):
    said = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    found = processes.each(press, ["first", how, "never begun"], jobs=1)
    assert next(found) == ("first", "first", None)
    with pytest.raises(KeyboardInterrupt):
        next(found)
    assert list(found) == [] and said == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert sys.unraisablehook == said.append


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="this system cannot hold signals back")
def test_control_c_is_heard_after_a_process_is_begun():
    heard = []
    with pytest.raises(KeyboardInterrupt), processes.deaf():
        signal.raise_signal(signal.SIGINT)
        heard.append("nothing yet")
    assert heard == ["nothing yet"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_other_threads_may_use_processes():
    found = []
    thread = threading.Thread(target=lambda: found.extend(processes.each(doubled, [1, 2], jobs=2)))
    thread.start()
    thread.join()
    assert sorted(found) == [(1, 2, None), (2, 4, None)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# The contact sheet


def test_a_sheet_shows_three_frames_of_each(tmp_path, capsys):
    contact_sheet.main([str(tmp_path / "sheets"), "--only", "textbook_4x4", "neuron", "lecture_max_pooling", "--rows", "2"])
    assert re.fullmatch(r"3 animations, 0\.\d\d MB, on 2 sheets in .*\n", capsys.readouterr().out)
    assert sorted(os.listdir(tmp_path / "sheets")) == ["sheet-1.png", "sheet-2.png"]
    with Image.open(tmp_path / "sheets" / "sheet-1.png") as sheet:
        assert sheet.width == 3 * contact_sheet.WIDTH + 4 * contact_sheet.GAP
    convviz.examples.lecture_max_pooling.trace().save(tmp_path / "one.webp")
    contact_sheet.main([str(tmp_path / "others"), str(tmp_path)])
    assert "1 animations" in capsys.readouterr().out
    kept, count = contact_sheet.frames(tmp_path / "one.webp")
    assert (len(kept), count) == (3, 4)
    assert len({frame.tobytes() for frame in kept}) == 3
    with pytest.raises(SystemExit, match="no file in .*sheets ends in .gif, .webp, .apng"):
        contact_sheet.main([str(tmp_path / "others"), str(tmp_path / "sheets")])


def test_files_with_too_few_frames_are_found(tmp_path):
    trace, path = examples.lecture_max_pooling.trace(), tmp_path / "lecture_max_pooling.gif"
    trace.save(path)
    assert contact_sheet.miscounted(path, "lecture_max_pooling") == ""
    trace.save(path, steps=3)
    assert contact_sheet.miscounted(path, "lecture_max_pooling") == "3 frames for 4 steps"
    trace.save(path, hold=0.8)
    assert contact_sheet.miscounted(path, "lecture_max_pooling") == "the last frame stands 800 ms, others 800 ms"


def test_no_sheet_is_made_of_wrong_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(contact_sheet, "wrong", lambda name: "frame 1 shows 5" if name == "neuron" else "")
    with pytest.raises(SystemExit, match="^neuron: frame 1 shows 5$"):
        contact_sheet.main([str(tmp_path / "sheets"), "--only", "textbook_4x4", "neuron"])
    assert os.listdir(tmp_path / "sheets") == []
