#!/bin/sh
# need.sh try|test|machine|bench|dist|deb: sees that the programs are there; as root installs what is missing, else says what to install.
set -eu

case ${1:?try, test, machine, bench, dist or deb} in
  try) wanted='nft iptables ip unshare nsenter mount' ;;
  test) wanted='nft iptables ip unshare nsenter mount flock setpriv curl git setfattr setfacl xmllint' ;;
  machine) wanted='debootstrap systemd-nspawn unshare nsenter flock tar curl' ;;
  bench) wanted='nft iptables ip unshare nsenter mount hyperfine ansible' ;;
  dist) wanted='dpkg-deb rpmbuild strip tar git unshare nsenter mount nft iptables ip' ;;
  deb) wanted='dpkg-deb strip tar git unshare nsenter mount nft iptables ip' ;;
  *) echo "need.sh: unknown list: $1" >&2; exit 64 ;;
esac
# Large, or a service, or a browser: not for everybody's machine. Without them a test says so and is skipped.
[ "$1" != test ] || [ -z "${CI-}" ] || wanted="$wanted promtool prometheus prometheus-node-exporter aws chromium mandoc zsh faketime"
[ "$1" != test ] || { test/windows/powershell.sh && test/windows/wine/wine.sh; }

package_of() {
  case $1 in
    nft) echo nftables ;;
    iptables) echo iptables ;;
    ip) [ "$installer" = dnf ] && echo iproute || echo iproute2 ;;
    ansible) echo ansible-core ;;
    dockerd) [ "$installer" = dnf ] && echo docker || echo docker.io ;;
    promtool) echo prometheus ;;
    aws) echo awscli ;;
    xmllint) [ "$installer" = dnf ] && echo libxml2 || echo libxml2-utils ;;
    systemd-nspawn) echo systemd-container ;;
    dpkg-deb) echo dpkg ;;
    rpmbuild) [ "$installer" = dnf ] && echo rpm-build || echo rpm ;;
    strip) echo binutils ;;
    setfattr) echo attr ;;
    setfacl) echo acl ;;
    unshare | nsenter | flock | setpriv | mount) echo util-linux ;;
    *) echo "$1" ;;
  esac
}

PATH=$PATH:/usr/sbin:/sbin
# Only root can run an engine in namespaces. Elsewhere its tests are skipped.
[ "$1" = test ] && [ "$(id -u)" = 0 ] && wanted="$wanted dockerd"
# They look at the .deb, and only root's tests have one.
[ "$1" = test ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && wanted="$wanted lintian shellcheck"
# Large too, and not every release of Debian has both.
optional=
[ "$1" != test ] || [ -z "${CI-}" ] || [ "$(id -u)" != 0 ] || optional='packer cloud-init'
missing=
for program in $wanted $optional; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

installer=
for candidate in apt-get dnf; do
  command -v "$candidate" >/dev/null 2>&1 && installer=$candidate && break
done
packages=
for program in $missing; do packages="$packages $(package_of "$program")"; done
packages=$(printf '%s\n' $packages | sort -u | tr '\n' ' ')

if [ "$(id -u)" != 0 ] || [ -z "$installer" ]; then
  echo "Missing here:$missing. Install, as root: ${installer:-your package manager} install $packages" >&2
  exit 1
fi
echo "Installing $packages"
# An engine of this machine's own must not start: it would write rules here.
engine='docker.service docker.socket containerd.service'
if [ "$missing" != "${missing#*dockerd}" ] && [ -d /run/systemd/system ]; then
  systemctl mask --quiet $engine
  trap 'systemctl unmask --quiet $engine; systemctl disable --quiet $engine' EXIT
fi
[ "$installer" = apt-get ] && apt-get update -qq
available=
for package in $packages; do
  case " $optional " in *" $package "*) [ -n "$(apt-cache madison "$package" 2>/dev/null)" ] || continue ;; esac
  available="$available $package"
done
[ -n "$available" ] || exit 0
DEBIAN_FRONTEND=noninteractive "$installer" install -y -qq $available >/dev/null
