"""Pushes that fail on the way: what passes is got over, and what lasts goes on when the same is done again."""

import hashlib
import subprocess
import time
from pathlib import Path

import pytest
from hub_store import Fault, Hub
from pushing import DATA, QUIET, REPO, REQUESTS, TRAIN, contents, in_a_process, on_hub, pushed
from pushing import folder as folder
from pushing import hub as hub
from pushing import naps as naps

from pipeline.errors import PushError

pytestmark = QUIET


FAILURES = {
    "429": {"what": 429, "headers": {"Retry-After": "7"}},
    "503": {"what": 503},
    "cut": {"what": "cut", "after": 9},
    "mute": {"what": "mute"},
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_passing_failure_is_got_over(hub: Hub, folder: Path, naps: list[float], request_: str, failure: str) -> None:
    hub.part_size = 20_000
    hub.faults = [Fault(REQUESTS[request_], times=2, **FAILURES[failure])]  # type: ignore[arg-type]
    found = pushed(hub, folder)
    assert hub.faults[0].times == 0
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)
    assert len(hub.repos[REPO].commits) == 2 and hub.repos[REPO].tags == {"v1.0.0": found.commit}
    assert len(naps) == 2
    assert all(nap >= (7 if failure == "429" else 1) for nap in naps)


def test_rate_limits_of_the_hub_are_kept(hub: Hub, folder: Path, naps: list[float]) -> None:
    told: list[str] = []
    limit = {"RateLimit": '"api";r=0;t=41', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    hub.faults = [Fault(REQUESTS["commit"], 429, headers=limit), Fault(REQUESTS["preupload"], 429, headers=limit)]
    pushed(hub, folder, tell=told.append)
    assert naps == [42, 42] and "127.0.0.1 asks to wait 42 s" in told


@pytest.mark.parametrize("request_", ["who", "create", "whole", "commit", "tag"])
def test_a_hub_that_does_not_answer_is_asked_again(
    hub: Hub, folder: Path, naps: list[float], request_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.publish.hub.ANSWER_SECONDS", 0.2)
    hub.faults = [Fault(REQUESTS[request_], "stop")]
    found = pushed(hub, folder)
    assert naps == [1] and on_hub(hub) == contents(folder) and hub.repos[REPO].tags == {"v1.0.0": found.commit}


@pytest.mark.parametrize("request_", ["whole", "commit", "tag"])
@pytest.mark.parametrize("what", [503, "cut"])
def test_after_a_lasting_failure_the_same_goes_on(hub: Hub, folder: Path, request_: str, what: int | str) -> None:
    oid = hashlib.sha256(DATA[TRAIN]).hexdigest()
    pattern = f"PUT /lfs/{oid}" if request_ == "whole" else REQUESTS[request_]
    hub.faults = [Fault(pattern, what, times=1000)]
    with pytest.raises(PushError, match=r"^127\.0\.0\.1: (fails \(503|cannot be reached \().*run the same again.*$"):
        pushed(hub, folder)
    assert hub.repos[REPO].tags == {}
    assert on_hub(hub) == (contents(folder) if request_ == "tag" else {})  # all or nothing
    kept = set(hub.objects)
    assert len(kept) == (1 if request_ == "whole" else 2)
    hub.faults.clear()
    hub.seen.clear()
    pushed(hub, folder)
    sent = {path.split("/")[2] for method, path, _ in hub.seen if method == "PUT"}
    assert sent == ({oid} if request_ == "whole" else set())
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)
    assert len(hub.repos[REPO].commits) == 2


def test_a_killed_push_goes_on(hub: Hub, folder: Path, tmp_path: Path) -> None:
    oid = hashlib.sha256(DATA[TRAIN]).hexdigest()
    hub.faults = [stop := Fault(f"PUT /lfs/{oid}", "stop")]
    with subprocess.Popen(**in_a_process(hub, folder, tmp_path)) as process:
        assert stop.reached.wait(30)
        while len(hub.objects) < 1:  # the other file arrives
            time.sleep(0.01)
        process.kill()
    stop.released.set()
    assert on_hub(hub) == {}
    hub.objects.pop(oid, None)  # what had come of it in the killed process's buffers
    hub.seen.clear()
    pushed(hub, folder)
    assert {path.split("/")[2] for method, path, _ in hub.seen if method == "PUT"} == {oid}
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)
