# lint: rules of tests/lint that read a language of their own find what they should, and nothing else.
load common

rules=$BATS_TEST_DIRNAME/../lint

@test "an assertion that cannot fail is found" {
	sed s/%test/@test/ >bad.bats <<-'END'
		helper() {
			[ "$1" = a ] && [ "$2" = b ]
			[ "$1" = a ] && [ "$2" = b ] && return
			[ "$1" = a ] && [ "$2" = "$(b || c)" ]
		}

		%test "name" {
			[ "$status" -eq 0 ] && [ -z "$stderr" ]
			! grep x file
			for i in 1 2; do
				cmp a b && [[ $output == "it's || "* ]] # or so
			done
			[ -e a ] &&
				[ -e b ]
			wait $! && true
			kill -TERM $!
		}
	END
	run --separate-stderr awk -f "$rules/assertions.awk" bad.bats
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(cut -d: -f2 <<<"$output" | paste -sd' ')" = "2 8 9 11 13 15 16" ]
}

@test "what only looks like it is not" {
	sed s/%test/@test/ >good.bats <<-'END'
		helper() {
			case $1 in
			a) [ "$2" = b ] && [ "$3" = c ] ;;
			*) [ "$2" = b ] && [ "$3" = d ] ;;
			esac
			[ "$1" = a ] && [ "$2" = b ] || return 1
			[ "$1" = a ] && [ "$2" = b ]
		}

		%test "name" {
			awk '{ a && b }
				c && d' file # e && f
			[[ $output != *a* && $output == *b* ]]
			[ "$(cd x && ls)" = "y && [ z ]" ]
			{ one && two; } >in
			(cd a && b) | cmp - c
			if [ a ] && [ b ]; then c; fi
			again() { one && two; }
			[ "$(id -u)" -eq 0 ] && mkdir ro || skip "needs root"
			cat <<-'JOB'
				a && b
			JOB
		}

		%test "one line" { helper a && helper b; }
	END
	run --separate-stderr awk -f "$rules/assertions.awk" good.bats
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}
