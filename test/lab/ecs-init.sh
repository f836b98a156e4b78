#!/bin/sh
# Stands in for amazon-ecs-init 1.100 and later, as its source reads (ecs-init/exec/iptables, exec/sysctl, routes, engine):
# it adds without looking, removes one copy, waits for no lock, and leaves what stands when it fails half-way. Each
# command that worked is noted in the log, for whoever asks what it alone would have made.
log=/run/lab/ecs-init.log

main() {
  mkdir -p /run/lab
  touch "$log"
  [ "$1" = version ] && echo 'ecs-init version 1.105.1 (8dfceca)' && exit
  # Every other word needs Docker, the last one too.
  curl --silent --fail --unix-socket /run/docker.sock http://docker/_ping > /dev/null ||
    fail 'Could not create docker client'
  bridge=
  network=$(curl --silent --fail --unix-socket /run/docker.sock http://docker/networks/bridge)
  case $network in
    *'"com.docker.network.bridge.name":"'*)
      bridge=${network#*'"com.docker.network.bridge.name":"'}
      bridge=${bridge%%'"'*}
      ;;
  esac
  case $1 in
    pre-start) pre_start ;;
    start) exec /usr/libexec/amazon-ecs-agent.cjs ;;
    stop | pre-stop) stop ;;
    post-stop) post_stop ;;
    *) fail "$1 is no sub-command" ;;
  esac
}

pre_start() {
  noted sysctl -qw net.ipv4.conf.all.route_localnet=1 || fail route_localnet
  sysctl -qe -w net.ipv6.conf.docker0.accept_ra=0
  [ -n "$(ip -4 route show default)" ] || noted ip route replace 169.254.170.2/32 dev lo scope link
  credentials_of_bridges -A || fail 'iptables: nat PREROUTING'
  is_true "${ECS_SKIP_LOCALHOST_TRAFFIC_FILTER-}" || loopback -I || fail 'iptables: loopback'
  if ! is_true "${ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS-}"; then
    both introspection -I || fail 'iptables: introspection'
    [ -z "$bridge" ] || both introspection_of_bridge -I || fail 'iptables: introspection of the bridge'
  fi
  credentials_of_host -A || fail 'iptables: nat OUTPUT'
}

# Nothing that fails here is told.
post_stop() {
  noted sysctl -qw "net.ipv4.conf.all.route_localnet=$(sysctl -n net.ipv4.conf.default.route_localnet)"
  [ -n "$(ip -4 route show default)" ] || noted ip route del 169.254.170.2/32 dev lo
  credentials_of_bridges -D
  is_true "${ECS_SKIP_LOCALHOST_TRAFFIC_FILTER-}" || loopback -D
  both introspection -D
  [ -z "$bridge" ] || both introspection_of_bridge -D
  credentials_of_host -D
  true
}

stop() {
  if [ -s /run/docker.pid ]; then docker stop ecs-agent > /dev/null 2>&1; fi
  [ ! -s /run/lab/agent.pid ] || kill "$(cat /run/lab/agent.pid)" 2> /dev/null
  true
}

credentials_of_bridges() {
  noted iptables -t nat "$1" PREROUTING -p tcp -d 169.254.170.2 --dport 80 -j DNAT --to-destination 127.0.0.1:51679
}
credentials_of_host() {
  noted iptables -t nat "$1" OUTPUT -p tcp -d 169.254.170.2 --dport 80 -j REDIRECT --to-ports 51679
}
loopback() {
  noted iptables -t filter "$1" INPUT --dst 127.0.0.0/8 ! --src 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
}
introspection() {
  noted "$1" -t filter "$2" INPUT -p tcp --dport 51678 ! -i lo -j DROP
}
introspection_of_bridge() {
  noted "$1" -t filter "$2" INPUT -p tcp --dport 51678 -i "$bridge" -j ACCEPT
}

both() {
  "$1" iptables "$2" || [ "$2" = -D ] || return 1
  [ -d /proc/sys/net/ipv6 ] && command -v ip6tables > /dev/null || return 0
  "$1" ip6tables "$2"
}

# One after the other, those that outlive a killed ecs-init too: so the log has the order in which they came.
noted() {
  said=$(flock "$log" sh -c '"$@" && echo "$*" >> '"$log" sh "$@" 2>&1) && return
  echo "ecs-init: $*: $said" >&2
  return 1
}

# strconv.ParseBool, without a trim.
is_true() {
  case $1 in 1 | t | T | TRUE | true | True) return 0 ;; *) return 1 ;; esac
}

fail() {
  echo "ecs-init: $1" >&2
  exit 1
}

main "$@"
