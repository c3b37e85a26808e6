#!/bin/sh
# Makes the environment that `make` uses: checks Python, installs the Debian packages that are
# missing, and builds a virtual environment from the hashed lock. Safe to repeat and to interrupt:
# the environment counts as made only when its stamp was written last. One at a time in a checkout.
#
# usage: tools/setup.sh PYTHON ENV_DIR LOCK DEBIAN_PACKAGE...
set -eu
python=$1 env=$2 lock=$3
shift 3
root=$(cd "$(dirname "$0")/.." && pwd)

say() { printf 'setup: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

command -v "$python" >/dev/null 2>&1 || stop "$python was not found. Install it: sudo apt install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$python" --version) is too old: Python 3.11 or newer is needed. Name another one: make PYTHON=python3.13 …"

# --- one at a time ---------------------------------------------------------------------------
# The lock is on this file, as this process and its children have it open: it goes with them, however they end.
# Without flock (Debian has it in util-linux) nobody waits.
exec 9<"$root/tools/setup.sh"
if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
    say "another make is setting up this checkout; waiting for it"
    flock 9
fi

# --- Debian packages -------------------------------------------------------------------------
installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

if command -v dpkg-query >/dev/null 2>&1; then
    "$python" -c 'import ensurepip' 2>/dev/null || set -- "$@" python3-venv
    missing=
    for package in "$@"; do
        installed "$package" || missing="$missing $package"
    done
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ]; then
            as_root=
        elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            as_root=sudo
        else
            stop "these Debian packages are missing and there is no sudo here. Ask an administrator for: apt install$missing"
        fi
        say "installing Debian packages:$missing"
        log=$(mktemp)
        # The tests start a PostgreSQL server of their own: installing the programs shall not leave one running.
        no_cluster=
        case " $missing " in *" postgresql "*)
            if ! installed postgresql-common; then
                no_cluster=/etc/postgresql-common/createcluster.d/tapbon-tests.conf
                $as_root mkdir -p "${no_cluster%/*}"
                echo 'create_main_cluster = false' | $as_root tee "$no_cluster" >/dev/null
            fi ;;
        esac
        # A service that apt starts must not keep the lock, so it does not get it (9).
        # shellcheck disable=SC2086  # the list is meant to be split
        { $as_root apt-get update -q && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1 9<&- || {
            tail -5 "$log" >&2
            stop "apt could not install them (is there a network?). When it can: apt install$missing — the whole log is $log"
        }
        rm -f "$log"
        [ -z "$no_cluster" ] || $as_root rm -f "$no_cluster"
    fi
    zbar=$(dpkg-query -W -f '${Version}' libzbar0 2>/dev/null || dpkg-query -W -f '${Version}' libzbar0t64 2>/dev/null || true)
    if [ -n "$zbar" ] && dpkg --compare-versions "$zbar" lt 0.23.92-7+deb12u1; then
        stop "libzbar0 $zbar has known holes (CVE-2023-40889, CVE-2023-40890). Upgrade it: sudo apt install --only-upgrade libzbar0"
    fi
else
    say "this is not a Debian system; these packages are needed: $*"
fi

# --- Python packages -------------------------------------------------------------------------
stamp="$env/.made-from"
wanted="$("$python" --version) $(cksum <"$lock") $root"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x "$env/bin/python" ]; then
    exit 0
fi
say "making $env with $("$python" --version) (a few minutes the first time)"
rm -rf "$env"
"$python" -m venv "$env" || { rm -rf "$env"; stop "could not make a virtual environment. Install it: sudo apt install python3-venv"; }
"$env/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-binary nfcpy,pydes -r "$lock" || {
    rm -rf "$env"
    stop "pip could not install the packages of $lock (is there a network?). Nothing was left behind: run the same command again"
}
# The checkout itself is importable from everywhere in this environment.
"$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' |
    while read -r site; do printf '%s\n' "$root" >"$site/tapbon-checkout.pth"; done
printf '%s\n' "$wanted" >"$stamp"
