from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sandbox import Handle, Verdict

pytestmark = pytest.mark.sandbox


@pytest.fixture
def ran(opened: Any) -> Any:
    """ran(code): a session in which it has run."""

    def run(code: str, **job: Any) -> Any:
        session = opened(code, **job)
        session.run()
        return session

    return run


def test_plain_values_go_in_and_come_out(ran: Any) -> None:
    session = ran("def echo(*args, **kwargs):\n    return {'args': args, **kwargs}")
    reply = session.call("echo", 1, "two", [3.0, None], flag=True)
    assert reply.verdict is Verdict.COMPLETED
    assert reply.value == {"args": (1, "two", [3.0, None]), "flag": True}


def test_frames_and_arrays_go_in_and_come_out(ran: Any) -> None:
    session = ran("def predict(frame):\n    return (frame.age > 60).to_numpy(), frame.assign(seen=True)")
    frame = pd.DataFrame({"age": [50, 70], "ward": ["a", None]})
    array, back = session.call("predict", frame).value
    np.testing.assert_array_equal(array, [False, True])
    pd.testing.assert_frame_equal(back, frame.assign(seen=True))


def test_variables_are_read_by_value_or_stay_as_handles(ran: Any) -> None:
    session = ran("total = {'n': 3}\nclass Model:\n    weights = [1, 2]\nmodel = Model()")
    assert session.value("total").value == {"n": 3}
    assert session.value("model.weights").value == [1, 2]
    assert session.value("model").value.type_name == "Model"
    missing = session.value("other")
    assert (missing.verdict, missing.error.type) == (Verdict.CRASHED, "NameError")
    assert missing.error.message == "There is no variable named other."


def test_a_fitted_model_stays_inside_and_is_passed_back_as_a_handle(ran: Any) -> None:
    session = ran(
        "from sklearn.linear_model import LinearRegression\n"
        "def train(x, y):\n    return LinearRegression().fit(x, y)\n"
        "def predict(model, x):\n    return model.predict(x)"
    )
    model = session.call("train", np.array([[0.0], [1.0]]), np.array([0.0, 2.0])).value
    assert (type(model), model.type_name) == (Handle, "LinearRegression")
    np.testing.assert_allclose(session.call("predict", model, np.array([[3.0]])).value, [6.0])


def test_an_exception_in_a_function_is_a_reply(ran: Any) -> None:
    session = ran("def predict(x):\n    raise ValueError('no such column: age')\n\ndef fine():\n    return 1")
    reply = session.call("predict", 1)
    assert reply.verdict is Verdict.CRASHED
    assert (reply.error.type, reply.error.line) == ("ValueError", 2)
    assert reply.message == "Line 2: ValueError: no such column: age"
    assert session.call("fine").value == 1


def test_an_exception_in_a_function_of_a_notebook_is_told_with_its_cell(ran: Any) -> None:
    session = ran(["x = 1", "def predict():\n    return half(0)", "def half(x):\n    y = 1\n    return y / x"])
    assert session.call("predict").message == "Cell 3, line 3: ZeroDivisionError: division by zero"


def test_a_failure_in_a_library_is_told_with_the_line_that_called_it(ran: Any) -> None:
    session = ran("import json\n\ndef predict(text):\n    return json.loads(text)")
    assert session.call("predict", "{").error.line == 4


@pytest.mark.parametrize(
    ("name", "said"), [("predict", "There is no function named predict."), ("x", "x is a int, not a function.")]
)
def test_what_cannot_be_called_is_said(ran: Any, name: str, said: str) -> None:
    reply = ran("x = 3").call(name)
    assert reply.verdict is Verdict.CRASHED
    assert said in reply.message


def test_a_result_that_cannot_cross_is_said(ran: Any) -> None:
    reply = ran("def predict():\n    return {1: 'a'}").call("predict")
    assert reply.verdict is Verdict.CRASHED
    assert "keys must be text" in reply.message


def test_a_call_that_takes_too_long_ends_the_session(ran: Any) -> None:
    session = ran("def predict():\n    while True: pass\ndef fine():\n    return 1", call_s=0.3)
    reply = session.call("predict")
    assert reply.verdict is Verdict.TIMED_OUT
    assert reply.message == "Stopped after 0.3 s, the limit for one call: predict was still running."
    assert session.call("fine").verdict is Verdict.TIMED_OUT


def test_a_call_may_have_a_limit_of_its_own_shorter_or_longer_than_the_jobs(ran: Any) -> None:
    session = ran("import time\ndef predict(seconds):\n    time.sleep(seconds)\n    return 1", call_s=0.3)
    assert session.call("predict", 0.5, limit_s=5).value == 1
    reply = session.call("predict", seconds=60, limit_s=0.1)
    assert reply.verdict is Verdict.TIMED_OUT
    assert reply.message == "Stopped after 0.1 s, the limit for one call: predict was still running."
    assert 0.1 <= reply.seconds < 5


