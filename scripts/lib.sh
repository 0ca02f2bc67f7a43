# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run.

set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # runuser lives there, and `su` without a dash leaves it out

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
unset MAKEFLAGS MFLAGS MAKELEVEL # cargo would look for a jobserver that is not meant for it

# Progress, with the seconds since the script began. To stderr: stdout belongs to what a script prints for others.
say() { printf '[%4d s] %s\n' "$SECONDS" "$*" >&2; }

die() {
    printf 'aktivasi: %s\n' "$*" >&2
    exit 1
}

# Everything that belongs to this checkout and must outlive a build lies outside it, so that a checkout which only
# its owner may enter works although PostgreSQL refuses to run as root.
state_root() {
    local hash
    hash=$(printf %s "$checkout" | sha256sum | cut -c1-12)
    if [ "$(id -u)" = 0 ]; then
        printf '/var/lib/aktivasi-dev/%s\n' "$hash"
    else
        [ -n "${XDG_STATE_HOME:-${HOME:-}}" ] || die "HOME is not set: set it, or XDG_STATE_HOME, to say where data may live"
        printf '%s/aktivasi/%s\n' "${XDG_STATE_HOME:-$HOME/.local/state}" "$hash"
    fi
}

# apt_install WHY PACKAGE...: installs, or prints the one line to type and ends with 1.
apt_install() {
    local why=$1 log status=0
    shift
    local -a privileged=() options=(-y --no-install-recommends --no-upgrade -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold)
    local by_hand="apt-get update && apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" != 0 ]; then
        by_hand="sudo sh -c '$by_hand'"
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then privileged=(sudo -n); else
            die "$why. This user may not install packages; have it done with
    $by_hand"
        fi
    fi
    command -v apt-get >/dev/null || die "$why, and this system has no apt-get: install the equivalent of: $*"
    say "$why: installing $* with apt-get"
    log=$(mktemp)
    # An old package list is good enough when the network is away and the packages are in the cache.
    "${privileged[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update >"$log" 2>&1 </dev/null || true
    "${privileged[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@" >>"$log" 2>&1 </dev/null || status=$?
    if [ "$status" != 0 ]; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        die "apt-get could not install $*. Look at the lines above, then try by hand:
    $by_hand"
    fi
    rm -f "$log"
}

# The oldest compiler that Cargo.toml allows.
rust_version_needed() { sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$checkout/Cargo.toml"; }

# cargo and rustc are there and new enough.
need_rust() {
    local needed have rustup_line
    needed=$(rust_version_needed)
    rustup_line="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile default"
    # rustup was installed, but this shell began before.
    command -v cargo >/dev/null || [ ! -x "${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin/cargo" ] ||
        PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
        die "Rust $needed or newer is needed and was not found. Get it, without root, with
    $rustup_line"
    fi
    have=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n%s\n' "$needed" "${have%%-*}" | sort -V | head -n 1)" != "$needed" ]; then
        die "rustc $have is too old: $needed or newer is needed. With rustup: rustup update stable. Without it:
    $rustup_line"
    fi
}

# need_cargo_tools NAME...: the named parts of the toolchain are there.
need_cargo_tools() {
    local tool
    for tool in "$@"; do
        cargo "$tool" --version >/dev/null 2>&1 ||
            die "cargo $tool is missing. With rustup: rustup component add rustfmt clippy"
    done
}

need_compiler() {
    command -v cc >/dev/null || apt_install "A C compiler is needed" gcc libc6-dev
}

# Where cargo puts what it builds (CARGO_TARGET_DIR and cargo's own configuration may move it).
target_dir() {
    cargo metadata --manifest-path "$checkout/Cargo.toml" --no-deps --format-version 1 |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# Does anything accept connections on this loopback port?
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# For the service started by `make run`: the pid, when it is really that service of this checkout.
service_pid() {
    local pid exe service
    service=$(state_root)/service
    pid=$(cat "$service/service.pid" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ ]] || return 1
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
    # A rebuild replaces the file under a running service: the kernel then adds " (deleted)".
    [ "${exe% (deleted)}" = "$(cat "$service/program" 2>/dev/null)" ] || return 1
    printf '%s\n' "$pid"
}

stop_service() {
    local pid waited=0
    if ! pid=$(service_pid); then
        rm -f "$(state_root)/service/service.pid"
        return 0
    fi
    say "Stopping the service (pid $pid)"
    kill -TERM "$pid" 2>/dev/null || true
    while service_pid >/dev/null; do
        if [ "$waited" -ge 300 ]; then
            say "The service did not end within 30 seconds: killing it"
            kill -KILL "$pid" 2>/dev/null || true
            sleep 0.5
            break
        fi
        sleep 0.1
        waited=$((waited + 1))
    done
    rm -f "$(state_root)/service/service.pid"
}
