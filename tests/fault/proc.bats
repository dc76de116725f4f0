# Fault campaigns over the real programs, a sample of each; tests/fault/campaign has the full counts.
load ../bats/common

setup() {
	BUILD=$EV_BIN/..
	. "$BATS_TEST_DIRNAME/proc.bash"
}

# sample CAMPAIGN COUNT: skips by name where this machine lacks what it needs.
sample() {
	local lacks
	lacks=$(! declare -F "needs_$1" >/dev/null || "needs_$1")
	[ -z "$lacks" ] || skip "$lacks"
	"proc_$1" "$2"
}

@test "SIGKILL before a system call: nothing acknowledged is lost" {
	sample strike 100
}

@test "a system call that fails: status 3 or success, and nothing is lost" {
	sample errors 60
}
