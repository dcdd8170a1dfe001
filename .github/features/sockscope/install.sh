#!/bin/sh
# Installs the command line in a dev container, as root. It has no part in what the host mounts.
set -eu

oldest=20

fail() {
  echo "sockscope: $1" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail 'This feature installs as root: leave out containerUser, or let it be root while features are installed.'

# nvm, which the feature for Node.js uses, is on the path of login shells alone.
if ! command -v npm >/dev/null && [ -s "${NVM_DIR:=/usr/local/share/nvm}/nvm.sh" ]; then
  set +u
  . "$NVM_DIR/nvm.sh"
  set -u
fi
command -v npm >/dev/null ||
  fail 'There is no npm. Add the feature ghcr.io/devcontainers/features/node to devcontainer.json, too.'
found=$(node --version)
major=${found#v}
[ "${major%%.*}" -ge "$oldest" ] ||
  fail "It needs Node.js $oldest or newer, and this is $found. Choose a newer one in devcontainer.json."

case ${VERSION:=latest} in
  */*) package=$VERSION ;;
  *) package=sockscope@$VERSION ;;
esac
npm install --global --no-audit --no-fund "$package"
sockscope --version
