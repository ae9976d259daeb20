#!/bin/sh
# Checks what an image must and must not hold, tells every breach, and fails if there is one. Runs inside the image, and so
# uses nothing but the shell and the programs that it asks: rpm or dpkg-query, and getconf. A rule that cannot be checked is
# a breach.
#
# The rules come as environment variables, each a list of words, or empty for no rule. They are data: nothing of them is run.
set -eu
# Patterns stay as they are written where lists are split into words.
set -f

breaches=0

# breach RULE WHAT
breach() {
  breaches=$((breaches + 1))
  printf 'breach of %s: %s\n' "$1" "$2"
}

# The installed packages, one a line; fails where no database of them can be read.
packages() {
  databases=0
  if on_path rpm; then
    rpm -qa --queryformat '%{NAME}\n' || return 1
    databases=1
  fi
  if on_path dpkg-query; then
    # shellcheck disable=SC2016 # The fields are dpkg-query's.
    list="$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n')" || return 1
    while read -r status name; do
      # Anything else has files in the image, half installed or not.
      case "${status}" in
        not-installed | config-files) ;;
        *) printf '%s\n' "${name}" ;;
      esac
    done <<END
${list}
END
    databases=1
  fi
  [ "${databases}" = 1 ]
}

# matches NAME PATTERN...
matches() {
  name="$1"
  shift
  for candidate in "$@"; do
    # shellcheck disable=SC2254 # It is a pattern.
    case "${name}" in
      ${candidate}) return 0 ;;
    esac
  done
  return 1
}

# on_path COMMAND: a file of that name, since the shell has commands of its own.
on_path() {
  (
    IFS=:
    for folder in ${PATH}; do
      if [ -f "${folder}/$1" ] && [ -x "${folder}/$1" ]; then exit 0; fi
    done
    exit 1
  )
}

check_glibc() {
  found="$(getconf GNU_LIBC_VERSION 2>&1)" || found="nothing (${found})"
  minor="${found#glibc 2.}"
  case "${minor}" in
    # Longer than any version, and than numbers that a shell compares.
    '' | *[!0-9]* | ????*)
      breach glibcAtMost "cannot be checked: getconf GNU_LIBC_VERSION gives ${found:-nothing}"
      return 0
      ;;
  esac
  if [ "${minor}" -gt "${GLIBC_AT_MOST#2.}" ]; then
    breach glibcAtMost "glibc is 2.${minor}, and ${GLIBC_AT_MOST} is the most"
  fi
}

check_packages() {
  if ! installed="$(packages)" || [ -z "${installed}" ]; then
    breach absentPackages "cannot be checked: neither rpm nor dpkg-query tells what is installed"
    return 0
  fi
  for pattern in ${ABSENT_PACKAGES}; do
    found=
    for package in ${installed}; do
      # shellcheck disable=SC2086 # A list of patterns.
      if matches "${package}" "${pattern}" && ! matches "${package}" ${ABSENT_PACKAGES_EXCEPT:-}; then
        found="${found:+${found}, }${package}"
      fi
    done
    [ -z "${found}" ] || breach absentPackages "installed, though ${pattern} must not be: ${found}"
  done
}

check_paths() {
  for pattern in ${ABSENT_PATHS}; do
    found=
    set +f
    for path in ${pattern}; do
      if [ -e "${path}" ] || [ -L "${path}" ]; then found="${found:+${found}, }${path}"; fi
    done
    set -f
    [ -z "${found}" ] || breach absentPaths "there, though ${pattern} must not be: ${found}"
  done
}

check_tools() {
  for tool in ${TOOLS}; do
    on_path "${tool}" || breach tools "${tool} is not on PATH (${PATH})"
  done
}

[ -z "${GLIBC_AT_MOST:-}" ] || check_glibc
[ -z "${ABSENT_PACKAGES:-}" ] || check_packages
[ -z "${ABSENT_PATHS:-}" ] || check_paths
[ -z "${TOOLS:-}" ] || check_tools

if [ "${breaches}" -gt 0 ]; then
  echo "${breaches} in all; the rules are under contract in the family's image.yaml"
  exit 1
fi
echo "the contract is kept"
