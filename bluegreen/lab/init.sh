# Process 1 of a machine of the lab: makes its root, starts what runs on it, and waits.
# $1: its directory; $2: "router" (its programs are the emulated ones) or "host"; the rest: daemons,
# each as one word for sh. What is started later comes as lines of standard input; before each of
# them what lies in the directory "files" is laid into the root once more.
# All of it dies with this process, and its mounts with the last of them.
set -eu
directory=$1 kind=$2
shift 2
fs=$directory/fs
mount -t tmpfs -o mode=0755 tmpfs "$fs"
mkdir "$fs/upper" "$fs/work" "$fs/root"
cp -a "$directory/layer/." "$fs/upper" # what is laid over this machine's own root
mount -t overlay -o "lowerdir=/,upperdir=$fs/upper,workdir=$fs/work" overlay "$fs/root"
cd "$fs/root"
mount -t proc proc proc
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=0755 tmpfs dev
for node in null zero full random urandom tty; do
    : >"dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/net dev/pts dev/shm run/sshd
: >dev/net/tun
mount --bind /dev/net/tun dev/net/tun
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
sed -i 's,^\(root:.*\):[^:]*$,\1:/bin/sh,' etc/passwd # a login shell with a heavy profile is slow
mkdir -p "$directory/files"
lay() { cp -au --remove-destination "$directory/files/." . || true; } # what runs keeps what it reads
lay
for daemon; do
    chroot . /bin/sh -c "exec $daemon" </dev/null &
done
while read -r line; do
    lay
    chroot . /bin/sh -c "$line" </dev/null &
    jobs >/dev/null # takes note of who has ended
done
wait
