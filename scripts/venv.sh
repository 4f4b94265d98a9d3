# Sourced by demo and test: makes or re-uses .venv in the checkout. POSIX sh.
# Sets $root and $python (of the environment). Asks for: say, in_venv.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 2
cd "$root" || exit 2
exec </dev/null # nothing here asks; also where stdin is closed
unset PYTHONHOME PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
python="$root/.venv/bin/python"

say() {
    echo "$*" >&2
}

fail() {
    say "$*"
    exit 2
}

# Install Debian packages, where we may: as root, and unless BLUEGREEN_APT=no.
apt_install() {
    [ "$(id -u)" -eq 0 ] && [ "${BLUEGREEN_APT:-yes}" != no ] || return 1
    command -v apt-get >/dev/null 2>&1 || return 1
    say "Installing $* with apt."
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"; } >&2 2>&1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.11 or newer."
        echo "$PYTHON"
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed: install it, or name one: PYTHON=/path/to/python3."
}

make_venv() {
    base=$(find_python) || exit 2
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install python3-venv && "$base" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$base cannot make a virtual environment: install python3-venv, start again."
    fi
    say "Making .venv with $("$base" --version)."
    "$base" -m venv --clear "$root/.venv" >&2 || fail "Cannot make $root/.venv."
}

# Have the project and its dependencies in .venv; $1: "." or ".[dev]".
in_venv() {
    wanted="$1 $root $(cksum <pyproject.toml)"
    whole=".[dev] $root $(cksum <pyproject.toml)" # holds what "." needs, too
    stamp="$root/.venv/installed-for-scripts"
    if ! new_enough "$python" || ! "$python" -m pip --version >/dev/null 2>&1; then
        make_venv
    fi
    case "$(cat "$stamp" 2>/dev/null)" in
    "$wanted" | "$whole") return ;;
    esac
    say "Installing bluegreen and what it needs into .venv."
    "$python" -m pip install --quiet --editable "$1" >&2 ||
        fail "pip could not install it: is there a network, or a package index?"
    echo "$wanted" >"$stamp"
}
