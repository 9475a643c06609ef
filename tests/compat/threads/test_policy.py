"""Fewer threads at once, more after a while."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l.compat.threads.load import Load
from d2l.compat.threads.policy import Policy


def choose(policy, start, seconds, others, waited=0):
    """The numbers that are chosen, by looks every 0.2 s."""
    return [policy.update(start + i / 5, Load(others, waited))
            for i in range(int(seconds * 5))]


def test_all_cores_where_nobody_else_computes():
    assert set(choose(Policy(2), 0, 10, 0.3)) == {2}


@pytest.mark.parametrize('cores, others, expected', [
    (2, 0.7, 1), (2, 1, 1), (2, 5, 1), (8, 1, 7), (8, 2.5, 5), (8, 7.9, 1)])
def test_one_look_is_enough_to_give_way(cores, others, expected):
    assert Policy(cores).update(0, Load(others, 0)) == expected


def test_idle_cores_are_used_after_a_second():
    policy = Policy(2)
    policy.update(0, Load(1, 0))
    numbers = choose(policy, 0.2, 2, 0)
    assert 4 <= numbers.index(2) <= 6 and set(numbers[6:]) == {2}


def test_a_core_that_is_idle_now_and_then_is_not_used():
    policy = Policy(2)
    assert {policy.update(i / 5, Load(i % 4 > 0, 0))
            for i in range(1, 100)} == {1}


def test_threads_that_wait_are_too_many():
    """Beside a program with a smaller share, which uses little."""
    policy = Policy(4)
    assert policy.update(0, Load(0.1, 0.7)) == 3
    assert policy.update(0.2, Load(0.1, 0.7)) == 2
    assert policy.update(0.4, Load(0.1, 0.3)) == 2


def test_mistakes_become_rare():
    """Two programs could each take the core that the other left idle."""
    policy, raised = Policy(2), []
    for i in range(1000):
        before = policy.num_threads
        # the core looks idle, but a thread on it has to wait
        policy.update(i / 5, Load(0, 0.8 if before == 2 else 0))
        if policy.num_threads > before:
            raised.append(i / 5)
    waits = [after - before for before, after in zip(raised, raised[1:])]
    waits = [round(wait, 1) for wait in waits]
    assert waits == sorted(waits) and 30 <= waits[-1] < 32
    assert len(raised) < 12

    # a raise that was right ends that
    choose(policy, 200, 60, 0)
    policy.update(260, Load(1, 0))
    assert choose(policy, 260.2, 2, 0)[-1] == 2


@given(st.integers(1, 64), st.lists(st.tuples(
    st.floats(0, 100), st.floats(0, 100)), max_size=30))
def test_between_one_and_all_cores(cores, loads):
    policy = Policy(cores)
    for i, (others, waited) in enumerate(loads):
        number = policy.update(i / 5, Load(others, waited))
        assert isinstance(number, int) and 1 <= number <= cores
        assert number == policy.num_threads
