#!/bin/sh
# Gives OpenClaw the skill of OpenPact, and its MCP tools where the command openclaw is there.
#
#   sh examples/openclaw/install.sh [folder for skills]
#
# The folder is the one for all agents of this machine unless it is given: ~/.openclaw/skills. Undo: remove openpact in it,
# and run `openclaw mcp unset openpact`.
set -eu

from=$(cd "$(dirname "$0")/../../docs/skill" && pwd)
to=${1:-$HOME/.openclaw/skills}/openpact

command -v openpact >/dev/null || {
  echo "openpact is not found. OpenClaw leaves a skill out whose command is missing: put it on the PATH first." >&2
  exit 1
}
mkdir -p "$to"
cp "$from/tools.json" "$to/"
# What OpenClaw reads beyond the common format: leave the skill out where the command is missing. One line, as JSON.
needs='metadata: {"openclaw":{"requires":{"bins":["openpact"]}}}'
awk -v needs="$needs" '{ print } /^description: / && !told { print needs; told = 1 }' "$from/SKILL.md" >"$to/SKILL.md"
echo "The skill is in $to. OpenClaw has it from the next session on."

if command -v openclaw >/dev/null; then
  openclaw mcp set openpact '{"command":"openpact","args":["mcp"]}'
  echo "The tools are there too. See whether they answer: openclaw mcp doctor openpact --probe"
fi
