"""What devd(8) runs when a vhid changes: the body of the handler, POSIX sh.

`devd.handler` puts the settings in front of it. Nothing here trusts the event: it only says
that something happened, and the state is read when it is acted upon.

Why it is built like this:

* devd(8) waits for its actions, so the rule starts this through daemon(8), and two events may run
  at once: lockf(1) lets one act. Whoever comes meanwhile leaves a note (PENDING) and waits; who
  acts looks at the note before it lets go, so that the last event is never lost.
* A note that was taken up by somebody else is gone, and who waited for it has nothing to do.
* The state is read again right before each write: it may have changed while a provider was asked.
* What counts is the binding that is observed, not that a request was accepted; and it is observed
  for a while, because what the peer asked for while it was MASTER may take effect after that.
"""

BODY = r"""
say() { logger -t carp-event -p "daemon.$1" "$2"; }

# role VHID@INTERFACE: MASTER, BACKUP or INIT; nothing where there is no such vhid.
role() {
    ifconfig "${1#*@}" 2>/dev/null |
        awk -v vhid="${1%%@*}" '$1 == "carp:" && $3 == "vhid" && $4 == vhid { print $2 }'
}

# is_up INTERFACE: whether its flags say UP.
is_up() {
    ifconfig "$1" 2>/dev/null | awk 'NR == 1 { print $2 }' |
        grep -Eq '<([A-Z0-9_]+,)*UP[,>]'
}

drained() { [ -e "$DRAINED" ]; }

# A tunnel goes up and down with the vhid of its outer address (bug 166462: gre(4) goes on
# sending with an address that is only BACKUP here). rc(8) takes each one up, so that a router
# that has just booted needs that, too; but drained it takes none up.
follow_tunnels() {
    for pair in $TUNNELS; do
        vip=${pair%%=*} tunnel=${pair#*=}
        if is_up "$tunnel"; then now=up; else now=down; fi
        case $(role "$vip") in
        MASTER)
            ! drained || continue
            wanted=up
            ;;
        BACKUP | INIT) wanted=down ;;
        *) say err "$vip: no such vhid, $tunnel is left as it is"; continue ;;
        esac
        [ "$now" != "$wanted" ] || continue
        if ifconfig "$tunnel" "$wanted"; then
            say notice "$tunnel is $wanted: it follows $vip"
        else
            say err "ifconfig $tunnel $wanted failed"
        fi
    done
}

# nap: waits for the next try, but not while there is an event.
nap() {
    slept=0
    while [ "$slept" -lt "$RETRY_S" ] && [ ! -e "$PENDING" ]; do
        sleep 1
        slept=$((slept + 1))
    done
}

# claim VHID@INTERFACE: have the provider send the address here, until it is seen to.
claim() {
    try=0 asked=0
    while [ "$try" -lt "$TRIES" ]; do
        try=$((try + 1))
        if [ -e "$PENDING" ] || drained || [ "$(role "$1")" != MASTER ]; then
            return 0
        fi
        "$HOOK" observe "$1"
        case $? in
        0)
            if [ "$looks" -eq 0 ] || [ "$asked" -gt 0 ]; then
                say notice "$1: the address is bound here"
            fi
            return 0
            ;;
        1)
            if drained || [ "$(role "$1")" != MASTER ]; then
                return 0
            fi
            # What was asked for is under way: it is asked for again only much later.
            if [ "$((asked % ASK_AGAIN))" -ne 0 ] || "$HOOK" bind "$1"; then
                asked=$((asked + 1))
            else
                say warning "$1: the hook has not asked for all yet"
            fi
            ;;
        *) say warning "$1: where the address is bound cannot be told" ;;
        esac
        nap
    done
    say err "$1: MASTER here, and the address was not seen to arrive in $TRIES tries"
    return 1
}

claim_all() {
    failed=0
    for vip in $BOUND; do
        claim "$vip" || failed=1
    done
    return "$failed"
}

# Whether an address is to stay here, and no event has come.
serves() {
    if [ -e "$PENDING" ] || drained; then
        return 1
    fi
    for vip in $BOUND; do
        [ "$(role "$vip")" != MASTER ] || return 0
    done
    return 1
}

# Run under the lock, until there is no note of an event any more.
settle() {
    rounds=0 failed=0
    while [ -e "$PENDING" ]; do
        rounds=$((rounds + 1))
        rm -f "$PENDING"
        follow_tunnels
        if drained; then
            say notice "$DRAINED is there: nothing is claimed"
            continue
        fi
        [ -n "$HOOK" ] || continue
        sleep "$SETTLE_S"
        # While roles flap nobody is told; after many rounds it is acted upon all the same.
        if [ -e "$PENDING" ] && [ "$rounds" -lt "$ROUNDS" ]; then
            continue
        fi
        looks=0
        while claim_all && serves && [ "$looks" -lt "$LOOKS" ]; do
            looks=$((looks + 1))
            nap
        done
    done
    return "$failed"
}

# Whether everything is there that an event would need. Nothing is changed.
rehearse() {
    bad=0
    wrong() {
        printf 'wrong: %s\n' "$1"
        bad=1
    }
    for program in awk find grep ifconfig lockf logger; do
        command -v "$program" >/dev/null || wrong "there is no $program"
    done
    [ -r "$RULE" ] || wrong "$RULE cannot be read: devd starts nothing"
    if ! pgrep -q -x devd; then
        wrong "devd(8) is not running"
    elif [ -n "$(find "$RULE" -newer "$DEVD_PID" 2>/dev/null)" ]; then
        wrong "devd(8) has not read $RULE since it was written"
    fi
    [ -z "$HOOK" ] || [ -x "$HOOK" ] || wrong "$HOOK cannot be run"
    for vip in $VIPS; do
        state=$(role "$vip")
        case $state in
        MASTER | BACKUP | INIT) printf '%s is %s\n' "$vip" "$state" ;;
        *) wrong "$vip: no such vhid" ;;
        esac
    done
    for pair in $TUNNELS; do
        ifconfig "${pair#*=}" >/dev/null 2>&1 || wrong "${pair#*=}: no such interface"
    done
    if drained; then
        printf '%s is there: nothing is claimed\n' "$DRAINED"
    fi
    [ "$bad" -ne 0 ] || printf 'ready\n'
    return "$bad"
}

case ${1-} in
--dry-run) rehearse; exit ;;
--locked) settle; exit ;;
--sync) ;;
*@*) say notice "$1 is ${2-said to have changed}" ;;
*)
    printf 'usage: %s VHID@INTERFACE STATE | --sync | --dry-run\n' "$SELF" >&2
    exit 64
    ;;
esac
: >"$PENDING" || exit 1
lockf -k -t "$LOCK_S" "$LOCK" "$SELF" --locked
status=$?
[ "$status" -ne 75 ] || say warning "another one is at it for $LOCK_S s: it has been told"
exit "$status"
"""
