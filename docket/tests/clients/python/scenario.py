"""One account's way through Docket, seen by grpcio: python scenario.py AUTH_ADDRESS TASK_ADDRESS

Each step that held is a line "ok <step>"; the last line counts them. The first step that does not hold ends it.
"""

import sys
import time
import uuid
from concurrent import futures

import grpc
import jwt
from google.rpc import error_details_pb2
from grpc_status import rpc_status

import contracts as docket

PASSWORD = "violet otter canyon 7"
EMAIL = "ada.python@example.org"
NO_SUCH_ID = "019a0000-0000-7000-8000-000000000000"

steps = 0


def ok(step):
    """Reports a step of the scenario that held."""
    global steps
    steps += 1
    print(f"ok {step}", flush=True)


def main(auth_address, task_address):
    """The whole scenario."""
    retries_are_understood()
    with connect(auth_address) as auth_channel, connect(task_address) as task_channel:
        auth, accounts = docket.AuthServiceStub(auth_channel), docket.AccountServiceStub(auth_channel)
        tasks = docket.TaskServiceStub(task_channel)
        tokens_are_verified_elsewhere(auth, accounts, docket.KeyServiceStub(auth_channel))
        first, second, others = open_sessions(auth)
        task = work_with_tasks(tasks, bearer(first))
        stays_private(tasks, bearer(others), task.id)
        session = renew(auth, tasks, second, task.id)
        sign_out(auth, accounts, tasks, session, task.id)
        delete_accounts(auth, accounts, [first, others])
    print(f"{steps} steps", flush=True)


def connect(address):
    """A connection that keeps to the published client configuration."""
    return grpc.insecure_channel(address, options=(("grpc.service_config", docket.SERVICE_CONFIG),))


def bearer(tokens):
    """The options of a call with this session's access token."""
    return {"metadata": (("authorization", f"Bearer {tokens.access_token}"),)}


def refused(code, reason, call, *arguments, **options):
    """Makes a call that has to fail so, and gives its status and its details by their names."""
    try:
        answer = call(*arguments, **options)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        assert status is not None, f"{error.code()} came without details"
        details = unpack(status)
        info = details["ErrorInfo"]
        assert (error.code(), info.reason, info.domain) == (code, reason, "docket"), f"{error.code()}: {info}"
        return status, details
    raise AssertionError(f"{reason} was expected, and it answered {answer}")


def unpack(status):
    """The google.rpc details of a status; no kind may come twice."""
    details = {}
    for packed in status.details:
        name = packed.TypeName().removeprefix("google.rpc.")
        assert name not in details, f"two details are {name}"
        details[name] = getattr(error_details_pb2, name)()
        assert packed.Unpack(details[name])
    return details


def retries_are_understood():
    """A server that is away twice is asked three times, as the configuration says."""
    tries = []

    def get_task(request, context):
        tries.append(request.id)
        if len(tries) < 3:
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        return docket.GetTaskResponse()

    handler = grpc.unary_unary_rpc_method_handler(
        get_task,
        request_deserializer=docket.GetTaskRequest.FromString,
        response_serializer=docket.GetTaskResponse.SerializeToString,
    )
    server = grpc.server(futures.ThreadPoolExecutor(1))
    service = grpc.method_handlers_generic_handler("docket.task.v1.TaskService", {"GetTask": handler})
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with connect(f"127.0.0.1:{port}") as channel:
        docket.TaskServiceStub(channel).GetTask(docket.GetTaskRequest(id="a"))
    server.stop(None).wait()
    assert tries == ["a"] * 3, f"{len(tries)} tries"
    ok("the published retry policy is understood")


