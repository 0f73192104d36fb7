# A PostgreSQL cluster that lives as long as our standard input is open: however the parent ends, nothing stays behind.
# Takes the folder of the server programs, a free port and options of the server; writes the superuser's password in a
# line of its own once it answers. The server's log is the file "log" beside its folder "data".
# With STANDBY_OF, the address of another cluster's superuser, it begins as that cluster's standby.
set -eu
programs=$1 port=$2 server=
shift 2
folder=$(mktemp -d -t docket-postgres.XXXXXX)
clean_up() {
    if [ -n "$server" ]; then
        "$programs/pg_ctl" stop --pgdata data --mode immediate --silent || kill -KILL "$server"
        wait "$server" || true
    fi
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"
if [ -n "${STANDBY_OF-}" ]; then
    password=$(printf %s "$STANDBY_OF" | sed 's|^[^:]*://[^:]*:\([^@]*\)@.*|\1|')
    "$programs/pg_basebackup" --dbname "$STANDBY_OF" --pgdata data --write-recovery-conf --checkpoint fast \
        --no-sync >log 2>&1 || { cat log >&2; exit 1; }
else
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf %s "$password" >password
    "$programs/initdb" --pgdata data --username postgres --pwfile password --auth password --encoding UTF8 \
        --locale C.UTF-8 --no-sync >log 2>&1 || { cat log >&2; exit 1; }
fi
"$programs/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=300 "$@" >>log 2>&1 &
server=$!
# pg_isready is not among the programs of every package.
until grep -qs '^\(ready\|standby\)' data/postmaster.pid; do
    kill -0 "$server" 2>/dev/null || { server=; cat log >&2; exit 1; }
    sleep 0.05
done
echo "$password"
read -r _ || true
