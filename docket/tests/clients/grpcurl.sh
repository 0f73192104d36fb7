#!/usr/bin/env bash
# One account's way through Docket, seen by grpcurl and its server reflection: grpcurl.sh AUTH_ADDRESS TASK_ADDRESS
#
# Each grpcurl line is one to copy, with the addresses of a running Docket in AUTH and TASK (behind a gateway both are
# the same). Each step that held is a line "ok <step>"; the last line counts them. The first step that does not hold
# ends it.
set -euo pipefail
AUTH=$1 TASK=$2
PATH=$(dirname "${DOCKET_GRPCURL:-$(command -v grpcurl)}"):$PATH
EMAIL=ada.grpcurl@example.org
PASSWORD='violet otter canyon 7'
NO_SUCH_ID=019a0000-0000-7000-8000-000000000000
STEPS=0

# Reports a step of the scenario that held.
ok() {
  STEPS=$((STEPS + 1))
  echo "ok $1"
}

fail() {
  echo "$1, and the answer is:" >&2
  echo "$ANSWER" >&2
  exit 1
}

# Each of these texts stands in the last answer.
has() {
  for text; do
    grep --quiet --fixed-strings -e "$text" <<<"$ANSWER" || fail "'$text' was expected"
  done
}

lacks() {
  ! grep --quiet --fixed-strings -e "$1" <<<"$ANSWER" || fail "'$1' was not expected"
}

# The value of the first field of this name in the last answer.
field() {
  sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" <<<"$ANSWER" | head -n 1
}

# A command that has to fail with this code and this reason.
refused() {
  local code=$1 reason=$2
  shift 2
  ! ANSWER=$("$@" 2>&1) || fail "$reason was expected"
  has "Code: $code" "\"reason\": \"$reason\"" '"domain": "docket"'
}

within_a_second() {
  for _ in {1..20}; do
    if ("$@") 2>/dev/null; then break; fi
    sleep 0.05
  done
  "$@"
}

request_id() {
  cat /proc/sys/kernel/random/uuid
}

ANSWER=$(grpcurl -plaintext "$AUTH" list)
has docket.auth.v1.AuthService docket.auth.v1.AccountService docket.auth.v1.KeyService grpc.health.v1.Health
ANSWER=$(grpcurl -plaintext "$TASK" list)
has docket.task.v1.TaskService docket.task.v1.TaskListService grpc.health.v1.Health
ok "reflection lists the services"

ANSWER=$(grpcurl -plaintext "$AUTH" describe docket.auth.v1.AuthService)
has 'rpc SignUp ( .docket.auth.v1.SignUpRequest ) returns ( .docket.auth.v1.SignUpResponse ) {' \
  'option (.docket.options.v1.credential) = CREDENTIAL_NONE;'
ANSWER=$(grpcurl -plaintext "$TASK" describe docket.task.v1.Task)
has 'string title = 2;' '.docket.task.v1.Due due = 9;'
ok "reflection describes calls and messages"

ANSWER=$(grpcurl -plaintext -d '{"service":"docket.task.v1.TaskService"}' "$TASK" grpc.health.v1.Health/Check)
has '"status": "SERVING"'
ok "it says that it is healthy"

ANSWER=$(grpcurl -plaintext -d '{"display_name":"Ada","email":"'$EMAIL'","password":"'"$PASSWORD"'"}' "$AUTH" docket.auth.v1.AuthService/SignUp)
has '"displayName": "Ada"' '"email": "'$EMAIL'"' '"refreshToken": "'
ACCESS=$(field accessToken) FIRST_SESSION=$(field sessionId)
ok "signing up opens a session"

refused Unauthenticated BAD_CREDENTIALS grpcurl -plaintext -d '{"email":"'$EMAIL'","password":"wrong otter canyon 7"}' "$AUTH" docket.auth.v1.AuthService/SignIn
has 'Message: Invalid email or password'
ok "a wrong password is BAD_CREDENTIALS"

ANSWER=$(grpcurl -plaintext -d '{"email":"'$EMAIL'","password":"'"$PASSWORD"'","device_name":"grpcurl"}' "$AUTH" docket.auth.v1.AuthService/SignIn)
SECOND_ACCESS=$(field accessToken) REFRESH=$(field refreshToken) SESSION=$(field sessionId)
has '"displayName": "Ada"'
[ "$SESSION" != "$FIRST_SESSION" ] || fail "another session was expected"
ok "signing in opens another session"

ANSWER=$(grpcurl -plaintext -d '{"display_name":"Grace","email":"grace.grpcurl@example.org","password":"'"$PASSWORD"'"}' "$AUTH" docket.auth.v1.AuthService/SignUp)
OTHER=$(field accessToken)

refused InvalidArgument INVALID_ARGUMENT grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"task":{"title":" ","priority":99,"due":{"local":"2026-02-30"}},"request_id":"no"}' "$TASK" docket.task.v1.TaskService/CreateTask
has '"field": "task.title"' '"field": "task.priority"' '"field": "task.due.local"' '"field": "request_id"'
ok "all bad fields are named at once"

