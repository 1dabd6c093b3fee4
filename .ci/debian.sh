# Sourced: Debian packages that the tests can use but no npm package brings.

# Installs packages, or nothing: everything is downloaded before the first is unpacked. Fails where that cannot be done,
# with the reason as its last line.
install_debian() {
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "needs root and apt-get to install: $*"
    return 1
  fi
  local apt=(apt-get -q -y -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o Dpkg::Use-Pty=0)
  local log
  log=$(mktemp)
  if {
    timeout 300 "${apt[@]}" update &&
      timeout 600 "${apt[@]}" install --no-install-recommends --download-only "$@"
  } >"$log" 2>&1; then
    echo "installs $*"
    without_services env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends --no-download "$@" \
      >>"$log" 2>&1
  else
    false
  fi
  local status=$?
  if ((status != 0)); then
    tail -n 5 "$log"
    echo "apt-get could not install: $*"
  fi
  rm -f "$log"
  return $status
}

# Runs a command while Debian starts no service that a package brings: servers of ours run on ports of their own.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
  "$@"
  local status=$?
  rm -f $policy
  return $status
}
