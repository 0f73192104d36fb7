"""Docket's contracts as grpcio-tools makes them: generated into a folder that goes away with the process."""

import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

PROTO = Path(__file__).resolve().parents[4] / "proto"
SERVICE_CONFIG = (PROTO / "grpc_service_config.json").read_text()

_folder = tempfile.TemporaryDirectory()
_well_known = Path(protoc.__file__).parent / "_proto"
_options = [f"-I{PROTO}", f"-I{_well_known}", f"--python_out={_folder.name}", f"--grpc_python_out={_folder.name}"]
# google/rpc comes from googleapis-common-protos, as it does for everybody.
if protoc.main(["protoc", *_options, *(str(path) for path in sorted((PROTO / "docket").rglob("*.proto")))]) != 0:
    sys.exit("the contracts do not compile")
sys.path.insert(0, _folder.name)

from docket.auth.v1.account_service_pb2 import DeleteAccountRequest, GetAccountRequest
from docket.auth.v1.account_service_pb2_grpc import AccountServiceStub
from docket.auth.v1.auth_service_pb2 import RefreshSessionRequest, SignInRequest, SignOutRequest, SignUpRequest
from docket.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from docket.auth.v1.key_service_pb2 import ListKeysRequest
from docket.auth.v1.key_service_pb2_grpc import KeyServiceStub
from docket.task.v1.task_pb2 import Due, Task
from docket.task.v1.task_service_pb2 import (
    CompleteTaskRequest,
    CreateTaskRequest,
    DeleteTaskRequest,
    GetTaskRequest,
    GetTaskResponse,
    ListTasksRequest,
    ReopenTaskRequest,
    UndeleteTaskRequest,
    UpdateTaskRequest,
)
from docket.task.v1.task_service_pb2_grpc import TaskServiceStub