CREATE='{"task":{"title":"  Water the plants ","priority":"PRIORITY_HIGH","due":{"local":"2027-05-01"}},"request_id":"'$(request_id)'"}'
ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d "$CREATE" "$TASK" docket.task.v1.TaskService/CreateTask)
has '"title": "Water the plants"' '"state": "STATE_OPEN"' '"priority": "PRIORITY_HIGH"' '"overdueTime": "2027-05-02T00:00:00Z"'
ID=$(field id) ETAG=$(field etag) CREATED=$ANSWER
ok "a task is created"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d "$CREATE" "$TASK" docket.task.v1.TaskService/CreateTask)
[ "$ANSWER" = "$CREATED" ] || fail "the first answer was expected"
ok "creating again with the same request id gives the first answer"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/GetTask)
[ "$ANSWER" = "$CREATED" ] || fail "the task was expected as it was created"
ok "the task is read"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"filter":"state = OPEN","order_by":"due","page_size":20}' "$TASK" docket.task.v1.TaskService/ListTasks)
has '"id": "'"$ID"'"'
lacks nextPageToken
ok "the task is listed"

UPDATE='{"task":{"id":"'"$ID"'","etag":"'"$ETAG"'","title":"Water the palm"},"update_mask":{"paths":["title"]}}'
ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d "$UPDATE" "$TASK" docket.task.v1.TaskService/UpdateTask)
has '"title": "Water the palm"' '"priority": "PRIORITY_HIGH"'
lacks "$ETAG"
ok "an update changes what the mask names"

refused Aborted ETAG_MISMATCH grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d "$UPDATE" "$TASK" docket.task.v1.TaskService/UpdateTask
ok "a stale etag is ETAG_MISMATCH"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/CompleteTask)
has '"state": "STATE_COMPLETED"' completeTime
ok "the task is completed"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/ReopenTask)
has '"state": "STATE_OPEN"'
lacks completeTime
ok "the task is reopened"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/DeleteTask)
has deleteTime purgeTime
ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" "$TASK" docket.task.v1.TaskService/ListTasks)
lacks "$ID"
ok "the task goes to the trash"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/UndeleteTask)
has '"title": "Water the palm"'
lacks deleteTime
ok "the task comes back"

refused NotFound NOT_FOUND grpcurl -plaintext -H "authorization: Bearer $OTHER" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/GetTask
THEIRS=$ANSWER
refused NotFound NOT_FOUND grpcurl -plaintext -H "authorization: Bearer $OTHER" -d '{"id":"'$NO_SUCH_ID'"}' "$TASK" docket.task.v1.TaskService/GetTask
[ "$ANSWER" = "$THEIRS" ] || fail "the same answer as for the other's task was expected: $THEIRS"
ok "another account is told that it does not exist"

RENEW='{"refresh_token":"'"$REFRESH"'","request_id":"'$(request_id)'"}'
ANSWER=$(grpcurl -plaintext -d "$RENEW" "$AUTH" docket.auth.v1.AuthService/RefreshSession)
has '"sessionId": "'"$SESSION"'"'
RENEWED=$(field refreshToken) SECOND_ACCESS=$(field accessToken)
[ "$RENEWED" != "$REFRESH" ] || fail "another refresh token was expected"
ANSWER=$(grpcurl -plaintext -d "$RENEW" "$AUTH" docket.auth.v1.AuthService/RefreshSession)
has '"refreshToken": "'"$RENEWED"'"'
ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $SECOND_ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/GetTask)
ok "refreshing renews the session, and twice does no harm"

ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $SECOND_ACCESS" -d '{"scope":"SCOPE_THIS"}' "$AUTH" docket.auth.v1.AuthService/SignOut)
has '"endedSessions": 1'
ok "signing out ends one session"

within_a_second refused Unauthenticated TOKEN_REVOKED grpcurl -plaintext -H "authorization: Bearer $SECOND_ACCESS" -d '{"id":"'"$ID"'"}' "$TASK" docket.task.v1.TaskService/GetTask
refused Unauthenticated TOKEN_REVOKED grpcurl -plaintext -H "authorization: Bearer $SECOND_ACCESS" "$AUTH" docket.auth.v1.AccountService/GetAccount
ok "its access token is TOKEN_REVOKED"

refused Unauthenticated REFRESH_INVALID grpcurl -plaintext -d '{"refresh_token":"'"$RENEWED"'"}' "$AUTH" docket.auth.v1.AuthService/RefreshSession
ok "its refresh token is REFRESH_INVALID"

for TOKEN in "$ACCESS" "$OTHER"; do
  ANSWER=$(grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d '{"current_password":"'"$PASSWORD"'"}' "$AUTH" docket.auth.v1.AccountService/DeleteAccount)
done
refused Unauthenticated BAD_CREDENTIALS grpcurl -plaintext -d '{"email":"'$EMAIL'","password":"'"$PASSWORD"'"}' "$AUTH" docket.auth.v1.AuthService/SignIn
ok "the account is deleted"

echo "$STEPS steps"
