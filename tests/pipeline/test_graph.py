"""The graph on a portable runner: Beam's local job service, with workers that speak the Fn API over loopback."""

import pytest
from apache_beam.runners.portability.local_job_service import LocalJobServicer

from tests.pipeline.conftest import contents


@pytest.fixture
def job_service(tmp_path):
    service = LocalJobServicer(str(tmp_path / "staging"))
    yield f"localhost:{service.start_grpc_server(0)}"
    service.stop()


def test_the_job_service_gives_the_bytes_of_a_run_in_process(built, given, build, job_service, tmp_path):
    flags = ["--runner=PortableRunner", f"--job_endpoint={job_service}", "--environment_type=LOOPBACK"]
    code, log = build(given.arguments(tmp_path / "out", *flags))
    assert code == 0, log
    assert contents(tmp_path / "out") == contents(built)