def test_what_the_platform_is_asked_counts_neither_towards_a_calls_own_limit(ran: Any) -> None:
    session = ran("from sandbox_host import ask\ndef score():\n    return ask(41) + 1")
    assert session.call("score", on_ask=lambda value: (time.sleep(0.4), value)[1], limit_s=0.3).value == 42


def test_a_call_that_asks_and_then_takes_too_long_is_stopped(ran: Any) -> None:
    session = ran("from sandbox_host import ask\ndef score():\n    ask(1)\n    while True: pass")
    reply = session.call("score", on_ask=lambda value: value, limit_s=0.2)
    assert reply.message == "Stopped after 0.2 s, the limit for one call: score was still running."


def test_a_call_that_leaves_python_ends_the_session(ran: Any) -> None:
    session = ran("import os\ndef predict():\n    os._exit(0)")
    assert (
        session.call("predict").message == "Predict ended Python itself, with exit status 0, before the run was over."
    )
    assert session.call("predict").verdict is Verdict.CRASHED


def test_what_a_call_prints_is_in_its_reply_and_counts(ran: Any) -> None:
    session = ran("print('run')\ndef say():\n    print('said')\ndef flood():\n    print('x' * 5000)", output_kb=4)
    assert session.call("say").stdout == "said\n"
    assert session.call("flood").verdict is Verdict.TOO_MUCH_OUTPUT


def test_a_call_before_the_run_and_a_second_run_are_refused(opened: Any) -> None:
    session = opened("def f(): return 1")
    assert session.call("f").verdict is Verdict.PLATFORM_FAULT
    assert session.run().verdict is Verdict.COMPLETED
    assert session.run().message == "This session has run already."


def test_trusted_code_asks_the_platform_in_the_middle_of_a_call(ran: Any) -> None:
    session = ran("from sandbox_host import ask\ndef score(labels):\n    return sum(ask(n) == n * 2 for n in labels)")
    asked: list[Any] = []

    def answer(value: Any) -> Any:
        asked.append(value)
        return value * 2

    assert session.call("score", [1, 2, 3], on_ask=answer).value == 3
    assert asked == [1, 2, 3]


def test_time_that_the_platform_takes_to_answer_does_not_count(ran: Any, opened: Any) -> None:
    slow = ran("import time\ndef predict(x):\n    time.sleep(0.5)\n    return x")
    session = ran("from sandbox_host import ask\ndef score():\n    return ask(41) + 1", call_s=0.4)
    assert session.call("score", on_ask=lambda value: slow.call("predict", value).value).value == 42


def test_without_someone_to_answer_an_ask_is_refused(ran: Any) -> None:
    session = ran("from sandbox_host import ask\ndef cheat():\n    return ask('labels')")
    reply = session.call("cheat")
    assert (reply.verdict, reply.error.type) == (Verdict.CRASHED, "RuntimeError")
    assert "Nobody answers" in reply.message


def test_asking_while_the_entry_runs_is_refused(run: Any) -> None:
    assert "Nobody answers" in run("from sandbox_host import ask\nask('labels')").message


def test_an_answer_that_fails_is_the_callers_error_and_ends_the_session(ran: Any) -> None:
    session = ran("from sandbox_host import ask\ndef score():\n    return ask(1)")

    def answer(value: Any) -> Any:
        raise LookupError("bug of ours")

    with pytest.raises(LookupError, match="bug of ours"):
        session.call("score", on_ask=answer)
    assert session.call("score").verdict is Verdict.PLATFORM_FAULT


def test_arguments_that_cannot_cross_are_the_platforms_fault(ran: Any) -> None:
    assert ran("def f(x): return 1").call("f", Path("x")).verdict is Verdict.PLATFORM_FAULT


def test_large_values_cross(ran: Any) -> None:
    array = np.arange(4_000_000.0)
    np.testing.assert_array_equal(ran("def echo(x): return x").call("echo", array).value, array)


def test_a_function_that_never_reads_its_argument_does_not_block_us(ran: Any) -> None:
    session = ran("import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()")
    assert session.call("missing", np.zeros(5_000_000)).verdict is Verdict.CRASHED


def test_closing_gives_what_was_used_and_may_be_done_twice(ran: Any) -> None:
    session = ran("kept = bytearray(50_000_000)\ndef f(): return 1")
    usage = session.close()
    assert usage.peak_memory_mb > 40
    assert session.close() == usage
    assert session.call("f").verdict is Verdict.PLATFORM_FAULT
