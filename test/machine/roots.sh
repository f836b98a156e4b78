#!/bin/sh
# roots.sh FOLDER: makes what the machines of `make test-machine` boot from, each once; says "NAME: why" of each that
# cannot be made, and then ends with 75. Nothing of this machine changes but FOLDER.
set -eu
folder=$1

# NAME SUITE PACKAGES; a changed line makes that root anew.
table='
bookworm-docker    bookworm docker.io
bookworm-services  bookworm docker.io,iptables-persistent,firewalld,libpam-systemd
trixie-docker      trixie   docker.io,docker-cli
sid-docker         sid      docker.io,docker-cli
'
common=systemd,systemd-sysv,dbus,iptables,iproute2,procps,ca-certificates,curl,nftables,kmod

main() {
  [ "$(id -u)" = 0 ] || refuse 'only root can boot machines'
  for program in debootstrap systemd-nspawn unshare flock; do
    command -v $program > /dev/null || refuse "$program is not installed"
  done
  # Whichever archive of Debian's the apt of this machine uses.
  archive=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2> /dev/null |
    sed -n 's/^Debian|Debian|//p' | head -n 1)
  [ -n "$archive" ] || refuse "the apt of this machine knows no archive of Debian's"
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  export http_proxy https_proxy
  mkdir -p "$folder"
  exec 9> "$folder/lock"
  flock 9
  made=0
  # Two at a time: each is a minute of unpacking on one core.
  for rows in 1,2 3,4; do
    pids=
    while read -r name suite packages; do
      make_root "$name" "$suite" "$common,$packages" 9>&- &
      pids="$pids $!"
    done << END
$(echo "$table" | sed -e '/^$/d' | sed -n "${rows}p")
END
    for pid in $pids; do wait "$pid" || made=75; done
  done
  exit $made
}

make_root() {
  root=$folder/$1
  [ "$(cat "$root.recipe" 2> /dev/null)" != "$2 $3" ] || return 0
  echo "Making $root" >&2
  rm -rf "$root" "$root.recipe" "$root.part"
  # Scripts of packages run in a network of their own; and whatever ends this, nothing of it stays mounted.
  if ! {
    debootstrap --foreign --variant=minbase --include="$3" "$2" "$root.part" "$archive" &&
      mkdir -p "$root.part/etc/dpkg/dpkg.cfg.d" && echo force-unsafe-io > "$root.part/etc/dpkg/dpkg.cfg.d/quick" &&
      unshare --mount --net --pid --fork --kill-child --mount-proc \
        chroot "$root.part" /debootstrap/debootstrap --second-stage
  } > "$root.log" 2>&1; then
    echo "$1: $(tail -n 1 "$root.log")" >&2
    return 1
  fi
  rm -rf "$root.part/var/cache/apt/archives" "$root.part/var/lib/apt/lists"
  mv "$root.part" "$root"
  echo "$2 $3" > "$root.recipe"
}

refuse() {
  echo "roots.sh: $1" >&2
  exit 75
}

main