def tokens_are_verified_elsewhere(auth, accounts, keys):
    """PyJWT takes a token by the listed keys alone, and refuses it where one character of it differs."""
    account = docket.SignUpRequest(display_name="Grace", email="grace.python@example.org", password=PASSWORD)
    signed_up = auth.SignUp(account)
    token = signed_up.tokens.access_token
    listed = {key.kid: key for key in keys.ListKeys(docket.ListKeysRequest()).keys}
    header = jwt.get_unverified_header(token)
    key = listed[header["kid"]]
    jwk = jwt.PyJWK({"kid": key.kid, "kty": key.kty, "crv": key.crv, "alg": key.alg, "x": key.x})
    needed = {"require": ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"]}
    claims = jwt.decode(token, jwk, algorithms=["EdDSA"], audience="docket", options=needed)
    assert (header["typ"], claims["sub"]) == ("at+jwt", signed_up.account.id)
    head, payload, signature = token.split(".")
    other = "B" if payload[20] == "A" else "A"
    forged = f"{head}.{payload[:20]}{other}{payload[21:]}.{signature}"
    try:
        jwt.decode(forged, jwk, algorithms=["EdDSA"], audience="docket")
    except jwt.InvalidSignatureError:
        pass
    else:
        raise AssertionError("a forged token was taken")
    accounts.DeleteAccount(docket.DeleteAccountRequest(current_password=PASSWORD), **bearer(signed_up.tokens))
    ok("a token is verified by another library and the listed keys")


def open_sessions(auth):
    """Two sessions of one account, and one of another."""
    signed_up = auth.SignUp(docket.SignUpRequest(display_name="Ada", email=EMAIL, password=PASSWORD))
    assert (signed_up.account.display_name, signed_up.account.email) == ("Ada", EMAIL)
    assert signed_up.tokens.access_token and signed_up.tokens.refresh_token
    ok("signing up opens a session")

    wrong = docket.SignInRequest(email=EMAIL, password="wrong otter canyon 7")
    status, _ = refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS", auth.SignIn, wrong)
    assert status.message == "Invalid email or password"
    ok("a wrong password is BAD_CREDENTIALS")

    signed_in = auth.SignIn(docket.SignInRequest(email=EMAIL, password=PASSWORD, device_name="grpcio"))
    assert signed_in.account == signed_up.account
    assert signed_in.tokens.session_id != signed_up.tokens.session_id
    ok("signing in opens another session")

    grace = docket.SignUpRequest(display_name="Grace", email="grace.python@example.org", password=PASSWORD)
    return signed_up.tokens, signed_in.tokens, auth.SignUp(grace).tokens


def work_with_tasks(tasks, session):
    """Every verb of TaskService on one task, which it gives back."""
    bad = docket.Task(title=" ", priority=99, due=docket.Due(local="2026-02-30"))
    request = docket.CreateTaskRequest(task=bad, request_id="no")
    code = grpc.StatusCode.INVALID_ARGUMENT
    _, details = refused(code, "INVALID_ARGUMENT", tasks.CreateTask, request, **session)
    violations = {violation.field: violation.description for violation in details["BadRequest"].field_violations}
    assert set(violations) == {"task.title", "task.priority", "task.due.local", "request_id"}, violations
    assert all(violations.values())
    ok("all bad fields are named at once")

    due = docket.Due(local="2027-05-01")
    plants = docket.Task(title="  Water the plants ", priority=docket.Task.PRIORITY_HIGH, due=due)
    request = docket.CreateTaskRequest(task=plants, request_id=str(uuid.uuid4()))
    created = tasks.CreateTask(request, **session).task
    assert (created.title, created.state) == ("Water the plants", docket.Task.STATE_OPEN)
    assert created.due.overdue_time.ToJsonString() == "2027-05-02T00:00:00Z"
    ok("a task is created")

    assert tasks.CreateTask(request, **session).task == created
    ok("creating again with the same request id gives the first answer")

    assert tasks.GetTask(docket.GetTaskRequest(id=created.id), **session).task == created
    ok("the task is read")

    request = docket.ListTasksRequest(filter="state = OPEN", order_by="due", page_size=20)
    page = tasks.ListTasks(request, **session)
    assert list(page.tasks) == [created] and not page.next_page_token
    ok("the task is listed")

    request = docket.UpdateTaskRequest(task=docket.Task(id=created.id, etag=created.etag, title="Water the palm"))
    request.update_mask.paths.append("title")
    updated = tasks.UpdateTask(request, **session).task
    assert (updated.title, updated.priority) == ("Water the palm", created.priority) and updated.etag != created.etag
    ok("an update changes what the mask names")

    refused(grpc.StatusCode.ABORTED, "ETAG_MISMATCH", tasks.UpdateTask, request, **session)
    ok("a stale etag is ETAG_MISMATCH")

    completed = tasks.CompleteTask(docket.CompleteTaskRequest(id=created.id), **session).task
    assert completed.state == docket.Task.STATE_COMPLETED and completed.HasField("complete_time")
    ok("the task is completed")

    reopened = tasks.ReopenTask(docket.ReopenTaskRequest(id=created.id), **session).task
    assert reopened.state == docket.Task.STATE_OPEN and not reopened.HasField("complete_time")
    ok("the task is reopened")

    deleted = tasks.DeleteTask(docket.DeleteTaskRequest(id=created.id), **session).task
    assert deleted.HasField("delete_time") and not tasks.ListTasks(docket.ListTasksRequest(), **session).tasks
    ok("the task goes to the trash")

    restored = tasks.UndeleteTask(docket.UndeleteTaskRequest(id=created.id), **session).task
    assert restored.title == "Water the palm" and not restored.HasField("delete_time")
    ok("the task comes back")
    return restored


def stays_private(tasks, session, task_id):
    """To another account the task is an id that never was."""
    code = grpc.StatusCode.NOT_FOUND
    requests = [docket.GetTaskRequest(id=id) for id in (task_id, NO_SUCH_ID)]
    theirs, nobodys = (refused(code, "NOT_FOUND", tasks.GetTask, request, **session)[0] for request in requests)
    assert theirs == nobodys
    ok("another account is told that it does not exist")


def renew(auth, tasks, tokens, task_id):
    """The session with its next tokens."""
    request = docket.RefreshSessionRequest(refresh_token=tokens.refresh_token, request_id=str(uuid.uuid4()))
    renewed = auth.RefreshSession(request).tokens
    assert renewed.session_id == tokens.session_id and renewed.refresh_token != tokens.refresh_token
    assert auth.RefreshSession(request).tokens.refresh_token == renewed.refresh_token
    tasks.GetTask(docket.GetTaskRequest(id=task_id), **bearer(renewed))
    ok("refreshing renews the session, and twice does no harm")
    return renewed


def sign_out(auth, accounts, tasks, tokens, task_id):
    """Ends the session, and sees that both services know."""
    session = bearer(tokens)
    assert auth.SignOut(docket.SignOutRequest(), **session).ended_sessions == 1
    ok("signing out ends one session")

    code = grpc.StatusCode.UNAUTHENTICATED
    request = docket.GetTaskRequest(id=task_id)
    within_a_second(lambda: refused(code, "TOKEN_REVOKED", tasks.GetTask, request, **session))
    refused(code, "TOKEN_REVOKED", accounts.GetAccount, docket.GetAccountRequest(), **session)
    ok("its access token is TOKEN_REVOKED")

    request = docket.RefreshSessionRequest(refresh_token=tokens.refresh_token)
    refused(code, "REFRESH_INVALID", auth.RefreshSession, request)
    ok("its refresh token is REFRESH_INVALID")


def within_a_second(check):
    """Revocations travel from process to process: what they bring about may take a second."""
    deadline = time.monotonic() + 1
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def delete_accounts(auth, accounts, sessions):
    """Leaves nothing behind."""
    for tokens in sessions:
        accounts.DeleteAccount(docket.DeleteAccountRequest(current_password=PASSWORD), **bearer(tokens))
    request = docket.SignInRequest(email=EMAIL, password=PASSWORD)
    refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS", auth.SignIn, request)
    ok("the account is deleted")


main(*sys.argv[1:])
