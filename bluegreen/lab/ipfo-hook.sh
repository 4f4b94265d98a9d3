#!/bin/sh
# Has OVH send one address to the virtual MAC of the router that this runs on. An example of what
# `devd: {hook: ...}` names: copy it to /usr/local/libexec/ipfo-hook, mode 0755. The lab runs it as it is.
#
#   observe VHID@INTERFACE   0: the address is at this router's MAC; 1: it is not; 2: cannot be told
#   bind VHID@INTERFACE      one request on the way there; 0: nothing more is to be asked; 1: ask again
#
# It needs curl (pkg install curl) and sha1(1). OTHERS has the virtual MACs of the other routers.
# /usr/local/etc/ipfo-hook.conf, root's alone (0600):
#   ENDPOINT=https://eu.api.ovh.com/1.0 APPLICATION=... SECRET=... CONSUMER=...
#   SERVICE=ns1.example ADDRESS=198.51.100.230 MINE=02:00:00:00:00:01 OTHERS=02:00:00:00:00:02
set -u
. "${IPFO_HOOK_CONF:-/usr/local/etc/ipfo-hook.conf}"
macs=/dedicated/server/$SERVICE/virtualMac

say() { logger -t ipfo-hook -p daemon.notice "$1"; }

# ask METHOD PATH [BODY]: prints the answer. Keys go to curl over its standard input: arguments can
# be read by everybody. The time is OVH's own, as a router's clock may be off after a boot.
ask() {
    now=$(curl -sf -m 10 "$ENDPOINT/auth/time") || return 2
    signed=$(printf '%s+%s+%s+%s+%s+%s' "$SECRET" "$CONSUMER" "$1" "$ENDPOINT$2" "${3-}" "$now" | sha1 -q)
    data=
    if [ $# -gt 2 ]; then
        data="data = \"$(printf %s "$3" | sed 's/"/\\"/g')\""
    fi
    curl -sf -m 10 -K - <<CONFIG
url = "$ENDPOINT$2"
request = "$1"
header = "Content-Type: application/json"
header = "X-Ovh-Application: $APPLICATION"
header = "X-Ovh-Consumer: $CONSUMER"
header = "X-Ovh-Timestamp: $now"
header = "X-Ovh-Signature: \$1\$$signed"
$data
CONFIG
}

# has MAC: whether the address is there; 2: that cannot be told. It leaves the whole list in $listed.
has() {
    listed=$(ask GET "$macs/$1/virtualAddress") || return 2
    case $listed in
    *"\"$ADDRESS\""*) return 0 ;;
    esac
    return 1
}

# bind: takes it off whoever has it, or, where nobody has, puts it here.
bind() {
    has "$MINE"
    case $? in
    0) return 0 ;;
    2) return 1 ;;
    esac
    for mac in $OTHERS; do
        has "$mac"
        case $? in
        0)
            case $listed in
            *,*) ;;
            *) say "$ADDRESS is the last address of $mac, which OVH would delete with it"; return 1 ;;
            esac
            ask DELETE "$macs/$mac/virtualAddress/$ADDRESS" >/dev/null && say "$ADDRESS leaves $mac"
            return 1
            ;;
        2) return 1 ;;
        esac
    done
    name=$(hostname -s)
    ask POST "$macs/$MINE/virtualAddress" \
        "{\"ipAddress\":\"$ADDRESS\",\"virtualMachineName\":\"$name\"}" >/dev/null || return 1
    say "$ADDRESS goes to $MINE"
}

case ${1-} in
observe) has "$MINE" ;;
bind) bind ;;
*) exit 64 ;;
esac
